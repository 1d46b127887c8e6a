package tests

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestABodyThatCanBeTakenForTwoThingsIsNotSigned(t *testing.T) {
	const form, json = "application/x-www-form-urlencoded", "application/json"
	duo2 := `{"integration_key":"DIX","secret_key":"canary","signature_version":2}`
	tests := []struct {
		name, vendor, config string
		header               http.Header
		body                 string
		verdict              string
	}{
		{"a form", "duo", duo2, http.Header{"Content-Type": {form}}, "a=1", signedVerdict},
		{"a form with a charset", "duo", duo2, http.Header{"Content-Type": {form + "; charset=utf-8"}}, "a=1", signedVerdict},
		{"a form and JSON", "duo", duo2, http.Header{"Content-Type": {form, json}}, "a=1", unsignable},
		{"a form and JSON in one line", "duo", duo2, http.Header{"Content-Type": {form + ", " + json}}, "a=1", unsignable},
		{"a form and JSON in one line behind a parameter", "duo", duo2, http.Header{"Content-Type": {form + ";a=b, " + json}}, "a=1", unsignable},
		{"the same type twice", "duo", "", http.Header{"Content-Type": {json, json}}, "{}", unsignable},
		{"two types where the body is not signed", "carbonblack", "", http.Header{"Content-Type": {json, form}}, "{}", unsignable},
		{"two types without a body", "darktrace", "", http.Header{"Content-Type": {json, form}}, "", unsignable},
		{"a compressed form", "duo", duo2, http.Header{"Content-Type": {form}, "Content-Encoding": {"gzip"}}, "a=1", unsignable},
		{"compressed JSON", "duo", "", http.Header{"Content-Type": {json}, "Content-Encoding": {"br"}}, "{}", unsignable},
		{"a compressed body of Darktrace", "darktrace", "", http.Header{"Content-Encoding": {"deflate"}}, "a=1", unsignable},
		{"several encodings", "darktrace", "", http.Header{"Content-Encoding": {"identity", "gzip"}}, "a=1", unsignable},
		{"no encoding, said", "darktrace", "", http.Header{"Content-Encoding": {"Identity"}}, "a=1", signedVerdict},
		{"an encoding without a body", "darktrace", "", http.Header{"Content-Encoding": {"gzip"}}, "", signedVerdict},
		{"a compressed body that is not signed", "cortex", "", http.Header{"Content-Type": {json}, "Content-Encoding": {"gzip"}}, "x", signedVerdict},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := attempt{vendor: test.vendor, config: test.config, method: "POST", target: "/auth/v2/auth", header: test.header.Clone()}
			if test.body != "" {
				a.body, a.length = io.NopCloser(strings.NewReader(test.body)), int64(len(test.body))
			}
			if o := try(t, d, a); o.verdict() != test.verdict {
				t.Errorf("%s: %s, want %s", test.name, o.verdict(), test.verdict)
			}
		}
	})
}

// Go's HTTP/2 client sends the names of trailers in a header, before there are any.
func TestNamesOfTrailersStayBehind(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor := range credentials {
			o := try(t, d, attempt{vendor: vendor, header: http.Header{"Trailer": {"X-Evil"}}, change: func(r *http.Request) { r.Trailer = http.Header{"X-Evil": nil} }})
			if o.verdict() != signedVerdict || len(o.r.Trailer) > 0 || len(o.r.Header["Trailer"]) > 0 {
				t.Errorf("%s: %s, trailers %v, header %v", vendor, o.verdict(), o.r.Trailer, o.r.Header["Trailer"])
			}
		}
	})
}
