package aws

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// What was read last is not read again, and is the same as if it were.
func TestAHintThatIsKeptIsTheOneThatWouldBeRead(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "mode=re_sign", "region=eu-west-1",
		"service=guardduty", "service=s3", "placeholder_key=PLACEHOLDER")
	const usual = algorithm + " Credential=PLACEHOLDER/20260102/eu-west-1/s3/aws4_request"
	const names = "SignedHeaders=host;x-amz-date, Signature=00"
	values := []string{usual + ", " + names, usual + "," + names, usual, usual + " " + names, "", ",", ", " + names, "," + usual,
		usual + ", Credential=PLACEHOLDER/20260102/eu-west-1/guardduty/aws4_request", usual + "," + usual,
		algorithm + " " + names + ", Credential=PLACEHOLDER/20260102/eu-west-1/s3/aws4_request",
		algorithm + " SignedHeaders=host, Credential=PLACEHOLDER/20260102/eu-west-1/guardduty/aws4_request",
		algorithm + " SignedHeaders=host, Signature=00",
		strings.Replace(usual, "s3", "guardduty", 1) + ", " + names, strings.Replace(usual, "s3", "iam", 1) + ", " + names,
		strings.Replace(usual, "PLACE", "OTHER", 1) + ", " + names, strings.Replace(usual, "eu", "us", 1) + ", " + names,
		strings.Replace(usual, "PLACEHOLDER", "PLACEHOLDER/", 1) + ", " + names, "Bearer x, " + names}
	if hint, err := s.hint(&signers.Message{Header: http.Header{"Authorization": {""}}}); err == nil {
		t.Errorf("the first request, without a signature: %v", hint)
	}
	for _, before := range values {
		for _, value := range values {
			for _, header := range []http.Header{{"Authorization": {value}}, {"Authorization": {value, value}}} {
				s.hint(&signers.Message{Header: http.Header{"Authorization": {before}}})
				m := &signers.Message{Header: header}
				got, gotErr := s.hint(m)
				want, wantErr := readHint(s, m)
				if !reflect.DeepEqual(got, want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
					t.Errorf("%q after %q: %v %v, want %v %v", header["Authorization"], before, got, gotErr, want, wantErr)
				}
			}
		}
	}
	s.hint(&signers.Message{Header: http.Header{"Authorization": {usual + strings.Repeat(" ", maxHint) + "x, " + names}}})
	if kept := s.hinted.Load().(*keptHint).start; len(kept) > maxHint {
		t.Errorf("a start of %d bytes is kept", len(kept))
	}
}
