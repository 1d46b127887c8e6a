package modules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Several routes may be for one host, or take its requests first. None of them sends to the vendor what another one signs.
func TestRoutesForTheSameHostAreOneSite(t *testing.T) {
	const plain = "as the client sent it"
	const signer, another = `{"host":["127.0.0.1"]}`, `{"host":["other.test"]}`
	for _, tt := range []struct {
		name, first, second string   // the matchers of two terminal routes
		sites               []string // SIGN signs and sends, PLAIN sends to the vendor, OTHER elsewhere
		want                map[string]string
	}{
		{"a route for some paths of the host", `{"host":["127.0.0.1"],"path":["/b/*"]}`, signer, []string{"PLAIN", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a route for the other paths of the host", `{"host":["127.0.0.1"],"path":["/a"]}`, `{"host":["127.0.0.1"]}`, []string{"SIGN", "PLAIN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a route for any host that comes first", `{"path":["/b/*"]}`, signer, []string{"PLAIN", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"two routes for any host", `{"path":["/a"]}`, `{"path":["/b/*"]}`, []string{"SIGN", "PLAIN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a placeholder for the host", `{"host":["{env.VENDORSIGN_NO_HOST}127.0.0.1"],"path":["/b/*"]}`, signer, []string{"PLAIN", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a transport", `{"path":["/b/*"]}`, signer, []string{"PLAIN", "TRANSPORT"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"of two sets of matchers, one for any host", `{"host":["other.test"]},{"path":["/b/*"]}`, signer, []string{"PLAIN", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a route that is not terminal", `{"path":["/b/*"]}`, signer, []string{"PASSING PLAIN", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a transport in a route that is not terminal", `{"path":["/a"]}`, signer, []string{"PASSING TRANSPORT", "PLAIN"},
			map[string]string{"/a": "/a", "/b/c": wantUnsigned}},
		{"a route of the host to another upstream", `{"path":["/b/*"]}`, signer, []string{"OTHER", "SIGN"},
			map[string]string{"/a": "/a", "/b/c": wantOther}},
		{"a route for another host", another, signer, []string{"SIGN", "PLAIN"}, map[string]string{"/a": plain}},
		{"a route for any host that comes last", another, `{}`, []string{"SIGN", "PLAIN"}, map[string]string{"/a": plain}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vendor, elsewhere := &recording{handler: darktrace(t)}, new(recording)
			upstream, other := serve(t, vendor), serve(t, elsewhere)
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			block := `"public_token":"demo-public-token","private_token":"` + rightSecret + `","host":["` + upstream.Listener.Addr().String() +
				`"],"insecure_upstream":true}`
			proxy := func(to, transport string) string {
				return `{"handler":"reverse_proxy","upstreams":[{"dial":"` + to + `"}]` + transport + `}`
			}
			kinds := strings.NewReplacer("SIGN", `{"handler":"darktrace_sign",`+block+","+proxy(upstream.Listener.Addr().String(), ""),
				"PLAIN", proxy(upstream.Listener.Addr().String(), ""), "OTHER", proxy(other.Listener.Addr().String(), ""),
				"TRANSPORT", proxy(upstream.Listener.Addr().String(), `,"transport":{"protocol":"darktrace_sign",`+block))
			route := func(match, handlers string) string {
				handlers, passing := strings.CutPrefix(handlers, "PASSING ")
				return fmt.Sprintf(`{"match":[%s],"terminal":%v,"handle":[%s]}`, match, !passing, kinds.Replace(handlers))
			}
			config := `{"admin":{"listen":"` + c.admin + `","config":{"persist":false}},
				"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
				"apps":{"http":{"servers":{"a":{"listen":["` + c.site + `"],"automatic_https":{"disable":true},"routes":[` +
				route(tt.first, tt.sites[0]) + "," + route(tt.second, tt.sites[1]) + `]}}}}}`
			if err := caddy.Load([]byte(config), true); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { caddy.Stop() })
			for path, want := range tt.want {
				if want == plain {
					fetch(t, "http://"+c.site+path)
					if n := len(vendor.take()); n != 1 {
						t.Errorf("%d requests arrived, want one", n)
					}
					continue
				}
				wantRequest(t, c, path, want, vendor, elsewhere)
			}
		})
	}
}
