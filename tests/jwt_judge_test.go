package tests

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/vendorsign/vendorsign/signers"
)

// keysFor are a private key for an algorithm, in PEM and as a JWK, and what verifies its signatures.
func keysFor(t *testing.T, algorithm string) (inPEM, inJWK string, public any) {
	t.Helper()
	var key crypto.Signer
	var err error
	switch algorithm {
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(jose.JSONWebKey{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), string(jwk), key.Public()
}

// verified is the payload of a token, after somebody else's library has verified it.
func verified(t *testing.T, token, algorithm string, key any) (payload map[string]any, header jose.Header) {
	t.Helper()
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		t.Fatalf("%s: %v", algorithm, err)
	}
	text, err := parsed.Verify(key)
	if err != nil {
		t.Fatalf("%s: %v", algorithm, err)
	}
	if err := json.Unmarshal(text, &payload); err != nil {
		t.Fatal(err)
	}
	return payload, parsed.Signatures[0].Header
}

// A JWT that is made here, and the assertion of private_key_jwt, are verified by go-jose.
func TestJWTsAreVerifiedByAnotherLibrary(t *testing.T) {
	at := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)
	both(t, func(t *testing.T, d drive) {
		for _, algorithm := range []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"} {
			secret := strings.Repeat("0123456789abcdef", 4)
			forms := map[string]string{"shared_secret": secret}
			var public any = []byte(secret)
			if !strings.HasPrefix(algorithm, "HS") {
				var inPEM, inJWK string
				inPEM, inJWK, public = keysFor(t, algorithm)
				forms = map[string]string{"PEM": inPEM, "JWK": inJWK}
			}
			for form, key := range forms {
				option := "private_key"
				if form == "shared_secret" {
					option = form
				}
				config, err := json.Marshal(map[string]any{"algorithm": algorithm, option: key, "key_id": `k"1`, "backdate": "60s", "expires_in": 300,
					"claims": []string{"iss=me", `sub=a "b" <c> ü\`, "aud=https://api.example/x?y=1&z=2", "iat=[[now]]", "exp=[[expires]]", "jti=[[nonce]]"}})
				if err != nil {
					t.Fatal(err)
				}
				_, parse, sign, err := d.Flow("jwt", config, "api.example", at, "n-1")
				if err != nil {
					t.Errorf("%s, %s: %v", algorithm, form, err)
					continue
				}
				token, _, expires, err := parse()
				if err != nil {
					t.Errorf("%s, %s: %v", algorithm, form, err)
					continue
				}
				payload, header := verified(t, token, algorithm, public)
				want := map[string]any{"iss": "me", "sub": `a "b" <c> ü\`, "aud": "https://api.example/x?y=1&z=2", "iat": float64(at.Unix() - 60), "exp": float64(at.Unix() + 240), "jti": "n-1"}
				if fmt.Sprint(payload) != fmt.Sprint(want) || header.KeyID != `k"1` || header.ExtraHeaders["typ"] != "JWT" {
					t.Errorf("%s, %s: %v with %+v, want %v", algorithm, form, payload, header, want)
				}
				if !expires.Equal(at.Add(240 * time.Second)) {
					t.Errorf("%s: until %v", algorithm, expires)
				}
				if signed, err := sign("GET", "/"); err != nil || signed.Get("Authorization") != "Bearer "+token {
					t.Errorf("%s: %v, %v", algorithm, signed, err)
				}
			}
		}
		for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
			inPEM, _, public := keysFor(t, algorithm)
			config, err := json.Marshal(map[string]any{"client_id": "c&1", "private_key": inPEM, "client_auth": "private_key_jwt", "algorithm": algorithm, "token_url": "https://idp.example/t"})
			if err != nil {
				t.Fatal(err)
			}
			next, _, _, err := d.Flow("oauth2", config, "api.example", at, "n-2")
			if err != nil {
				t.Errorf("%s: %v", algorithm, err)
				continue
			}
			_, _, _, body, _, err := next(0, http.Header(nil), "")
			form, bad := url.ParseQuery(body)
			if err != nil || bad != nil || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Get("client_id") != "c&1" {
				t.Errorf("%s: %q, %v, %v", algorithm, body, err, bad)
			}
			payload, header := verified(t, form.Get("client_assertion"), algorithm, public)
			want := map[string]any{"iss": "c&1", "sub": "c&1", "aud": "https://idp.example/t", "iat": float64(at.Unix()), "exp": float64(at.Unix() + 300), "jti": "n-2"}
			if fmt.Sprint(payload) != fmt.Sprint(want) || header.KeyID != "" {
				t.Errorf("%s: %v with %+v, want %v", algorithm, payload, header, want)
			}
		}
	})
}

func TestAWeakKeyIsWarnedOfAndAWeakerOneRefused(t *testing.T) {
	for bits, want := range map[int]string{1024: "private_key is an RSA key of less than 2048 bits", 2048: ""} {
		inPEM, err := rsaPEM(bits)
		if err != nil {
			t.Fatal(err)
		}
		config, err := json.Marshal(map[string]any{"private_key": inPEM, "claims": []string{"iss=me"}})
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := warningsOf("jwt", config)
		if err != nil || strings.Contains(strings.Join(warnings, " "), "RSA key") != (want != "") || want != "" && !strings.Contains(warnings[0], want) {
			t.Errorf("%d bits: %q, %v", bits, warnings, err)
		}
	}
}

func rsaPEM(bits int) (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
}

func warningsOf(vendor string, config []byte) ([]string, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	values, faults := signers.FromJSON(scheme.Options, config)
	if len(faults) > 0 {
		return nil, signers.FaultsError(vendor, faults)
	}
	signer, faults := scheme.Signer(values)
	if len(faults) > 0 {
		return nil, signers.FaultsError(vendor, faults)
	}
	return signer.Traits().Warnings, nil
}
