package main

import (
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers/presets"
)

func TestAPageSaysHowATokenIsFetchedAndWhatEachRequestShows(t *testing.T) {
	for _, test := range []struct{ vendor, opening, token string }{
		{"mimecast", "fetches a token with `client_secret` and sends the token with each request: anyone who can read a request to the " +
			"vendor has the token until it expires.",
			"* `POST https://[[host]]/oauth/token`, with client credentials (OAuth 2.0)."},
		{"zscaler", "fetches a token with `client_secret` or `private_key` and sends the token with each request: anyone who can read a request to the " +
			"vendor has the token until it expires.",
			"* `POST https://[[opt.vanity_domain]].[[opt.auth_domain]]/oauth2/v1/token`, with client credentials (OAuth 2.0), if `private_key` is set."},
		{"watchguard", "fetches a token with `client_secret` and sends the token with each request: anyone who can read a request to the " +
			"vendor has the token until it expires. Each request also contains `application_key` itself.", "* `POST https://[[host]]/oauth/token`, with client credentials (OAuth 2.0)."},
		{"harmony_email", "fetches a token with `secret_key` and sends the token with each request: anyone who can read a request to the " +
			"vendor has the token until it expires.",
			"* `GET https://[[host]]/v1.0/auth`."},
	} {
		p, err := presets.Lookup(test.vendor)
		if err != nil {
			t.Fatal(err)
		}
		if got := tokenOpening(p); got != test.opening {
			t.Errorf("%s: %q, want %q", test.vendor, got, test.opening)
		}
		if got := tokenWords(p); !strings.Contains(got+"\n", "\n"+test.token+"\n") {
			t.Errorf("%s: %q does not have %q", test.vendor, got, test.token)
		}
	}
	okta, err := presets.Lookup("okta")
	if err != nil {
		t.Fatal(err)
	}
	if got := tokenWords(okta); got != "" {
		t.Errorf("okta has a fixed token: %q", got)
	}
}
