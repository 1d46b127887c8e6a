package diagnose

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// What a scoped signature covers is written here a second time, since it is compared with variants of it that no signer makes. Both must
// agree: what the signer of signers/aws makes of any request is right here, and the texts are the same.
func TestWhatTheSignerOfAWSMakesIsRight(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	targets := []string{"/", "/detector", "/?a=1&a=0&b", "/x?b=2&a=%7e&a=%2F&c=+", "/%C3%BC/%20/~?k=%3d", "//x///y/?", "/a/./b/../c?z=",
		"/x?Action=List&Version=2010-05-08", "/a%2fb;c=1,d:e@f!$'()*", "/?%C3%A4=%E2%82%AC"}
	bodies := []string{"", "{}", "a=1&b=2", strings.Repeat("x", 5000)}
	for _, service := range []string{"guardduty", "s3", "execute-api"} {
		host := service + ".us-east-1.amazonaws.com"
		scheme, err := signers.Lookup("aws")
		if err != nil {
			t.Fatal(err)
		}
		values := signers.Values{"access_key_id": {"AKIDEXAMPLE"}, "secret_access_key": {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
			"region": {"us-east-1"}, "service": {service}}
		s, faults := scheme.Signer(values)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		options := make(map[string]string)
		for name := range values {
			options[name] = values.Text(name)
		}
		for i, target := range targets {
			for j, body := range bodies {
				m := &signers.Message{Method: []string{"GET", "POST", "DELETE"}[(i+j)%3], Host: host, Target: target, Header: http.Header{
					"Content-Type": {" application/json;  charset=utf-8 "}, "X-Amz-Meta-A": {"  a   b ", "c"}, "User-Agent": {"x"}}}
				if body != "" {
					m.Body, m.Length = []byte(body), int64(len(body))
				}
				moment := &signers.Moment{Time: at, Date: s.Date(at)}
				if err := s.Sign(m, moment); err != nil {
					t.Fatalf("%s %s: %v", service, target, err)
				}
				parts, err := s.Canonical(m, moment)
				if err != nil {
					t.Fatal(err)
				}
				f, err := Diagnose(&Case{Signer: "aws", Options: options, Request: *m, Now: at})
				if err != nil {
					t.Fatal(err)
				}
				if f.Class != None || !f.Proved {
					t.Errorf("%s %s %s with %d bytes: %s %v: %s", service, m.Method, m.Target, len(body), f.Class, f.Causes, f.Explanation)
				}
				if canonical, _, _ := strings.Cut(signers.Join(f.Right), "\nAWS4-HMAC-SHA256\n"); canonical != signers.Join(parts) {
					t.Errorf("%s %s: the canonical request is %q, and the signer's %q", service, target, canonical, signers.Join(parts))
				}
			}
		}
	}
}
