package tests

import (
	"net/http"
	"os"
	"testing"
)

// formerTokens are credentials whose tokens a gateway of the version before 0.2 left in testdata/tokens, good until an hour
// after noon. Their token service cannot be reached.
var formerTokens = []struct{ vendor, config, header, want string }{
	{"threatconnect", `{"token": "SVCTK:configured", "api_url": "https://tokens.invalid/api"}`, "Authorization", "TC-Token token-of-the-former-version"},
	{"carbonblack", `{"oauth_app_id": "app", "oauth_app_secret": "canary", "csp_url": "https://tokens.invalid"}`, "Authorization", "Bearer token-of-the-former-version"},
}

// An upgrade, and a fleet that is half upgraded, must not fetch a token again that a gateway has: at ThreatConnect a token
// dies when it is renewed, and the configured one is dead already.
func TestTokensOfTheFormerVersionAreUsed(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/tokens")); err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range formerTokens {
			policy := []byte(`{"host": ["vendor.example"], "token_cache": "` + folder + `"}`)
			sign, err := d.Tokens(test.vendor, []byte(test.config), policy, atNoon, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest("GET", "https://vendor.example/path", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, problem := sign(r); problem != nil {
				t.Errorf("%s: answered %d", test.vendor, problem.StatusCode)
			} else if got := r.Header.Get(test.header); got != test.want {
				t.Errorf("%s: %s is %q, want %q", test.vendor, test.header, got, test.want)
			}
		}
	})
}
