package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A token whose life nobody tells ends some time, and Traefik's plugin sees that only with observe. Without it, or a lifetime, such a
// vendor would stop to work for good.
func TestATokenWithoutAnEndTakesObserveOrALifetimeInTraefik(t *testing.T) {
	endless := map[string]any{"applicationId": "app", "applicationSecret": "canary-secret-canary-secret-canary", "tenantId": "ten", "host": "protectapi.cylance.com"}
	hidden := map[string]any{"username": "u", "password": "canary", "host": "ax.example.com"}
	told := map[string]any{"tokenUrl": "https://idp.example.com/t", "clientId": "id", "clientSecret": "canary", "host": "api.example.com"}
	with := func(block map[string]any, name, value string) map[string]any {
		own := map[string]any{name: value}
		for key, value := range block {
			own[key] = value
		}
		return own
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range []struct {
			name, vendor string
			block        map[string]any
			want         string
		}{
			{"neither", "cylance", endless, "observe on is required, or tokenLifetime"},
			{"observe", "cylance", with(endless, "observe", "on"), ""},
			{"a lifetime", "cylance", with(endless, "tokenLifetime", "10m"), ""},
			{"a lifetime in seconds", "cylance", with(endless, "tokenLifetime", "600"), ""},
			{"a lifetime that is none", "cylance", with(endless, "tokenLifetime", "soon"), "tokenLifetime must be a duration such as 10m"},
			{"answers that are looked at in any case", "trellix_fireeye", hidden, ""},
			{"a service that tells it", "oauth2", told, ""},
			{"half a certificate", "oauth2", with(told, "tokenClientKey", "/key.pem"), "tokenClientCertificate and tokenClientKey must be set together"},
		} {
			_, err := p.New(map[string]any{test.vendor: test.block}, http.NotFoundHandler())
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: the error is %v, want %q", test.name, err, test.want)
			}
		}
	})
}
