package vendorsim

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzAWS looks for requests that make the judge panic, or that it accepts although they have no signature of a vector.
func FuzzAWS(f *testing.F) {
	vectors := readAWS(f)
	for i, v := range vectors {
		r := v.signed(f)
		var lines []string
		for name, values := range r.Header {
			lines = append(lines, name+": "+values[0])
		}
		f.Add(i, r.Method, r.Host, r.Target, strings.Join(lines, "\n"), r.Body)
	}
	f.Fuzz(func(t *testing.T, i int, method, host, target, headers string, body []byte) {
		if i < 0 {
			t.Skip()
		}
		v := vectors[i%len(vectors)]
		h := http.Header{}
		for line := range strings.SplitSeq(headers, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			h[name] = append(h[name], value)
		}
		a := v.judge(t, nil, 0).Check(&Request{Method: method, Host: host, Target: target, Header: h, Body: body})
		if a.Status < 200 || a.Status > 499 || len(a.Body) == 0 || a.Accepted != (a.Reason == "") || a.Accepted != (a.Status == 200) {
			t.Fatalf("got status %d, accepted %v, reason %q, %q", a.Status, a.Accepted, a.Reason, a.Body)
		}
		if !a.Accepted {
			if a.Reason != "the request target is not a path" { // which has no vendor's form
				codeOf(t, a)
			}
			return
		}
		for _, known := range vectors { // they have credentials in common
			signature := known.Expect.Query["X-Amz-Signature"]
			if signature == "" {
				_, signature, _ = strings.Cut(known.Expect.Headers["Authorization"], "Signature=")
			}
			if strings.Contains(header(h, "Authorization")+percentDecode(target), signature) {
				return
			}
		}
		t.Fatalf("accepted without a vector's signature: %s %s %q", method, target, headers)
	})
}
