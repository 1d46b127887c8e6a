//go:build !race

package aws

import (
	"net/http"
	"runtime/debug"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// The race detector makes pools forget on purpose, and so does a collection.
func TestASignatureForAWSAllocatesLittle(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	static := []string{"access_key_id=AKIDEXAMPLE", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1"}
	for _, test := range []struct {
		name     string
		settings []string
		more     map[string]string
		most     float64
	}{
		{"a GET", append(static, "service=guardduty"), nil, 12},
		{"a GET of S3", append(static, "service=s3"), nil, 14},
		{"re_sign", append(static, "service=s3", "service=guardduty", "mode=re_sign"), map[string]string{"region": "eu-west-1", "service": "guardduty"}, 14},
	} {
		s := newTestSigner(t, test.settings...)
		m := &signers.Message{Method: "GET", Host: "guardduty.eu-west-1.amazonaws.com", Target: "/detector?maxResults=50", Header: http.Header{
			"Accept": {"*/*"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"go"}, "Content-Type": {"application/json"}}}
		at := &signers.Moment{Time: exampleTime, Date: s.Date(exampleTime), Hint: test.more}
		sent := m.Header.Clone()
		got := testing.AllocsPerRun(200, func() {
			for name := range m.Header {
				if sent[name] == nil {
					delete(m.Header, name)
				}
			}
			if err := s.Sign(m, at); err != nil {
				t.Fatal(err)
			}
		})
		if got > test.most {
			t.Errorf("%s: %v allocations, want at most %v", test.name, got, test.most)
		}
		t.Logf("%s: %v allocations", test.name, got)
	}
}
