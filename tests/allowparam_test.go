package tests

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// An entry of allow may say which values of a parameter it is for. Whatever a server may read as a second occurrence, or as another
// value, is refused.
func TestAllowEntriesWithParametersMatchOneReadingOnly(t *testing.T) {
	const entry = `"GET|POST /api/ ?type=op|report"`
	tests := []struct {
		allow, method, target, form, verdict string
	}{
		{entry, "GET", "/api/?type=op", "", signedVerdict},
		{entry, "GET", "/api/?type=report&cmd=%3Cshow%3E", "", signedVerdict},
		{entry, "GET", "/api/?cmd=x&type=op", "", signedVerdict},
		{entry, "POST", "/api/?type=op", "application/json", signedVerdict},
		{entry, "GET", "/api/?type=config", "", notAllowed},
		{entry, "GET", "/api/?type=", "", notAllowed},
		{entry, "GET", "/api/?type", "", notAllowed},
		{entry, "GET", "/api/", "", notAllowed},
		{entry, "GET", "/other/?type=op", "", notAllowed},
		{entry, "DELETE", "/api/?type=op", "", notAllowed},
		{entry, "GET", "/api/?type=op&type=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&type=op", "", notAllowed},
		{entry, "GET", "/api/?type=op;type=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&Type=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&%74ype=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&%2574ype=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&type%5B%5D=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&type[0]=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&+type=config", "", notAllowed},
		{entry, "GET", "/api/?type=op&type%00x=config", "", notAllowed},
		{entry, "GET", "/api/?type=op?type=config", "", notAllowed},
		{entry, "GET", "/api/?%74ype=op", "", notAllowed},
		{entry, "GET", "/api/?type=o%70", "", notAllowed},
		{entry, "GET", "/api/?type=op%00config", "", notAllowed},
		{entry, "GET", "/api/?type=op%26type=config", "", notAllowed},
		{entry, "POST", "/api/?type=op", "application/x-www-form-urlencoded", notAllowed},
		{entry, "POST", "/api/?type=op", "multipart/form-data; boundary=x", notAllowed},
		{entry, "POST", "/api/?type=op", "none", notAllowed},

		{`"GET / ?Action=Describe*"`, "GET", "/?Action=DescribeInstances", "", signedVerdict},
		{`"GET / ?Action=Describe*"`, "GET", "/?Action=describeInstances", "", notAllowed},
		{`"GET / ?Action=Describe*"`, "GET", "/?Action=Describe*", "", notAllowed},
		{`"GET / ?Action=Describe*"`, "GET", "/?Action=CreateAccessKey", "", notAllowed},
		{`"GET / ?a=1 ?b=2"`, "GET", "/?a=1&b=2", "", signedVerdict},
		{`"GET / ?a=1 ?b=2"`, "GET", "/?a=1", "", notAllowed},
		{`["GET / ?a=1","GET /b"]`, "GET", "/b?a=2", "", signedVerdict},
		{`["GET / ?a=1","GET / ?a=2"]`, "GET", "/?a=2", "", signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := attempt{policy: `{"host":"vendor.example","allow":` + test.allow + `}`, method: test.method, target: test.target}
			if test.form != "" {
				a.body, a.length, a.header = io.NopCloser(strings.NewReader("{}")), 2, http.Header{"Content-Type": {test.form}}
			}
			if test.form == "none" {
				a.header = nil
			}
			if o := try(t, d, a); o.verdict() != test.verdict {
				t.Errorf("%s with %s %s %s: %s, want %s", test.allow, test.method, test.target, test.form, o.verdict(), test.verdict)
			}
		}
	})
}

func TestAnAllowEntryWhoseParameterMeansNothingIsRefusedAtLoad(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, entry := range []string{"GET /a ?", "GET /a ?x", "GET /a ?x=", "GET /a ?x=a%20b", "GET /a ?x*=1", "GET /a ?x=a|", "?x=1", "GET /a?x=1", "GET ?x=1 /a"} {
			_, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(`{"host":"h","allow":"`+entry+`"}`), atNoon)
			if err == nil || !strings.Contains(err.Error(), "allow") {
				t.Errorf("%q: %v", entry, err)
			}
		}
	})
}

// Of some schemes the signature covers the start of a body, and of some methods none.
func TestABodyThatIsCoveredByItsStartStreams(t *testing.T) {
	const config = `{"client_token":"t","client_secret":"s","access_token":"a","max_body_hashed":8}`
	policy := `{"host":"x.luna.akamaiapis.net","max_body":"16B"}`
	both(t, func(t *testing.T, d drive) {
		signature := func(method, text string, length int64) string {
			body := &stream{Reader: strings.NewReader(text)}
			o := try(t, d, attempt{vendor: "akamai", config: config, policy: policy, method: method, target: "/x", body: body, length: length,
				header: http.Header{"Content-Type": {"text/plain"}}})
			if o.verdict() != signedVerdict {
				t.Fatalf("%s of %d bytes: %s, %s", method, len(text), o.verdict(), o.detail)
			}
			sent, err := io.ReadAll(o.r.Body)
			if err != nil || string(sent) != text || o.r.ContentLength != length && o.r.ContentLength != int64(len(text)) {
				t.Errorf("%s: %q of length %d leaves, %v", method, sent, o.r.ContentLength, err)
			}
			if method == "POST" && text != "" && o.held == 0 {
				t.Errorf("%s: the start counts for nothing in the memory of bodies", method)
			}
			return o.r.Header.Get("Authorization")
		}
		for _, text := range []string{"", "1", "12345678", "123456789", strings.Repeat("12345678", 1000)} {
			signature("POST", text, int64(len(text)))
			signature("PUT", text, int64(len(text)))
			signature("POST", text, -1)
		}
	})
}
