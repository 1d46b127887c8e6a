package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// pemOf is a key in PEM as a JSON text without its quotes.
func pemOf(t *testing.T, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(quotedText(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))), `"`)
}

// rsaOf is an RSA key of two primes of half the bits each; crypto/rsa makes none that is short.
func rsaOf(t *testing.T, bits int) string {
	t.Helper()
	for {
		p, err := rand.Prime(rand.Reader, bits/2)
		q, _ := rand.Prime(rand.Reader, bits/2)
		if err != nil {
			t.Fatal(err)
		}
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(big.NewInt(65537), phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
	}
}

// What could not be verified, or would be wrong for sure, is a load error that names the option and no value.
func TestConfigurationsOfHTTPSignaturesThatAreWrongDoNotLoad(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(p384)
	long := pemOf(t, "EC PRIVATE KEY", der, err)
	locked := `-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END ENCRYPTED PRIVATE KEY-----`
	component := func(text string) string { return edSigner + `,"components":[` + quotedText(text) + `]` }
	tests := []struct{ vendor, options, want string }{
		{"httpsig", component("@status"), "httpsig: component @status belongs to responses"},
		{"httpsig", component("@method;req"), "component @method;req is not offered"},
		{"httpsig", component("x-a;bs"), "component x-a;bs is not offered"},
		{"httpsig", component("x-a;tr"), "component x-a;tr is not offered"},
		{"httpsig", component("@signature-params"), "@signature-params is covered by itself"},
		{"httpsig", component("@nothing"), "component @nothing is not a part of a request"},
		{"httpsig", component("@query-param"), "@query-param needs the parameter's name"},
		{"httpsig", component("@method;sf"), "@method does not have the parameter sf"},
		{"httpsig", component(`x-a;key="B"`), "x-a;key must be the key of a dictionary"},
		{"httpsig", component("x a"), "components must be names"},
		{"httpsig", component("via"), "component via is changed or removed on the way"},
		{"httpsig", component("X-Forwarded-For"), "component x-forwarded-for is changed or removed on the way"},
		{"httpsig", component("connection"), "component connection is changed or removed on the way"},
		{"httpsig", component("signature"), "component signature belongs to the signature itself"},
		{"httpsig", component("content-digest;sf"), "needs content_digest off"},
		{"httpsig", edSigner + `,"components":["@method","x-a","@method"]`, `component "@method" appears twice`},
		{"httpsig", edSigner + `,"components":["X-A","x-a"]`, `component "x-a" appears twice`},
		{"httpsig", edSigner + `,"components":["@method"],"content_digest":"sha-256"`, "content_digest needs content-digest among the components"},
		{"httpsig", edSigner + `,"parameters":["created","created"]`, "parameters has created twice"},
		{"httpsig", edSigner + `,"parameters":["created","name"]`, "parameters must be of"},
		{"httpsig", edSigner + `,"parameters":["tag"]`, "tag is required"},
		{"httpsig", `"private_key":"` + edKey + `"`, "key_id is required"},
		{"httpsig", edSigner + `,"label":"Sig"`, "label must be a lower-case letter"},
		{"httpsig", edSigner + `,"expires_in":"0"`, "expires_in must be a time"},
		{"httpsig", edSigner + `,"expires_in":"soon"`, "expires_in must be a time"},
		{"httpsig", `"key_id":"ä","private_key":"` + edKey + `"`, "key_id must be printable ASCII"},
		{"httpsig", `"key_id":"k"`, "private_key is required"},
		{"httpsig", edSigner + `,"shared_secret":"MDEy"`, "cannot be used together"},
		{"httpsig", edSigner + `,"algorithm":"hmac-sha256"`, "private_key is of no use with algorithm hmac-sha256"},
		{"httpsig", `"key_id":"k","algorithm":"hmac-sha256"`, "shared_secret is required with algorithm hmac-sha256"},
		{"httpsig", `"key_id":"k","algorithm":"ed25519","shared_secret":"MDEy"`, "shared_secret is of no use with algorithm ed25519"},
		{"httpsig", `"key_id":"k","shared_secret":"no base64"`, "shared_secret must be base64"},
		{"httpsig", edSigner + `,"algorithm":"rsa-pss-sha512"`, "private_key must be an RSA key"},
		{"httpsig", `"key_id":"k","algorithm":"ed25519","private_key":"` + ecKey + `"`, "private_key must be an Ed25519 key"},
		{"httpsig", `"key_id":"k","private_key":"` + long + `"`, "private_key must be an ECDSA key on P-256"},
		{"httpsig", `"key_id":"k","private_key":"` + rsaOf(t, 768) + `"`, "private_key must be an RSA key of at least 1024 bits"},
		{"httpsig", `"key_id":"k","private_key":"` + locked + `"`, "private_key has a password; unlock it with openssl pkey -in KEY.pem -out UNLOCKED.pem"},
		{"httpsig", `"key_id":"k","private_jwk":{"kty":"OKP","crv":"X25519","d":"AA"}`, "private_jwk must be a private key"},
		{"httpsig", edSigner + `,"private_jwk":{"kty":"OKP"}`, "private_key and private_jwk are the same key"},
		{"web_bot_auth", ``, "private_key is required"},
		{"web_bot_auth", `"private_key":"` + edKey + `","signature_agent":"http://bot.example"`, "signature_agent must begin with https://"},
		{"web_bot_auth", `"private_key":"` + edKey + `","signature_agent_key":"a"`, "signature_agent_key needs signature_agent"},
		{"web_bot_auth", `"private_key":"` + edKey + `","algorithm":"hmac-sha256"`, "algorithm must be one of"},
		{"cavage", `"key_id":"k","algorithm":"hmac-sha256","shared_secret":"MDEy","headers":["(created)"]`, "(created) needs algorithm hs2019"},
		{"cavage", `"key_id":"k","private_key":"` + rsaOf(t, 1024) + `","headers":["date","(expires)"]`, "(expires) needs algorithm hs2019"},
		{"cavage", `"key_id":"k","algorithm":"hs2019","private_key":"` + edKey + `","headers":["(status)"]`, "headers must be names"},
		{"cavage", `"key_id":"k","algorithm":"hs2019","private_key":"` + edKey + `","headers":["date","Date"]`, "header date appears twice"},
		{"cavage", `"key_id":"k","algorithm":"hs2019","private_key":"` + edKey + `","headers":["via"]`, "header via is changed"},
		{"cavage", `"key_id":"k","algorithm":"hs2019","private_key":"` + edKey + `","expires_in":60`, "expires_in needs (expires)"},
		{"cavage", `"key_id":"a\"b","algorithm":"hs2019","private_key":"` + edKey + `"`, "key_id contains"},
		{"oci", `"private_key":"` + edKey + `","key_id":"a/b/c"`, "private_key must be an RSA key"},
		{"oci", `"private_key":"` + rsaOf(t, 1024) + `","tenancy":"t","user":"u"`, "fingerprint is required"},
		{"oci", `"private_key":"` + rsaOf(t, 1024) + `","tenancy":"t","session_token":"s"`, "tenancy is of no use with key_id or session_token"},
		{"oci", `"private_key":"` + rsaOf(t, 1024) + `","session_token":"a\"b"`, "session_token is not a token"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			_, err := d.Signer(tt.vendor, []byte("{"+tt.options+"}"))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "MDEy") {
				t.Errorf("%s {%.120s}: %v; want %q", tt.vendor, tt.options, err, tt.want)
			}
		}
	})
}

// A scheme without a signature is for the command sign: a gateway must not load it.
func TestNoGatewayLoadsDigestOnly(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		err := d.Load("httpsig", []byte(`{"digest_only":true}`), []byte(`{"host":"vendor.example"}`), false, "", false, "")
		if err == nil || !strings.Contains(err.Error(), "unsigned") {
			t.Errorf("it loads: %v", err)
		}
	})
}
