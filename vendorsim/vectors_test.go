package vendorsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// vector is a request with a known right signature.
type vector struct {
	name, now            string
	credential           map[string]string
	method, host, target string
	header               map[string]string
	body                 string
}

func (v vector) request() *Request {
	h := http.Header{}
	for k, value := range v.header {
		h.Set(k, value)
	}
	return &Request{Method: v.method, Host: v.host, Target: v.target, Header: h, Body: []byte(v.body)}
}

func (v vector) time(t testing.TB) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, v.now)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// simulator makes a fresh one, so that no nonce is used up.
func (v vector) simulator(t testing.TB, vendor string) *Simulator {
	t.Helper()
	return simulator(t, vendor, Config{Credential: v.credential}, v.time(t))
}

func simulator(t testing.TB, vendor string, c Config, now time.Time) *Simulator {
	t.Helper()
	if c.Now == nil {
		c.Now = func() time.Time { return now }
	}
	s, err := New(vendor, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var allVectors = map[string][]vector{
	"aws":           awsVectors,
	"carbonblack":   carbonblackVectors,
	"cortex":        cortexVectors,
	"darktrace":     darktraceVectors,
	"duo":           duoVectors,
	"threatconnect": threatconnectVectors,
}

// eachVector runs the test for every vector of every vendor.
func eachVector(t *testing.T, test func(t *testing.T, vendor string, v vector)) {
	for _, vendor := range slices.Sorted(maps.Keys(allVectors)) {
		for _, v := range allVectors[vendor] {
			t.Run(vendor+" "+v.name, func(t *testing.T) { test(t, vendor, v) })
		}
	}
}

func TestWhatTheVendorsClientsSignIsAccepted(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		a := v.simulator(t, vendor).Check(v.request())
		if !a.Accepted || a.Status != 200 || a.Reason != "" || len(a.Leaks) != 0 {
			t.Errorf("got status %d, accepted %v, reason %q, leaks %q", a.Status, a.Accepted, a.Reason, a.Leaks)
		}
	})
}

// signedParts tells which parts of a request a vendor's signature covers; the headers that it owns always count.
func signedParts(vendor string, v vector) (method, host, target, body bool) {
	switch vendor {
	case "darktrace":
		return false, false, true, true
	case "threatconnect":
		hmac := !strings.HasPrefix(v.header["Authorization"], "TC-Token ")
		return hmac, false, hmac, false
	case "aws", "duo":
		return true, true, true, true
	}
	return false, false, false, false
}

// flips changes one character of s at a time, each to a letter and to a digit: a change to a letter alone would
// never make a different number of a number.
func flips(s string) []string {
	var all []string
	for i := range len(s) {
		for _, c := range [][2]string{{"x", "y"}, {"0", "1"}} {
			to := c[0]
			if strings.EqualFold(s[i:i+1], to) { // a host in another case is the same host
				to = c[1]
			}
			all = append(all, s[:i]+to+s[i+1:])
		}
	}
	return all
}

func TestOneChangedCharacterIsRefused(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		s := v.simulator(t, vendor)
		refused := func(what string, r *Request) {
			t.Helper()
			if a := s.Check(r); a.Accepted || a.Status < 400 || a.Reason == "" {
				t.Errorf("a changed %s is accepted: %s %s host %s", what, r.Method, r.Target, r.Host)
			}
		}
		method, host, target, body := signedParts(vendor, v)
		change := func(what, value string, covered bool, set func(*Request, string)) {
			if !covered {
				return
			}
			for _, changed := range flips(value) {
				r := v.request()
				set(r, changed)
				refused(what, r)
			}
		}
		change("method", v.method, method, func(r *Request, s string) { r.Method = s })
		change("host", v.host, host, func(r *Request, s string) { r.Host = s })
		signed := v.target
		if vendor == "darktrace" && v.body != "" {
			signed, _, _ = strings.Cut(v.target, "?") // next to a body the query is not signed
		}
		change("target", signed, target, func(r *Request, s string) { r.Target = s + v.target[len(signed):] })
		change("body", v.body, body, func(r *Request, s string) { r.Body = []byte(s) })
		for name, value := range v.header {
			lower := strings.ToLower(name)
			owned := isOwned(lower, s.vendor.owns())
			if vendor == "threatconnect" && lower == "timestamp" && !method {
				owned = false // a token goes without
			}
			if vendor == "cortex" && s.vendor.(*cortex).standard && lower != "authorization" && lower != "x-xdr-auth-id" {
				owned = false
			}
			change("header "+name, value, owned, func(r *Request, s string) { r.Header.Set(name, s) })
			if owned {
				r := v.request()
				r.Header.Del(name)
				refused("header (removed) "+name, r)
				r.Header.Set(name, "")
				refused("header (emptied) "+name, r)
			}
		}
	})
}

func TestAnAddedByteIsRefused(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		s := v.simulator(t, vendor)
		method, _, target, body := signedParts(vendor, v)
		for what, set := range map[string]func(*Request) bool{
			"method": func(r *Request) bool { r.Method += "X"; return method },
			"target": func(r *Request) bool { r.Target += "x"; return target && (vendor != "darktrace" || v.body == "") },
			"path":   func(r *Request) bool { r.Target = "/" + r.Target; return target && vendor != "aws" }, // it drops empty segments
			"body":   func(r *Request) bool { r.Body = append(r.Body, 'x'); return body },
		} {
			r := v.request()
			if set(r) && s.Check(r).Accepted {
				t.Errorf("a longer %s is accepted", what)
			}
		}
	})
}

func TestTheWrongSecretIsRefused(t *testing.T) {
	secrets := []string{"secret_access_key", "private_token", "secret_key", "token", "api_secret_key", "api_key"}
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		for _, name := range secrets {
			if v.credential[name] == "" {
				continue
			}
			changed := maps.Clone(v.credential)
			changed[name] += "x"
			s := simulator(t, vendor, Config{Credential: changed}, v.time(t))
			a := s.Check(v.request())
			if a.Accepted {
				t.Errorf("accepted although %s is another", name)
			}
			// Some vectors have a key of one letter, which is in every text.
			if len(v.credential[name]) > 8 && strings.Contains(a.Reason+string(a.Body), v.credential[name]) {
				t.Errorf("the answer shows %s", name)
			}
		}
	})
}
