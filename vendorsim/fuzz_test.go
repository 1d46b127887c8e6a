package vendorsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzCheck looks for requests that make a judge panic, answer with something that is no answer, or accept what
// is not the seed. Headers are lines of "name: value". The seeds are the vectors and testdata/fuzz.
func FuzzCheck(f *testing.F) {
	for vendor, vectors := range allVectors {
		for i, v := range vectors {
			var lines []string
			for name, value := range v.header {
				lines = append(lines, name+": "+value)
			}
			f.Add(vendor, i, v.method, v.host, v.target, strings.Join(lines, "\n"), []byte(v.body))
		}
	}
	f.Fuzz(func(t *testing.T, vendor string, i int, method, host, target, headers string, body []byte) {
		vectors := allVectors[vendor]
		if len(vectors) == 0 || i < 0 {
			t.Skip()
		}
		v := vectors[i%len(vectors)]
		h := http.Header{}
		for line := range strings.SplitSeq(headers, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			h[name] = append(h[name], value)
		}
		r := &Request{Method: method, Host: host, Target: target, Header: h, Body: body}
		a := v.simulator(t, vendor).Check(r)
		if a.Status < 200 || a.Status > 499 || !json.Valid(a.Body) || a.Accepted != (a.Reason == "") || a.Accepted != (a.Status == 200) {
			t.Fatalf("got status %d, accepted %v, reason %q, %q", a.Status, a.Accepted, a.Reason, a.Body)
		}
		open := strings.HasPrefix(target, "/auth/v2/ping") || strings.Contains(target, "/appAuth") // need no header
		if a.Accepted && !open && !carriesASignatureOf(h, vectors) {
			t.Fatalf("accepted without a vector's signature: %s %s %q", method, target, headers)
		}
	})
}

// carriesASignatureOf tells whether the one header that nobody can make without a secret is a vector's. Several
// vectors have a credential in common, so it may be another's than the one whose credential the judge knows.
func carriesASignatureOf(h http.Header, vectors []vector) bool {
	return slices.ContainsFunc(vectors, func(v vector) bool {
		for _, name := range []string{"DTAPI-Signature", "Authorization", "X-Auth-Token"} {
			if v.header[name] != "" {
				return header(h, name) == v.header[name]
			}
		}
		return false
	})
}

func FuzzFormPairs(f *testing.F) {
	for _, s := range []string{"", "&&", "=", "a", "a=1&a=2", "a=%41+%zz%", "\xff=\x00", "a=b=c;d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		canonical := canonQuery(s)
		if again := canonQuery(canonical); again != canonical {
			t.Errorf("canonical text is not stable: %q becomes %q", canonical, again)
		}
		if strings.ContainsAny(canonical, "\n +;") {
			t.Errorf("canonical text holds a raw character: %q", canonical)
		}
	})
}
