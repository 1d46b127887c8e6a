package wire

import (
	"crypto/ecdsa"
	"strings"
	"testing"
)

// The key of RFC 7515, A.3.1, whose public point the RFC prints.
func TestAP256JWKHasThePublicPointThatTheRFCPrints(t *testing.T) {
	key, ok := readJWK([]byte(`{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`)).(*ecdsa.PrivateKey)
	if !ok {
		t.Fatal("the key was not read")
	}
	const want = `{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	if got := PublicJWK(key); got != want {
		t.Errorf("the public key is %s, want %s", got, want)
	}
}

func TestAP256JWKWithAScalarThatIsNoneIsRefused(t *testing.T) {
	for name, d := range map[string]string{
		"no bytes":             "",
		"zero":                 strings.Repeat("A", 43),
		"the order":            "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE",
		"more than 256 bits":   "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"no Base64 of any use": "!",
	} {
		if key := readJWK([]byte(`{"kty":"EC","crv":"P-256","d":"` + d + `"}`)); key != nil {
			t.Errorf("%s: a key was made", name)
		}
	}
}

func TestAP256JWKWithAShortScalarIsRead(t *testing.T) {
	if key := readJWK([]byte(`{"kty":"EC","crv":"P-256","d":"AQ"}`)); key == nil {
		t.Error("the scalar 1 without its leading zeros was refused")
	}
}
