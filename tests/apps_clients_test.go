package tests

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/vectors"
)

// localKey are the options of a vendor that the two halves of an app's key fill.
var localKeys = map[string][2]string{
	"duo": {"integration_key", "secret_key"}, "darktrace": {"public_token", "private_token"}, "threatconnect": {"access_id", "secret_key"},
	"cortex": {"api_key_id", "api_key"},
}

// clientRequests are those of the vectors that the vendors' own clients signed.
func clientRequests(t testing.TB) (requests []appRequest) {
	t.Helper()
	for _, v := range loadVectors(t) {
		if v.TokenSource() {
			continue
		}
		c, err := v.Case()
		if err != nil {
			t.Fatal(err)
		}
		key, ok := localKeys[c.Vendor]
		if !ok || c.CanonicalOnly || unverifiable(c) {
			continue
		}
		header := make(http.Header)
		for _, from := range []http.Header{c.Header, c.WantHeader} {
			maps.Copy(header, from)
		}
		r := appRequest{vendor: c.Vendor, id: v.ID(), key: fmt.Sprint(c.Config[key[0]]), secret: c.Config[key[1]].(string), method: c.Method,
			scheme: "https", host: c.Host, target: c.Target, header: header, body: c.Body, at: c.Time}
		if queryBeside(c) {
			r.refused = "uncovered"
		}
		requests = append(requests, r)
	}
	return requests
}

// Every request that a vendor's own client signed is verified with the client's key, and with no other secret.
func TestWhatTheVendorsOwnClientsSignIsVerified(t *testing.T) {
	all := clientRequests(t)
	both(t, func(t *testing.T, d drive) {
		ran := make(map[string]int)
		for i := range all {
			r := &all[i]
			ran[r.vendor]++
			for secret, want := range map[string]string{r.secret: "", "another-secret": "signature"} {
				want = cmp.Or(r.refused, want)
				if app, refused, detail := r.judgedFor(t, d, secret); app != "app" || refused != want {
					t.Errorf("%s: app %q, refused %q (%s), want %q", r.id, app, refused, detail, want)
				}
			}
		}
		if want := map[string]int{"duo": 171, "darktrace": 97, "threatconnect": 25, "cortex": 21}; !maps.Equal(ran, want) {
			t.Errorf("%v were verified, want %v", ran, want)
		}
	})
}

// queryBeside reports whether the request has a query that Darktrace's clients leave out of the signature, as they do with a body.
func queryBeside(c *vectors.Case) bool {
	return c.Vendor == "darktrace" && len(c.Body) > 0 && strings.Contains(c.Target, "?")
}

// unverifiable reports whether the case is signed in a way that does not cover the request, or that proves nothing.
func unverifiable(c *vectors.Case) bool {
	return c.Config["key_type"] == "standard" || c.Config["token"] != nil || c.Config["sign_query"] == "decoded"
}
