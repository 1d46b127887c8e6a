package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// healthy makes a route's upstream one of verified HTTP/2 that a single failure takes away for half a minute.
func healthy(t testing.TB, ca *authority, r *route, changes ...func(*httptest.Server)) *route {
	t.Helper()
	const name = "vendor.example"
	own := *r
	own.options = r.options.with(options{"host": name, "insecure_upstream": nil})
	own.scheme, own.ca, own.serverName, own.headerUp, own.passive = "https", ca.file, name, "Host "+name, true
	m := find(r.name)
	if m.verify != nil {
		own.vendor = newVendorHTTP2(t, "duo", find("duo").credential(), ca.leaf(t, name), changes...)
		own.vendor.judge(m.judged())
		return &own
	}
	own.vendor = newVendorHTTP2(t, r.signer, m.credential(), ca.leaf(t, name), changes...)
	return &own
}

// speaksHTTP2 has a gateway that also takes HTTP/2 in clear, and heads that are too large for a vendor.
func speaksHTTP2(f form, h *home, routes ...*route) setup {
	return setup{form: f, home: h, routes: routes, global: "\tadmin off\n\tpersist_config off\n\tservers {\n\t\tprotocols h1 h2 h2c\n\t\tmax_header_size 64KiB\n\t}\n"}
}

const large20k = 20000

// odd are requests that a client can send, and of which some make Go's client fail before the vendor sees anything. The
// gateway's answer is what the client gets, by the form: 0 is whatever it is, but none of the vendor's failures.
var odd = []struct {
	name    string
	raw     string  // by HTTP/1, or else
	message message // by HTTP/2
	status  int
	kind    string
	leaves  bool // the stream ends as that of a client that left
}{
	{name: "Upgrade foo", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n", status: 403, kind: "upgrade"},
	{name: "Upgrade h2c", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", status: 403, kind: "upgrade"},
	{name: "Upgrade websocket without the option", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", status: 403, kind: "upgrade"},
	{name: "Connection Upgrade alone", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\n\r\n", status: 200},
	{name: "Upgrade alone", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nUpgrade: foo\r\n\r\n", status: 200},
	{name: "a large header", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nX-Large: " + strings.Repeat("a", large20k) + "\r\n\r\n", status: 431, kind: "head-too-large"},
	{name: "a large target", raw: "GET /api?" + strings.Repeat("a", large20k) + " HTTP/1.1\r\nHost: HOST\r\n\r\n", status: 431, kind: "head-too-large"},
	{name: "a broken chunk", raw: "POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\nzz\r\n"},
	{name: "a body that ends early", raw: "POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\n\r\na=1"},
	{name: "early data of a gateway in front", raw: "GET /api HTTP/1.1\r\nHost: HOST\r\nEarly-Data: 1\r\n\r\n", status: 425, kind: "early-data"},
	{name: "a method that is another request line", message: message{fields: [][2]string{{":method", "GET /apikeys HTTP/1.1"}, {":path", "/allowed"}}}, status: 400, kind: "bad-method"},
	{name: "a method with a line break", message: message{fields: [][2]string{{":method", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"}}}},
	{name: "a method with a letter that is not ASCII", message: message{fields: [][2]string{{":method", "G\xc3\x89T"}}}, status: 400, kind: "bad-method"},
	{name: "a large header by HTTP/2", message: message{fields: [][2]string{{"x-large", strings.Repeat("a", large20k)}}}, status: 431, kind: "head-too-large"},
	{name: "a large target by HTTP/2", message: message{fields: [][2]string{{":path", "/api?" + strings.Repeat("a", large20k)}}}, status: 431, kind: "head-too-large"},
	{name: "a large method by HTTP/2", message: message{fields: [][2]string{{":method", strings.Repeat("M", large20k)}}}, status: 0},
	{name: "trailers of odd names", message: message{fields: [][2]string{{":method", "POST"}, {"trailer", "a b"}, {"trailer", "content-length"}}, body: "a=1"}, status: 200},
	{name: "trailers of odd names without a body", message: message{fields: [][2]string{{"trailer", "a b"}}}, status: 200},
	{name: "a longer body than announced", message: message{fields: [][2]string{{":method", "POST"}, {"content-length", "3"}}, body: "abcdef"}, leaves: true},
	{name: "a shorter body than announced", message: message{fields: [][2]string{{":method", "POST"}, {"content-length", "9"}}, body: "abcdef"}},
	{name: "a length that is no number", message: message{fields: [][2]string{{":method", "POST"}, {"content-length", "x"}}, body: "abcdef"}, leaves: true},
	{name: "a length without a body", message: message{fields: [][2]string{{"content-length", "9"}}}},
	{name: "a body that is canceled", message: message{fields: [][2]string{{":method", "POST"}}, body: "abcdef", canceled: true}, leaves: true},
	{name: "headers of a connection", message: message{fields: [][2]string{{"connection", "upgrade"}, {"upgrade", "websocket"}}}},
	{name: "transfer-encoding by HTTP/2", message: message{fields: [][2]string{{":method", "POST"}, {"transfer-encoding", "chunked"}}, body: "0\r\n\r\n"}},
	{name: "te by HTTP/2", message: message{fields: [][2]string{{"te", "gzip"}}}},
	{name: "an extended CONNECT", message: message{fields: [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}}, open: true}, status: 403, kind: "upgrade"},
	{name: "a protocol without CONNECT", message: message{fields: [][2]string{{":protocol", "websocket"}}}, status: 403, kind: "upgrade"},
	{name: "CONNECT", message: message{fields: [][2]string{{":method", "CONNECT"}}, open: true}},
}

// Each odd request comes once on a connection that is new and once on one that is in use. An honest one is served after each.
func TestOddRequestsTakeNoHTTP2VendorAway(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		h := newHome(t)
		h.env = append(h.env, "GODEBUG=http2xconnect=1") // extended CONNECT reaches the gateway's handlers
		modes := []string{"threatconnect", "duo"}        // one streams bodies, one reads them
		var routes []*route
		for _, mode := range modes {
			for i := range odd {
				r := find(mode).route(t, f)
				r.vendor = nil
				r = healthy(t, ca, r, func(s *httptest.Server) { s.Config.MaxHeaderBytes = 16 << 10 })
				r.name = fmt.Sprintf("%s-%d", mode, i)
				routes = append(routes, r)
			}
		}
		g := speaksHTTP2(f, h, routes...).start(t)
		for n, r := range routes {
			o := odd[n%len(odd)]
			t.Run(r.signer+", "+o.name, func(t *testing.T) {
				t.Parallel()
				host := r.name + ".test"
				for _, connection := range []string{"new", "used"} {
					before := r.vendor.count()
					var got *reply
					if o.raw != "" {
						got = half(t, g.addr, strings.ReplaceAll(o.raw, "HOST", host))
					} else {
						got = frames(t, g.addr, host, o.message)
					}
					if o.kind == "head-too-large" && f == caddyTransport && connection == "new" && got.header.Get("Content-Type") != "application/problem+json" {
						// It went out before the vendor's limit was known, and the vendor answers for itself.
						if got.status != o.status {
							t.Errorf("on a new connection: answered %d", got.status)
						}
					} else if o.kind != "" {
						got.isProblem(t, o.status, o.kind)
					} else if o.status != 0 && got.status != o.status || got.status >= 500 && f != traefik {
						t.Errorf("on a %s connection: answered %d %s", connection, got.status, got.body)
					}
					for _, a := range r.vendor.since(before) {
						if o.kind != "" && got.header.Get("Content-Type") == "application/problem+json" {
							t.Errorf("on a %s connection: refused, and arrived: %+v", connection, a)
						} else if a.fault == nil && !a.answer.Accepted || a.fault != nil && !strings.HasPrefix(a.fault.Error(), "the body ended") {
							t.Errorf("on a %s connection: arrived %v, %+v", connection, a.fault, a.answer)
						}
					}
					if f == traefik && o.leaves { // before the head was sent it counts as a failure there, with us and without
						continue
					}
					for range 2 {
						if honest := send(t, g.addr, host, request{method: "POST", target: "/api?a=1", header: []string{asForm}, body: []byte("b=2")}); honest.status != http.StatusOK {
							t.Fatalf("after it on a %s connection, an honest request is answered %d %s", connection, honest.status, honest.body)
						}
					}
				}
			})
		}
	})
}

// half writes raw bytes, ends its side, and returns what is answered.
func half(t testing.TB, addr, raw string) *reply {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	if _, err := conn.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(raw, "POST") { // a half-closed connection is a client that left, where there is no body to wait for
		if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return &reply{header: http.Header{}}
	}
	body := make([]byte, 4096)
	n, _ := response.Body.Read(body)
	return &reply{response.StatusCode, response.Header, body[:n]}
}
