package modules

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// What signs in a named route that nobody invokes is nobody else's. Here it is for the server that forward_auth asks. The health checks
// of a proxy there run nevertheless, and are signed.
func TestANamedRouteThatNobodyInvokesCountsForNoSite(t *testing.T) {
	for name, invoked := range map[string]string{
		"a handler":               `SIGNER,{"handler":"reverse_proxy","upstreams":[{"dial":"OTHER"}]}`,
		"a handler without proxy": `SIGNER`,
		"a transport":             `{"handler":"reverse_proxy","transport":TRANSPORT,"upstreams":[{"dial":"OTHER"}]}`,
		"health checks":           `{"handler":"reverse_proxy","upstreams":[{"dial":"VENDOR"}],"health_checks":{"active":{"uri":"/health","interval":10000000}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			vendor, another := &recording{handler: darktrace(t)}, new(recording)
			server, other := serve(t, vendor), serve(t, another)
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			site := strings.NewReplacer("{site}", c.site, "{admin}", c.admin, "{vendor}", server.Listener.Addr().String()).Replace(head + "\tdarktrace_sign " +
				options(rightSecret) + "\tforward_auth " + other.Listener.Addr().String() + " {\n\t\turi /auth\n\t}\n\treverse_proxy {vendor}\n}\n")
			config, err := adapt(site)
			if err != nil {
				t.Fatal(err)
			}
			const signer = `"public_token":"p","private_token":"q","host":["OTHER"],"insecure_upstream":true}`
			named := strings.NewReplacer("SIGNER", `{"handler":"darktrace_sign",`+signer, "TRANSPORT", `{"protocol":"darktrace_sign",`+signer).Replace(invoked)
			named = strings.NewReplacer("OTHER", other.Listener.Addr().String(), "VENDOR", server.Listener.Addr().String()).Replace(named)
			config = strings.Replace(config, `"srv0": {`, `"srv0": {"named_routes":{"unused":{"handle":[`+named+`]}},`, 1)
			if err := caddy.Load([]byte(config), true); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { caddy.Stop() })
			status, body := fetch(t, "http://"+c.site+"/a")
			if asked := another.take(); status != http.StatusOK || len(asked) != 1 || asked[0].Header.Get("Dtapi-Signature") != "" {
				t.Errorf("answered %d %s, and the other server got %v", status, body, asked)
			}
			time.Sleep(200 * time.Millisecond)
			all := vendor.take()
			for _, r := range all {
				if r.Header.Get("Dtapi-Signature") == "" {
					t.Errorf("%s left unsigned", r.RequestURI)
				}
			}
			if (len(all) > 1) != (name == "health checks") {
				t.Errorf("%d requests arrived at the vendor", len(all))
			}
		})
	}
}

// What signs in the error routes of one host is none of another one's either.
func TestErrorRoutesOfAHostCountForNoOther(t *testing.T) {
	vendor, another := &recording{handler: darktrace(t)}, new(recording)
	other := serve(t, another).Listener.Addr().String()
	c := run(t, strings.Replace(head, "http://{site}", "http://a.test:{port}", 1)+"\tdarktrace_sign "+options(rightSecret)+"\tforward_auth "+other+
		" {\n\t\turi /auth\n\t}\n\treverse_proxy {vendor}\n}\nhttp://b.test:{port} {\n\treverse_proxy "+other+"\n\terror /e 500\n\thandle_errors {\n\t\tdarktrace_sign "+
		strings.Replace(options(rightSecret), "{vendor}", other, 1)+"\t\treverse_proxy "+other+"\n\t}\n}\n", vendor)
	for _, tt := range []struct {
		host, path   string
		status       int
		signed, sent int // to the other server
	}{
		{"a.test", "/a", http.StatusOK, 0, 1},
		{"b.test", "/a", http.StatusServiceUnavailable, 0, 0}, // its own error routes do count
		{"b.test", "/e", http.StatusOK, 1, 1},
	} {
		r, _ := http.NewRequest("GET", "http://"+c.site+tt.path, nil)
		r.Host = tt.host
		response, body := ask(t, r)
		signed, sent := 0, another.take()
		for _, r := range sent {
			if r.Header.Get("Dtapi-Signature") != "" {
				signed++
			}
		}
		if response.StatusCode != tt.status || len(sent) != tt.sent || signed != tt.signed {
			t.Errorf("%s%s: answered %d %s, %d sent, %d signed", tt.host, tt.path, response.StatusCode, body, len(sent), signed)
		}
	}
}

// A signer in error routes is known to all sites unless each of its hosts is one of theirs: requests that Caddy refuses by their host come
// there as well, and pass no other route.
func TestErrorRoutesBelongToASiteOnlyIfItTakesTheirHosts(t *testing.T) {
	routes := [][]string{{"a.test"}, {"b.test", "c.test"}}
	for _, tt := range []struct {
		name   string
		own    []string
		routes [][]string
		want   bool
	}{
		{"the host of a site", []string{"A.test"}, routes, true},
		{"hosts of two sites", []string{"a.test", "c.test"}, routes, true},
		{"a host of nobody", []string{"d.test"}, routes, false},
		{"one of them a host of nobody", []string{"a.test", "d.test"}, routes, false},
		{"any host", nil, routes, false},
		{"a pattern", []string{"*.test"}, routes, false},
		{"a site for any host", []string{"d.test"}, [][]string{{"a.test"}, nil}, true},
		{"no site", []string{"a.test"}, nil, false},
	} {
		if got := taken(tt.own, tt.routes); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
