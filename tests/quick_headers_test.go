package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The plugin's short way is for requests without such headers: whatever has one is cleansed, or refused.
func TestTheShortWayTakesNoHeaderThatMatters(t *testing.T) {
	vendors := map[string]map[string]any{
		"darktrace":     {"publicToken": "pub", "privateToken": "canary"},
		"duo":           {"integrationKey": "DIX", "secretKey": "canary"},
		"threatconnect": {"accessId": "1", "secretKey": "canary"},
		"carbonblack":   {"apiId": "1", "apiSecretKey": "canary"},
		"cortex":        {"apiKeyId": "1", "apiKey": "canary", "keyType": "standard"},
	}
	removed := []string{
		"Authorization", "Proxy-Authorization", "X-Auth-Token", "X-Api-Key", "Cookie", "Via", "Forwarded", "X-Forwarded-User", "Remote-User",
		"X-Http-Method-Override", "X-Original-Url", "Dtapi-Signature", "Dtapi_Signature", "X-Duo-Date", "X_Duo_Date", "Timestamp", "X-Xdr-Auth-Id",
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for vendor, options := range vendors {
			block := map[string]any{"host": "vendor.example"}
			for name, value := range options {
				block[name] = value
			}
			var got *http.Request
			middleware, err := p.New(map[string]any{vendor: block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatal(err)
			}
			send := func(header ...string) int {
				got = nil
				r := httptest.NewRequest("GET", "/devices", nil)
				r.Body = http.NoBody
				for i := 0; i < len(header); i += 2 {
					r.Header.Set(header[i], header[i+1]) // as a server reads them
				}
				w := httptest.NewRecorder()
				middleware.ServeHTTP(w, r)
				return w.Code
			}
			for _, name := range removed {
				if status := send(name, "from-the-client"); status != http.StatusOK || got == nil {
					t.Errorf("%s: with %s answered %d", vendor, name, status)
					continue
				}
				for sent, values := range got.Header {
					if strings.Contains(strings.Join(values, " "), "from-the-client") && owns(vendor, name) {
						t.Errorf("%s: %s of the client arrives as %s", vendor, name, sent)
					}
				}
			}
			if send("Connection", "Dtapi-Signature, Authorization, X-Auth-Token, close"); got == nil || strings.Contains(got.Header.Get("Connection"), "Authorization") {
				t.Errorf("%s: a nomination arrives", vendor)
			}
			for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
				if status := send(header...); status != http.StatusForbidden || got != nil {
					t.Errorf("%s: a page's %s is answered %d", vendor, header[0], status)
				}
			}
		}
	})
}

// owns reports whether a header of the client must not reach the vendor: what all vendors' signers own is the vendor's own
// affair, the rest is nobody's.
func owns(vendor, name string) bool {
	prefix := map[string]string{"Dtapi": "darktrace", "X-Duo": "duo", "X_Duo": "duo", "Times": "threatconnect", "X-Xdr": "cortex"}[name[:5]]
	return prefix == "" || prefix == vendor
}
