package presets

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestOneOfTheWaysToATokenIsRequired(t *testing.T) {
	graph := signers.Values{"tenant_id": {"contoso.example"}, "client_id": {"id"}}
	zscaler := signers.Values{"vanity_domain": {"acme"}, "client_id": {"id"}}
	vector := vectorOf(t, "microsoft_graph", "microsoft_graph/certificate")
	certificate, key := vector.Text("certificate"), vector.Text("private_key")
	account := signers.Values{"client_email": {"a@acme.example"}, "private_key": {key}}
	own, ownCertificate := pairOf(t)
	other, _ := pairOf(t)
	login := signers.Values{"username": {"u"}}
	for _, test := range []struct {
		name, vendor  string
		values        signers.Values
		option, value string
		want          string
	}{
		{"none of two", "microsoft_graph", graph, "", "", "microsoft_graph: certificate or client_secret is required"},
		{"a key without its certificate", "microsoft_graph", graph, "private_key", "1", "microsoft_graph: certificate or client_secret is required"},
		{"no text in place of a secret", "microsoft_graph", graph, "client_secret", "", "microsoft_graph: certificate or client_secret is required"},
		{"the last", "microsoft_graph", graph, "client_secret", "s", ""},
		{"both", "microsoft_graph", with(graph, "certificate", certificate, "private_key", key), "client_secret", "s",
			"microsoft_graph: client_secret is of no use with certificate"},
		{"another key's certificate", "microsoft_graph", with(graph, "certificate", ownCertificate), "private_key", other, "microsoft_graph: certificate is not that of private_key"},
		{"its own", "microsoft_graph", with(graph, "certificate", ownCertificate), "private_key", own, ""},
		{"a key for a certificate", "microsoft_graph", with(graph, "private_key", key), "certificate", key, "microsoft_graph: certificate must be a certificate in PEM"},
		{"a certificate's path", "microsoft_graph", with(graph, "private_key", key), "certificate", "/run/secrets/graph.crt",
			"microsoft_graph: certificate must be a certificate in PEM, and is a path; write file:/path, or {file./path} in Caddy"},
		{"a key's path", "microsoft_graph", with(graph, "certificate", certificate), "private_key", "/run/secrets/graph.key",
			"microsoft_graph: private_key must be a private key in PEM or as a JWK, and is a path; write file:/path, or {file./path} in Caddy"},
		{"two old secrets", "standard_webhooks", signers.Values{"secret": {"MDA="}, "also": {"MDAw", "MDAx"}}, "", "",
			"standard_webhooks: also must be one value, and is a list"},
		{"an old secret", "standard_webhooks", signers.Values{"secret": {"MDA="}, "also": {"MDAw"}}, "", "", ""},
		{"a short key", "zscaler_zia", with(login, "password", "p"), "api_key", "0123456789a", "zscaler_zia: api_key must have at least 12 characters"},
		{"a key of twelve", "zscaler_zia", with(login, "password", "p"), "api_key", "0123456789ab", ""},
		{"a JWT that ends before it is made", "jwt", with(signers.Values{"shared_secret": {"s"}, "claims": {"iss=a"}, "algorithm": {"HS256"}}, "expires_in", "1m"), "backdate", "60s",
			"jwt: backdate must be shorter than expires_in"},
		{"the first", "microsoft_graph", with(graph, "certificate", certificate), "private_key", key, ""},
		{"a key that nothing reads", "microsoft_graph", with(graph, "client_secret", "s"), "private_key", "1", "microsoft_graph: private_key needs certificate"},
		{"the key's id with a secret", "zscaler", with(zscaler, "client_secret", "s"), "key_id", "k", "zscaler: key_id needs private_key"},
		{"both", "zscaler", with(zscaler, "client_secret", "s"), "private_key", key, "zscaler: client_secret is of no use with private_key"},
		{"a user with an audience", "gcp", with(account, "audience", "https://pubsub.googleapis.com/"), "subject", "u@acme.example", "gcp: subject is of no use with audience"},
		{"scopes with an audience", "gcp", with(account, "audience", "https://pubsub.googleapis.com/"), "scope", "s", "gcp: scope is of no use with audience"},
		{"a user with the default scopes", "gcp", account, "subject", "u@acme.example", ""},
		{"the default audience", "wiz", signers.Values{"client_id": {"i"}, "client_secret": {"s"}}, "auth_host", "auth.wiz.io", ""},
		{"none of two", "zscaler", zscaler, "", "", "zscaler: private_key or client_secret is required"},
		{"the last", "zscaler", zscaler, "client_secret", "s", ""},
	} {
		values := signers.Values{}
		for name, list := range test.values {
			values[name] = list
		}
		if test.value != "" {
			values[test.option] = []string{test.value}
		}
		scheme, err := signers.Lookup(test.vendor)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, faults := scheme.Signer(values); len(faults) > 0 {
			got = signers.FaultsError(test.vendor, faults).Error()
		}
		if got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.name, test.vendor, got, test.want)
		}
	}
}

// with is values and more of them.
func with(values signers.Values, more ...string) signers.Values {
	own := values.Copy()
	for i := 0; i+1 < len(more); i += 2 {
		own[more[i]] = []string{more[i+1]}
	}
	return own
}

// vectorOf are the texts of a vector's configuration.
func vectorOf(t *testing.T, preset, id string) signers.Values {
	p, err := Lookup(preset)
	if err != nil {
		t.Fatal(err)
	}
	values := signers.Values{}
	for _, v := range p.Vectors {
		for name, raw := range v.Config {
			var text string
			if v.ID == id && json.Unmarshal(raw, &text) == nil {
				values[name] = []string{text}
			}
		}
	}
	return values
}

// pairOf is a new key with its certificate, both in PEM.
func pairOf(t *testing.T) (key, certificate string) {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, made.Public(), made)
	if err != nil {
		t.Fatal(err)
	}
	key = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(made)}))
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}))
}
