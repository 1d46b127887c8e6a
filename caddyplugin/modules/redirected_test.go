package modules

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// An active health check that follows a redirect is signed again for the server that it leads to, or not sent: behind a proxy for outgoing
// requests it would reach any server. The one of this test sends everything to where it is asked for. (Go's client adds a Referer, as
// browsers do.)
func TestAHealthCheckTakesNoSignatureWhereARedirectLeads(t *testing.T) {
	tunnel := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upstream, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer upstream.Close()
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer client.Close()
		io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(upstream, client)
		io.Copy(client, upstream)
	}))
	for name, site := range map[string]string{
		"a handler":   "\tdarktrace_sign BLOCK\treverse_proxy https://{vendor} {\n\t\ttransport http {\n{trust}\t\t}\n{health}\t}\n",
		"a transport": "\treverse_proxy https://{vendor} {\n\t\ttransport darktrace_sign BLOCK{health}\t}\n",
		"another upstream of the site": "\tdarktrace_sign BLOCK\thandle /other {\n\t\treverse_proxy https://{other} {\n\t\ttransport http {\n{trust}\t\t}\n{health}\t\t}\n\t}\n" +
			"\treverse_proxy https://{vendor} {\n\t\ttransport http {\n{trust}\t\t}\n\t}\n",
	} {
		for _, away := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				vendor, another := new(recording), new(recording)
				server, other := httptest.NewTLSServer(vendor), httptest.NewTLSServer(another)
				t.Cleanup(server.Close)
				t.Cleanup(other.Close)
				done, followed := make(chan bool, 1000), make(chan bool, 1000)
				redirecting := func(to string) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path == "/health" {
							http.Redirect(w, r, to+"/up", http.StatusFound)
							done <- true
						} else {
							followed <- true
						}
					})
				}
				vendor.handler, another.handler = redirecting(map[bool]string{true: other.URL}[away]), redirecting(map[bool]string{true: server.URL}[away])
				file := filepath.Join(t.TempDir(), "ca.pem")
				certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
				if err := os.WriteFile(file, certificate, 0o600); err != nil {
					t.Fatal(err)
				}
				trust := "\t\t\ttls_trust_pool file " + file + "\n\t\t\tnetwork_proxy url " + tunnel.URL + "\n"
				block := "{\n\t\tpublic_token demo-public-token\n\t\tprivate_token " + rightSecret + "\n\t\thost {vendor}\n"
				if name == "a transport" {
					block += trust
				}
				c := running{site: freeTCP(t), admin: freeTCP(t)}
				load(t, c, head+strings.NewReplacer("BLOCK", block+"\t}\n", "{trust}", trust, "{other}", other.Listener.Addr().String(), "{health}",
					"\t\thealth_uri /health\n\t\thealth_interval 20ms\n\t\thealth_follow_redirects\n").Replace(site)+"}\n", server)
				t.Cleanup(func() { caddy.Stop() })
				for range 5 {
					<-done
				}
				if !away && name != "another upstream of the site" {
					select {
					case <-followed: // some of the five may still be on their way
					case <-time.After(30 * time.Second):
						t.Error("a redirect to the vendor itself is not followed")
					}
				}
				caddy.Stop()
				for _, r := range vendor.take() {
					if r.Header.Get("Dtapi-Signature") == "" {
						t.Errorf("the vendor got %s unsigned", r.RequestURI)
					}
				}
				for _, r := range another.take() {
					if r.Header.Get("Dtapi-Signature") != "" {
						t.Errorf("another server got %s signed", r.RequestURI)
					}
				}
			})
		}
	}
}

// The port that a scheme implies is missing in a redirect, and never in the address that is dialled.
func TestARedirectIsComparedWithThePortThatItsSchemeImplies(t *testing.T) {
	for _, test := range []struct{ network, dialled, to, want string }{
		{"tcp", "api.acme.example:443", "https://api.acme.example/up", ""},
		{"tcp", "api.acme.example:443", "https://API.acme.example:443/up", ""},
		{"tcp", "api.acme.example.:443", "https://api.acme.example/up", ""},
		{"tcp", "api.acme.example:443", "http://api.acme.example/up", "api.acme.example:80"},
		{"tcp", "api.acme.example:80", "http://api.acme.example/up", ""},
		{"tcp", "api.acme.example:443", "https://api.acme.example:8443/up", "api.acme.example:8443"},
		{"tcp", "api.acme.example:443", "https://mine.example/up", "mine.example:443"},
		{"unix", "/run/acme.sock", "https://mine.example/up", ""},
	} {
		r := httptest.NewRequest("GET", test.to, nil)
		r = r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, make(map[string]any)))
		caddyhttp.SetVar(r.Context(), "reverse_proxy.dial_info", reverseproxy.DialInfo{Network: test.network, Address: test.dialled})
		if got := redirected(r); got != "" {
			t.Errorf("%s: without a redirect it is %q", test.to, got)
		}
		r.Response = new(http.Response)
		if got := redirected(r); got != test.want {
			t.Errorf("%s from %s: %q, want %q", test.to, test.dialled, got, test.want)
		}
	}
}
