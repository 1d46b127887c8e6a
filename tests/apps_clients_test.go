package tests

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/vectors"
)

// localKey are the options of a vendor that the two halves of an app's key fill.
var localKeys = map[string][2]string{
	"duo": {"integration_key", "secret_key"}, "darktrace": {"public_token", "private_token"}, "threatconnect": {"access_id", "secret_key"},
	"cortex": {"api_key_id", "api_key"},
}

// Every request that a vendor's own client signed is verified with the client's key, and with no other secret.
func TestWhatTheVendorsOwnClientsSignIsVerified(t *testing.T) {
	all := loadVectors(t)
	both(t, func(t *testing.T, d drive) {
		ran := make(map[string]int)
		for _, v := range all {
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
			ran[c.Vendor]++
			header := make(http.Header)
			for _, from := range []http.Header{c.Header, c.WantHeader} {
				for name, values := range from {
					header[name] = values
				}
			}
			for _, secret := range []string{c.Config[key[1]].(string), "another-secret"} {
				config, err := json.Marshal(map[string]any{"window": "24h", "apps": []map[string]any{
					{"name": "app", "key_id": c.Config[key[0]], "secret": secret},
				}})
				if err != nil {
					t.Fatal(err)
				}
				judge, err := d.Verifier(c.Vendor, config, time.Time{})
				if err != nil {
					t.Fatalf("%s: %v", v.ID(), err)
				}
				app, refused, detail := judge(c.Method, "https", c.Host, c.Target, header, c.Body, c.Time)
				want := ""
				if queryBeside(c) {
					want = "uncovered"
				} else if secret == "another-secret" {
					want = "signature"
				}
				if app != "app" || refused != want {
					t.Errorf("%s: app %q, refused %q (%s), want %q", v.ID(), app, refused, detail, want)
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
