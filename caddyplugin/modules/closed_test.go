package modules

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// A proxy whose health checks run before the first signer is loaded is closed to the vendor however its configuration names it. (The
// certificate of httptest is for example.com and 127.0.0.1.)
func TestAProxyWithEarlyHealthChecksIsClosedHoweverItNamesTheVendor(t *testing.T) {
	const insecure = "\t\t\ttransport http {\n\t\t\t\ttls_insecure_skip_verify\n"
	for _, tt := range []struct {
		name, proxy, host string
		tls               bool
		status            int // of what is not sent
	}{
		{"by header_up Host", "{vendor} {\n\t\t\theader_up Host example.com\n", "example.com", false, http.StatusServiceUnavailable},
		{"by header_up +Host", "{vendor} {\n\t\t\theader_up +Host example.com\n", "example.com", false, http.StatusServiceUnavailable},
		{"by header_up Host with another text", "{vendor} {\n\t\t\theader_up Host .* example.com\n", "example.com", false,
			http.StatusServiceUnavailable},
		{"by what header_up makes of the client's Host", "{vendor} {\n\t\t\theader_up Host (127).* example$1.com\n", "example127.com", false,
			http.StatusServiceUnavailable},
		{"by an address with its network", "tcp4/localhost:{vport} {\n", "localhost", false, http.StatusServiceUnavailable},
		{"by dynamic upstreams", "{\n\t\t\tdynamic a {\n\t\t\t\tname localhost\n\t\t\t\tport {vport}\n\t\t\t\tversions ipv4\n\t\t\t}\n", "localhost", false,
			http.StatusServiceUnavailable},
		{"by tls_server_name", "https://{vendor} {\n" + insecure + "\t\t\t\ttls_server_name example.com\n\t\t\t}\n", "example.com", true,
			http.StatusServiceUnavailable},
		{"by its certificate", "https://{vendor} {\n" + insecure + "\t\t\t}\n", "example.com", true, http.StatusBadGateway},
		{"not at all", "https://{vendor} {\n" + insecure + "\t\t\t}\n", "acme.example", true, http.StatusOK},
	} {
		for _, signs := range []string{"a handler", "a transport"} {
			t.Run(tt.name+", "+signs, func(t *testing.T) {
				vendor := new(recording)
				server := httptest.NewUnstartedServer(vendor)
				if tt.tls {
					server.StartTLS()
				} else {
					server.Start()
				}
				t.Cleanup(server.Close)
				block := strings.Replace(options(rightSecret), "{vendor}", tt.host, 1)
				signed := "\t\tdarktrace_sign " + block + "\t\treverse_proxy " + tt.host + "\n"
				if signs == "a transport" {
					signed = "\t\treverse_proxy " + tt.host + " {\n\t\t\ttransport darktrace_sign " + block + "\t\t}\n"
				}
				_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
				c := running{site: freeTCP(t), admin: freeTCP(t)}
				load(t, c, head+"\thandle /a {\n\t\treverse_proxy "+strings.Replace(tt.proxy, "{vport}", port, 1)+"\t\t\thealth_uri /health\n"+
					"\t\t\thealth_interval 1h\n\t\t}\n\t}\n\thandle {\n"+signed+"\t}\n}\n", server)
				t.Cleanup(func() { caddy.Stop() })
				counted := func() float64 { return sum(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome=unsigned") }
				before := counted()
				if status, body := fetch(t, "http://"+c.site+"/a"); status != tt.status {
					t.Errorf("answered %d %s", status, body)
				}
				arrived := 0
				for _, r := range vendor.take() {
					if r.RequestURI == "/a" {
						arrived++
					}
				}
				if sent := tt.status == http.StatusOK; sent != (arrived == 1) || sent != (counted() == before) {
					t.Errorf("%d arrived, and %v refusals are counted", arrived, counted()-before)
				}
			})
		}
	}
}

// With lb_try_duration Caddy asks for an upstream again and again, for one request of a client.
func TestARequestThroughAClosedProxyIsCountedOnce(t *testing.T) {
	const again = "\t\t\thealth_uri /health\n\t\t\thealth_interval 1h\n\t\t\tlb_try_duration 300ms\n\t\t\tlb_try_interval 10ms\n\t\t}\n\t}\n"
	plain, secure := serve(t, new(recording)), httptest.NewTLSServer(new(recording))
	t.Cleanup(secure.Close)
	block := strings.Replace(options(rightSecret), "{vendor}", "example.com", 1)
	for name, site := range map[string]string{
		"by its name, a handler":   "{vendor} {\n\t\t\theader_up Host example.com\n" + again + "\thandle {\n\t\tdarktrace_sign " + block + "\t\treverse_proxy example.com\n\t}\n}\n",
		"by its name, a transport": "{vendor} {\n\t\t\theader_up Host example.com\n" + again + "\treverse_proxy example.com {\n\t\ttransport darktrace_sign " + block + "\t}\n}\n",
		"by its certificate": secure.URL + " {\n\t\t\ttransport http {\n\t\t\t\ttls_insecure_skip_verify\n\t\t\t}\n" + again + "\thandle {\n\t\tdarktrace_sign " + block +
			"\t\treverse_proxy example.com\n\t}\n}\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			load(t, c, head+"\thandle /a {\n\t\treverse_proxy "+site, plain)
			t.Cleanup(func() { caddy.Stop() })
			counted := func() float64 { return sum(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome=unsigned") }
			before := counted()
			if status, body := fetch(t, "http://"+c.site+"/a"); counted() != before+1 {
				t.Errorf("answered %d %s, and counted %v times", status, body, counted()-before)
			}
		})
	}
}
