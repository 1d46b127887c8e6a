package e2e

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// An upgrade opens a tunnel to the vendor. Only a WebSocket is upgraded to, and only with the option.
func TestUpgradesAreRefusedButForWebSocketsWithTheOption(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		closed, open := find("duo").route(t, f), find("threatconnect").route(t, f)
		open.options["upgrade"] = "websocket"
		g := start(t, f, closed, open)
		for _, tt := range []struct {
			lines   string
			without int // 403 is a problem, and nothing goes out; 200 is an answer to a plain request
			with    int
		}{
			{"Connection: Upgrade | Upgrade: websocket", 403, 101},
			{"Connection: keep-alive, UPGRADE | Upgrade: WebSocket", 403, 101},
			{"Connection: Upgrade, Sec-WebSocket-Key | Upgrade: websocket", 403, 101},
			{"Connection: Upgrade | Upgrade: h2c", 403, 403},
			{"Connection: Upgrade, HTTP2-Settings, Authorization | Upgrade: h2c | HTTP2-Settings: AAMAAABkAAQAAP__", 403, 403},
			{"Connection: upgrade | Upgrade: TLS/1.0", 403, 403},
			{"Connection: Upgrade | Upgrade: foo", 403, 403},
			{"Connection: Upgrade | Upgrade: websocket, foo", 403, 403},
			{"Connection: Upgrade | Upgrade: foo, websocket", 403, 403},
			{"Connection: Upgrade | Upgrade: foo | Upgrade: websocket", 403, 403},
			{"Connection: Upgrade | Upgrade: websocket/13", 403, 403},
			{"Connection: Upgrade", 200, 200},
			{"Connection: Upgrade | Upgrade: ", 200, 200},
			{"Upgrade: websocket", 200, 200},
			{"Upgrade: foo", 200, 200},
			{"Connection: close | Upgrade: foo", 200, 200},
		} {
			for route, want := range map[*route]int{closed: tt.without, open: tt.with} {
				t.Run(route.name+" "+tt.lines, func(t *testing.T) {
					before := route.vendor.count()
					r := request{method: "GET", target: "/api", header: strings.Split(tt.lines, " | ")}
					if want == http.StatusSwitchingProtocols {
						u := open101(t, g.addr, route.name+".test", r)
						if got := u.echo(t, "a frame"); got != "a frame" {
							t.Errorf("came back as %q", got)
						}
						u.Close()
					} else if want == http.StatusForbidden {
						g.refused(t, route, r, http.StatusForbidden, "upgrade")
					} else if got := g.send(t, route, r); got.status != want {
						t.Errorf("answered %d %s", got.status, got.body)
					}
					for _, a := range route.vendor.signedOrNothing(t, before, tt.lines) {
						upgrade := strings.Join(append(a.header["Connection"], a.header["Upgrade"]...), " ")
						if want == 200 && upgrade != "" || want == 101 && upgrade != "Upgrade websocket" {
							t.Errorf("arrived with %q", upgrade)
						}
					}
				})
			}
		}
		t.Run("a body, or another method", func(t *testing.T) {
			lines := []string{"Connection: Upgrade", "Upgrade: websocket"}
			g.refused(t, open, request{method: "POST", target: "/api", header: lines, body: []byte("a=1")}, http.StatusForbidden, "upgrade")
			g.refused(t, open, request{method: "GET", target: "/api", header: lines, body: []byte("a=1")}, http.StatusForbidden, "upgrade")
		})
	})
}

// Over a vendor of HTTP/2, a WebSocket is opened by HTTP/1.1 on a connection of its own. If the vendor speaks no HTTP/1.1, that is
// no failure of the vendor.
func TestAWebSocketOverAnHTTP2VendorWorksOrIsRefused(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		both := healthy(t, ca, find("threatconnect").route(t, f))
		alone := healthy(t, ca, find("duo").route(t, f), func(s *httptest.Server) {
			s.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if !slices.Contains(hello.SupportedProtos, "h2") {
					return nil, errors.New("HTTP/2 alone")
				}
				return nil, nil
			}
		})
		both.options["upgrade"], alone.options["upgrade"] = "websocket", "websocket"
		g := start(t, f, both, alone)
		socket := request{method: "GET", target: "/api", header: []string{"Connection: Upgrade", "Upgrade: websocket"}}
		for range 2 {
			u := open101(t, g.addr, both.name+".test", socket)
			if got := u.echo(t, "a frame"); got != "a frame" {
				t.Errorf("came back as %q", got)
			}
			u.Close()
			g.accepted(t, both, request{method: "GET", target: "/api"})
		}
		if f == traefik || f == caddyHandler { // whose proxy counts it as the vendor's failure: docs/wire.md
			return
		}
		for range 2 {
			g.refused(t, alone, socket, http.StatusForbidden, "upgrade")
			g.accepted(t, alone, request{method: "GET", target: "/api"})
		}
	})
}

// Caddy makes a GET with an Upgrade of an extended CONNECT (RFC 8441), which the transport gets to see. With retries, and
// without them since 2.11.4, its empty body comes in a wrapper.
func TestAWebSocketByExtendedCONNECTIsAnUpgrade(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.env = append(h.env, "GODEBUG=http2xconnect=1")
	closed := find("duo").route(t, caddyTransport)
	routes := []*route{closed}
	for _, name := range []string{"plain", "retried"} {
		r := find("threatconnect").route(t, caddyTransport)
		r.name, r.retries = name, len(routes)-1
		r.options["upgrade"] = "websocket"
		routes = append(routes, r)
	}
	g := speaksHTTP2(caddyTransport, h, routes...).start(t)
	connect := message{fields: [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {"sec-websocket-version", "13"}}, open: true}
	before := closed.vendor.bytes.Load()
	frames(t, g.addr, closed.name+".test", connect).isProblem(t, http.StatusForbidden, "upgrade")
	if n := closed.vendor.bytes.Load() - before; n != 0 {
		t.Errorf("%d bytes went to the vendor", n)
	}
	connect.first = true
	for _, open := range routes[1:] {
		if got := frames(t, g.addr, open.name+".test", connect); got.status != http.StatusOK { // RFC 8441 section 5: 200 is its 101
			t.Errorf("%s: answered %d %s", open.name, got.status, got.body)
		}
		for _, a := range open.vendor.signedOrNothing(t, 0, "extended CONNECT") {
			if a.method != "GET" || a.header.Get("Upgrade") != "websocket" {
				t.Errorf("%s: arrived as %s", open.name, a.text())
			}
		}
		if open.vendor.count() != 1 {
			t.Errorf("%s: %d arrived", open.name, open.vendor.count())
		}
	}
}
