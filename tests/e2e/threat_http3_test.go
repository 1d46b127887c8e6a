package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// secureGateway starts a gateway with the routes over TLS, and HTTP/3 there. The port is that of both.
func secureGateway(t *testing.T, f form, ca *authority, routes ...*route) (g *gateway, port int) {
	t.Helper()
	h := newHome(t)
	certFile, keyFile := identity(t, h, ca, "gateway.test")
	s := setup{form: f, home: h}
	s.sites = func(plain int) (sites string) {
		port = freePort(t)
		for _, r := range routes {
			site := s.site(t, plain, r, fmt.Sprintf("\ttls %s %s\n", certFile, keyFile), r.vendor.addr, "")
			sites += strings.Replace(site, fmt.Sprintf("http://%s.test:%d", r.name, plain), fmt.Sprintf("https://%s.test:%d", r.name, port), 1)
		}
		return sites
	}
	if f == traefik {
		s.routes = routes
	}
	s.change = func(_ int, static, dynamic object) {
		port = freePort(t)
		at(static, "entryPoints")["secure"] = object{"address": fmt.Sprintf("127.0.0.1:%d", port), "http3": object{}}
		for _, r := range routes {
			at(dynamic, "http", "routers", r.name)["tls"] = object{}
		}
		dynamic["tls"] = object{"certificates": []object{{"certFile": certFile, "keyFile": keyFile}}}
	}
	g = s.start(t)
	g.listens(t, port)
	return g, port
}

// quicClient speaks HTTP/3 and keeps what there was of the last connection.
type quicClient struct {
	*http3.Transport
	mu   sync.Mutex
	last *quic.Conn
}

func newQUICClient(t *testing.T, ca *authority) *quicClient {
	pool := x509.NewCertPool()
	pool.AddCert(ca.certificate)
	c := new(quicClient)
	c.Transport = &http3.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "gateway.test", ClientSessionCache: tls.NewLRUClientSessionCache(8)},
		Dial: func(ctx context.Context, address string, config *tls.Config, quicConfig *quic.Config) (*quic.Conn, error) {
			conn, err := quic.DialAddrEarly(ctx, address, config, quicConfig)
			c.mu.Lock()
			defer c.mu.Unlock()
			c.last = conn
			return conn, err
		},
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a request for a route and reads the answer.
func (c *quicClient) ask(t *testing.T, port int, r *route, in request) *reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asked, err := http.NewRequestWithContext(ctx, in.method, fmt.Sprintf("https://127.0.0.1:%d%s", port, in.target), nil)
	if err != nil {
		t.Fatal(err)
	}
	asked.Host = r.name + ".test"
	for _, line := range in.header {
		name, value, _ := strings.Cut(line, ": ")
		asked.Header[name] = append(asked.Header[name], value)
	}
	if in.body != nil {
		asked.Body, asked.ContentLength = io.NopCloser(bytes.NewReader(in.body)), int64(len(in.body))
	}
	if in.chunked {
		asked.ContentLength, asked.Trailer = -1, http.Header{"X-Duo-Date": {"attacker"}, "X-Checksum": {"1"}}
	}
	response, err := c.RoundTrip(asked)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.ProtoMajor != 3 {
		t.Fatalf("%s: %v", response.Proto, err)
	}
	return &reply{response.StatusCode, response.Header, body}
}

// HTTP/3 reaches the plugins as HTTP/2 does: other framing, and no connection that headers could speak of.
func TestHTTP3ClientsAreSignedFor(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		signed, streamed, nonce := find("duo").route(t, f), find("threatconnect").route(t, f), find("cortex-advanced").route(t, f)
		streamed.options["client_hosts"] = []string{"threatconnect.test"}
		nonce.options["client_hosts"] = []string{"elsewhere.test"}
		_, port := secureGateway(t, f, ca, signed, streamed, nonce)
		client := newQUICClient(t, ca)
		const json = "Content-Type: application/json"
		for _, route := range []*route{signed, streamed} {
			for _, r := range []request{
				{method: "GET", target: "/api?b=1&a=%2f"}, {method: "HEAD", target: "/api?b=1"}, {method: "DELETE", target: "/api"},
				{method: "GET", target: "/api", header: []string{"Authorization: Bearer attacker", "X_Auth_Token: attacker", "Sec-Fetch-Site: none"}},
				{method: "POST", target: "/api", header: []string{json}, body: []byte(`{"a":1}`)},
				{method: "POST", target: "/api", header: []string{json}, body: []byte(`{"a":1}`), chunked: true},
			} {
				t.Run(route.name+" "+r.method, func(t *testing.T) {
					before := route.vendor.count()
					got := client.ask(t, port, route, r)
					a, err := route.vendor.only(before)
					if err != nil {
						t.Fatalf("%v (answered %d %s)", err, got.status, got.body)
					}
					if got.status != http.StatusOK || !a.answer.Accepted || len(a.answer.Leaks) > 0 || a.target != r.target || string(a.body) != string(r.body) || strings.Contains(a.text(), "attacker") {
						t.Errorf("answered %d, %+v\n%s", got.status, a.answer, a.text())
					}
				})
			}
			for _, line := range []string{"Origin: https://evil.example", "Sec-Fetch-Site: same-site", "Referer: https://evil.example/"} {
				before := route.vendor.bytes.Load()
				client.ask(t, port, route, request{method: "GET", target: "/api", header: []string{line}}).isProblem(t, http.StatusForbidden, "browser")
				if route.vendor.bytes.Load() != before {
					t.Errorf("%s: something went out", line)
				}
			}
		}
		client.ask(t, port, nonce, request{method: "GET", target: "/api"}).isProblem(t, http.StatusMisdirectedRequest, "client-host")
		if nonce.vendor.bytes.Load() != 0 {
			t.Error("something went out for another host")
		}
	})
}

// A refusal for the rate is the client's, and not taken for that of a health check, which would pass.
func TestARateIsALimitOverHTTP3Too(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		route.options["rate"] = []string{"1/1h"}
		_, port := secureGateway(t, f, ca, route)
		client := newQUICClient(t, ca)
		if got := client.ask(t, port, route, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
			t.Fatalf("answered %d %s", got.status, got.body)
		}
		client.ask(t, port, route, request{method: "GET", target: "/api"}).isProblem(t, http.StatusTooManyRequests, "rate-limited")
		if n := route.vendor.count(); n != 1 {
			t.Errorf("%d requests arrived", n)
		}
	})
}

// A recorded flight of early data could be signed afresh whenever it is sent again. Traefik takes none.
func TestTraefikTakesNoEarlyData(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	route := find("duo").route(t, traefik)
	_, port := secureGateway(t, traefik, ca, route)
	if status, taken, _ := askEarly(t, buildEarly(t), ca, port, route.name+".test"); status != http.StatusOK || taken {
		t.Errorf("answered %d; early data was taken: %v", status, taken)
	}
}
