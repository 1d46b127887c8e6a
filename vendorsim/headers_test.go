package vendorsim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// ownedOf lists headers that a vendor's signature arrives in.
var ownedOf = map[string][]string{
	"aws":           {"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"},
	"carbonblack":   {"X-Auth-Token"},
	"cortex":        {"Authorization", "x-xdr-auth-id", "x-xdr-nonce", "x-xdr-timestamp", "x-xdr-more"},
	"darktrace":     {"DTAPI-Token", "DTAPI-Date", "DTAPI-Signature"},
	"duo":           {"Authorization", "Date", "X-Duo-Date", "X-Duo-More"},
	"threatconnect": {"Authorization", "Timestamp"},
}

func TestAnOwnedHeaderThatArrivesTwiceIsRefused(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		for _, name := range ownedOf[vendor] {
			value := v.request().Header.Get(name)
			for what, add := range map[string]func(http.Header){
				"again":           func(h http.Header) { h[http.CanonicalHeaderKey(name)] = []string{value, value} },
				"with another":    func(h http.Header) { h[http.CanonicalHeaderKey(name)] = []string{value, "x"} },
				"after another":   func(h http.Header) { h[http.CanonicalHeaderKey(name)] = []string{"x", value} },
				"empty before":    func(h http.Header) { h[http.CanonicalHeaderKey(name)] = []string{"", value} },
				"in another case": func(h http.Header) { h.Set(name, value); h[strings.ToUpper(name)] = []string{value} },
			} {
				r := v.request()
				add(r.Header)
				a := v.simulator(t, vendor).Check(r)
				if a.Accepted || !strings.Contains(a.Reason, strings.ToLower(name)+" arrived more than once") {
					t.Errorf("%s %s: accepted %v, reason %q", name, what, a.Accepted, a.Reason)
				}
			}
		}
	})
}

func TestALookAlikeOfAnOwnedHeaderIsRefusedByName(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		for _, name := range ownedOf[vendor] {
			if !strings.Contains(name, "-") {
				continue
			}
			for _, alike := range []string{strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(strings.ToUpper(name), "-", "_"), strings.Replace(name, "-", "_", 1)} {
				r := v.request()
				r.Header.Set(alike, "x")
				a := v.simulator(t, vendor).Check(r)
				if a.Accepted || !strings.Contains(a.Reason, "look-alike of "+strings.ToLower(name)) {
					t.Errorf("%s: accepted %v, reason %q", alike, a.Accepted, a.Reason)
				}
				// Alone it must not pass for the real one either.
				r.Header.Del(name)
				r.Header.Set(alike, v.header[name])
				if v.simulator(t, vendor).Check(r).Accepted {
					t.Errorf("%s alone is accepted", alike)
				}
			}
		}
	})
}

func TestLeftoverCredentialsAreAcceptedAndListed(t *testing.T) {
	for _, c := range []struct {
		name, vendor string
		headers      []string
		want         []string
	}{
		{"a client's Authorization at Darktrace", "darktrace", []string{"Authorization"}, []string{"Authorization"}},
		{"a client's Authorization at Carbon Black", "carbonblack", []string{"Authorization"}, []string{"Authorization"}},
		{"another vendor's token at Duo", "duo", []string{"X-Auth-Token"}, []string{"X-Auth-Token"}},
		{"another vendor's token at ThreatConnect", "threatconnect", []string{"X-Auth-Token", "Dtapi-Token"}, []string{"Dtapi-Token", "X-Auth-Token"}},
		{"a look-alike of another vendor's token", "cortex", []string{"x_auth_token"}, []string{"X_auth_token"}},
		{"a session token of another service", "darktrace", []string{"X-Amz-Security-Token", "Proxy-Authorization"}, []string{"Proxy-Authorization", "X-Amz-Security-Token"}},
		{"headers that are no credentials", "darktrace", []string{"Date", "Timestamp", "X-Duo-Date", "Cookie", "Accept"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := allVectors[c.vendor][0]
			r := v.request()
			for _, h := range c.headers {
				r.Header.Set(h, "left-over-value")
			}
			a := v.simulator(t, c.vendor).Check(r)
			if !a.Accepted || !slices.Equal(a.Leaks, c.want) {
				t.Errorf("accepted %v (%s), leaks %q, want %q", a.Accepted, a.Reason, a.Leaks, c.want)
			}
			if strings.Contains(string(a.Body), "left-over-value") {
				t.Error("the answer shows the value")
			}
		})
	}
}
