package tests

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A body that its method does not need may be taken for another request: the gateway's proxy is made to ask for the end of the
// connection, in a spelling that it does not remove, and under allow nothing is sent.
func TestABodyThatItsMethodDoesNotNeedEndsTheConnection(t *testing.T) {
	const refused = "Bad Request unexpected-body"
	tests := []struct {
		method, body string
		length       int64
		closes       bool
	}{
		{"GET", "a=1", 3, true}, {"GET", "a=1", -1, true}, {"HEAD", "a=1", 3, true}, {"DELETE", "a=1", 3, true}, {"OPTIONS", "a=1", -1, true},
		{"TRACE", "a=1", 3, true}, {"PROPFIND", "a=1", 3, true}, {"get", "a=1", 3, true}, {"post", "a=1", 3, true},
		{"POST", "a=1", 3, false}, {"PUT", "a=1", -1, false}, {"PATCH", "a=1", 3, false},
		{"GET", "", 0, false}, {"GET", "", -1, false}, {"DELETE", "", -1, false}, {"POST", "", -1, false},
	}
	both(t, func(t *testing.T, d drive) {
		for _, vendor := range []string{"darktrace", "threatconnect"} { // one reads bodies, one streams them
			for _, test := range tests {
				a := attempt{vendor: vendor, method: test.method, body: io.NopCloser(strings.NewReader(test.body)), length: test.length}
				o := try(t, d, a)
				if o.verdict() != signedVerdict {
					t.Errorf("%s: %s %q: %s", vendor, test.method, test.body, o.verdict())
					continue
				}
				if closes := len(o.r.Header["connection"]) > 0; closes != test.closes {
					t.Errorf("%s: %s %q of length %d: closes is %v", vendor, test.method, test.body, test.length, closes)
				}
				if sent, err := io.ReadAll(o.r.Body); string(sent) != test.body || err != nil {
					t.Errorf("%s: %s %q is sent with the body %q, %v", vendor, test.method, test.body, sent, err)
				}
				a.body, a.policy = io.NopCloser(strings.NewReader(test.body)), `{"host":"vendor.example","allow":"GET|HEAD|DELETE|OPTIONS|TRACE|PROPFIND|POST|PUT|PATCH /**"}`
				want := signedVerdict
				if test.closes {
					want = refused
				}
				if test.method == "get" || test.method == "post" {
					want = notAllowed
				}
				if o := try(t, d, a); o.verdict() != want {
					t.Errorf("%s: %s %q under allow: %s, want %s", vendor, test.method, test.body, o.verdict(), want)
				}
			}
		}
		if o := try(t, d, attempt{header: http.Header{"Connection": {"keep-alive"}}}); len(o.r.Header["connection"]) > 0 {
			t.Error("a request without a body ends the connection")
		}
	})
}
