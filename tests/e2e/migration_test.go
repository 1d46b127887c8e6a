package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/vectors"
)

// docs/migration.md promises that the vendors' own clients can stay. What they send, recorded with their own stale
// signatures, goes through real gateways.
func TestTheVendorsOwnClientsGoThroughTheGateways(t *testing.T) {
	clients := map[string]string{ // the mode that stands in for the credential, by the client's repository
		"duo_client_python": "duo", "tcex": "threatconnect", "darktrace-sdk": "darktrace",
		"carbon-black-cloud-sdk-python": "carbonblack", "demisto-py": "cortex-advanced",
	}
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	eachForm(t, func(t *testing.T, f form) {
		routes := map[string]*route{}
		var list []*route
		for client, mode := range clients {
			routes[client] = find(mode).route(t, f)
			if mode == "duo" { // whose client makes applications, too
				routes[client].options["allow_credential_endpoints"] = true
			}
			list = append(list, routes[client])
		}
		g := start(t, f, list...)
		for client, r := range routes {
			t.Run(client, func(t *testing.T) {
				sent := 0
				for _, v := range all {
					if !strings.Contains(v.Source, client) || v.TokenSource() || len(v.Expect.Headers) == 0 {
						continue
					}
					c, err := v.Case()
					if err != nil {
						t.Fatal(err)
					}
					if r.signer == "carbonblack" && (!strings.HasPrefix(c.Target, "/integrationServices/") || strings.Contains(c.Target, "notification")) {
						continue // the route has one key, of the type API
					}
					in := request{method: c.Method, target: c.Target, body: c.Body}
					for _, header := range []http.Header{c.Header, c.WantHeader} {
						for name, values := range header {
							in.header = append(in.header, name+": "+values[0])
						}
					}
					a, _ := g.accepted(t, r, in)
					for name, values := range c.WantHeader {
						if slices.Contains(a.header[name], values[0]) {
							t.Errorf("%s: %s arrived as the client sent it", v.ID(), name)
						}
					}
					sent++
				}
				if sent < 4 {
					t.Errorf("%d requests found", sent)
				}
			})
		}
	})
}
