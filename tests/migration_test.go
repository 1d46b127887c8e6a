package tests

import (
	"bytes"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/tests/vectors"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// migrations are the clients of docs/migration.md: how the sources of recorded requests name them, how many there are at
// least, and the gateway's credential in their place.
var migrations = []struct {
	client, source string
	atLeast        int
	options        map[string]any    // the plugin's
	vendor         map[string]string // what the vendor knows
}{
	{"duo_client", "duo_client_python", 50,
		map[string]any{"integrationKey": "DIREALREALREALREAL00", "secretKey": "real-secret-key-of-the-gateway-000000000", "allowCredentialEndpoints": "true"},
		map[string]string{"integration_key": "DIREALREALREALREAL00", "secret_key": "real-secret-key-of-the-gateway-000000000", "signature_version": "5"}},
	{"tcex", "tcex", 30,
		map[string]any{"accessId": "900001", "secretKey": "real-secret"},
		map[string]string{"access_id": "900001", "secret_key": "real-secret"}},
	{"darktrace-sdk", "darktrace-sdk", 25,
		map[string]any{"publicToken": "real-public", "privateToken": "real-private"},
		map[string]string{"public_token": "real-public", "private_token": "real-private", "sign_query": "as_sent"}},
	{"cbc_sdk", "carbon-black-cloud-sdk-python", 10,
		map[string]any{"apiId": "REALID1234", "apiSecretKey": "REALSECRETKEY"},
		map[string]string{"api_id": "REALID1234", "api_secret_key": "REALSECRETKEY"}},
	{"demisto-py", "demisto-py", 5,
		map[string]any{"apiKeyId": "77", "apiKey": "real-advanced-key"},
		map[string]string{"api_key_id": "77", "api_key": "real-advanced-key", "key_type": "advanced"}},
}

// The vendors' own clients sign what they send. Their requests were recorded with dates long past and credentials that
// nobody has. Through the plugin they arrive as the vendor wants them, with nothing left of the client's own signature.
func TestRequestsOfTheVendorsOwnClientsAreSignedAnew(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, m := range migrations {
			sent := 0
			for _, v := range all {
				if !strings.Contains(v.Source, m.source) || v.TokenSource() || len(v.Expect.Headers) == 0 {
					continue
				}
				c, err := v.Case()
				if err != nil {
					t.Fatal(err)
				}
				sent++
				if problem := migrate(p, m.options, m.vendor, c); problem != "" {
					t.Errorf("%s, %s: %s", m.client, v.ID(), problem)
				}
			}
			if sent < m.atLeast {
				t.Errorf("%s: %d requests found", m.client, sent)
			}
		}
	})
}

// migrate sends a recorded request through the plugin to a simulated vendor, and says what is wrong.
func migrate(p interpret.Plugin, options map[string]any, known map[string]string, c *vectors.Case) string {
	var answer *vendorsim.Answer
	var arrived *vendorsim.Request
	known = maps.Clone(known)
	if c.Vendor == "carbonblack" {
		known["key_type"] = keyType(c.Target)
	}
	vendor, err := vendorsim.New(c.Vendor, vendorsim.Config{Credential: known, OnAnswer: func(r *vendorsim.Request, a *vendorsim.Answer) {
		arrived, answer = r, a
	}})
	if err != nil {
		return err.Error()
	}
	config := map[string]any{"host": "vendor.example"}
	for name, value := range options {
		config[name] = value
	}
	handler, err := p.New(map[string]any{c.Vendor: config}, vendor)
	if err != nil {
		return err.Error()
	}
	r := httptest.NewRequest(c.Method, c.Target, bytes.NewReader(c.Body))
	r.Host = "gateway.internal"
	for name, values := range c.Header {
		r.Header[name] = values
	}
	for name, values := range c.WantHeader { // what the client signed
		r.Header[name] = values
	}
	vendor.Check(&vendorsim.Request{Method: c.Method, Host: r.Host, Target: c.Target, Header: r.Header.Clone(), Body: c.Body})
	if answer.Accepted {
		return "the vendor takes the client's own signature: this proves nothing"
	}
	answer = nil
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	switch {
	case answer == nil:
		return fmt.Sprintf("the gateway answers %d %s", w.Code, w.Body)
	case !answer.Accepted:
		return "the vendor refuses: " + answer.Reason
	case len(answer.Leaks) > 0:
		return fmt.Sprintf("the client's credentials arrived: %q", answer.Leaks)
	case !bytes.Equal(arrived.Body, c.Body) || arrived.Method != c.Method || arrived.Host != "vendor.example":
		return fmt.Sprintf("%s for %s with %d bytes arrived", arrived.Method, arrived.Host, len(arrived.Body))
	}
	for name, values := range c.WantHeader {
		if got := arrived.Header.Get(name); got != "" && got == values[0] && name != "Content-Type" {
			return name + " arrived as the client sent it"
		}
	}
	return ""
}

// keyType is the one that Carbon Black wants for a path. The gateway has a route for each: docs/vendors/carbonblack.md.
func keyType(target string) string {
	switch {
	case strings.HasPrefix(target, "/integrationServices/v3/notification"):
		return "siem"
	case strings.HasPrefix(target, "/integrationServices/v3/cblr/"):
		return "live_response"
	case strings.HasPrefix(target, "/integrationServices/"):
		return "api"
	}
	return "custom"
}
