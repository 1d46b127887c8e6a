package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// deafVendor answers every request with its target, and ignores the bodies of all but POST, PUT and PATCH: their bytes are
// the next request on the connection. A rude one does not close a connection that it is asked to close either.
type deafVendor struct {
	vendor
	rude             bool
	smuggled, reused int // requests that came in a body; connections on which something came after one
}

func newDeafVendor(t testing.TB, rude bool) *deafVendor {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &deafVendor{rude: rude}
	v.addr, v.conns = listener.Addr().String(), make(map[net.Conn]bool)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			v.keep(conn, true)
			served.Go(func() { v.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		v.mu.Lock()
		for conn := range v.conns {
			conn.Close()
		}
		v.mu.Unlock()
		served.Wait()
	})
	return v
}

func (v *deafVendor) serve(conn net.Conn) {
	defer v.keep(conn, false)
	defer conn.Close()
	in := bufio.NewReader(conn)
	tainted := false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		length, closing := 0, false
		for {
			header, err := in.ReadString('\n')
			if err != nil {
				return
			}
			name, value, ok := strings.Cut(strings.ToLower(strings.TrimRight(header, "\r\n")), ":")
			if !ok {
				break
			}
			value = strings.TrimSpace(value)
			switch name {
			case "content-length":
				fmt.Sscan(value, &length)
			case "connection":
				closing = value == "close"
			}
		}
		method, rest, _ := strings.Cut(line, " ")
		target, _, _ := strings.Cut(rest, " ")
		v.mu.Lock()
		if strings.HasPrefix(target, "/smuggled") {
			v.smuggled++
		} else if tainted {
			v.reused++
		}
		v.mu.Unlock()
		if method == "POST" {
			in.Discard(length)
		} else if length > 0 {
			tainted = true
		}
		closing = closing && !v.rude
		body := target
		if method == "HEAD" {
			body = ""
		}
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n", len(target))
		if closing {
			answer += "Connection: close\r\n"
		}
		if _, err := fmt.Fprintf(conn, "%s\r\n%s", answer, body); err != nil || closing {
			return
		}
	}
}

// A body that the vendor takes for a request must not choose what anybody else is answered (CL.0).
func TestABodyThatTheVendorIgnoresIsNobodyElsesRequest(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: api\r\n\r\n"
	eachForm(t, func(t *testing.T, f form) {
		for _, rude := range []bool{false, true} {
			for _, name := range []string{"duo", "threatconnect"} { // one reads bodies, one streams them
				t.Run(fmt.Sprintf("%s, rude %v", name, rude), func(t *testing.T) {
					v := newDeafVendor(t, rude)
					m := find(name)
					host := "api.example"
					if f == caddyTransport {
						host = "127.0.0.1"
					}
					route := &route{name: name, signer: m.signer, vendor: &v.vendor, options: m.options.with(options{"host": host, "insecure_upstream": true})}
					g := start(t, f, route)
					ask := func(n int) {
						target := fmt.Sprintf("/mine/%d", n)
						if got := g.send(t, route, request{method: "GET", target: target}); got.status != http.StatusOK || string(got.body) != target {
							t.Errorf("a request for %s is answered %d %q", target, got.status, got.body)
						}
					}
					n := 0
					for _, method := range []string{"GET", "HEAD", "DELETE", "OPTIONS", "REPORT", "PROPFIND"} {
						for _, chunked := range []bool{false, true} {
							if chunked && name == "threatconnect" {
								continue // then the first byte of what the vendor takes for a request is a length
							}
							for range 3 {
								ask(n) // on the connection that is kept
								g.send(t, route, request{method: method, target: "/attack", body: []byte(smuggled), chunked: chunked})
								ask(n + 1)
								n += 2
							}
						}
					}
					v.mu.Lock()
					defer v.mu.Unlock()
					if v.reused > 0 {
						t.Errorf("%d requests came on a connection after a body that was ignored", v.reused)
					}
					if v.smuggled == 0 && rude {
						t.Error("the vendor took no body for a request: this test shows nothing")
					}
				})
			}
		}
	})
}

// The same with many at once, at a vendor that closes connections when it is asked to.
func TestManyIgnoredBodiesAtOnceAnswerNobodyElse(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: api\r\n\r\n"
	eachForm(t, func(t *testing.T, f form) {
		v := newDeafVendor(t, false)
		m := find("threatconnect")
		host := "api.example"
		if f == caddyTransport {
			host = "127.0.0.1"
		}
		route := &route{name: "many", signer: m.signer, vendor: &v.vendor, options: m.options.with(options{"host": host, "insecure_upstream": true})}
		g := start(t, f, route)
		var all sync.WaitGroup
		for worker := range 20 {
			all.Go(func() {
				for i := range 20 {
					if worker%2 == 0 {
						g.send(t, route, request{method: "GET", target: "/attack", body: []byte(smuggled)})
						continue
					}
					target := fmt.Sprintf("/mine/%d/%d", worker, i)
					if got := g.send(t, route, request{method: "GET", target: target}); got.status != http.StatusOK || string(got.body) != target {
						t.Errorf("a request for %s is answered %d %q", target, got.status, got.body)
					}
				}
			})
		}
		all.Wait()
	})
}

// Under allow, where clients are not trusted, a form that cannot own the connection sends no such body at all.
func TestUnderAllowABodyNeedsItsMethod(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		signed, streamed := find("duo").route(t, f), find("threatconnect").route(t, f)
		for _, route := range []*route{signed, streamed} {
			route.options["allow"] = []string{"* /api"}
		}
		g := start(t, f, signed, streamed)
		for _, route := range []*route{signed, streamed} {
			for _, method := range []string{"GET", "DELETE", "OPTIONS", "PROPFIND", "X-CUSTOM"} {
				for _, r := range []request{{method: method, target: "/api", body: []byte("a=1")}, {method: method, target: "/api", body: []byte("a=1"), chunked: true}} {
					if f != traefik {
						g.accepted(t, route, r)
					} else {
						g.refused(t, route, r, http.StatusBadRequest, "unexpected-body")
					}
				}
				g.accepted(t, route, request{method: method, target: "/api"})
				g.accepted(t, route, request{method: method, target: "/api", length: true})
			}
			for _, method := range []string{"POST", "PUT", "PATCH"} {
				g.accepted(t, route, request{method: method, target: "/api", header: []string{asForm}, body: []byte("a=1")})
			}
		}
	})
}

// Over HTTP/2 a body is never another request, and to close the connection would fail the requests that share it.
func TestABodyThatItsMethodDoesNotNeedClosesNoHTTP2Connection(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		m, host := find("carbonblack"), "carbonblack.vendor.example"
		var connections atomic.Int32
		v := newVendorHTTP2(t, m.signer, m.credential(), ca.leaf(t, host), func(server *httptest.Server) {
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
		})
		r := &route{name: "h2", signer: m.signer, options: m.options.with(options{"host": host}), vendor: v,
			scheme: "https", ca: ca.file, serverName: host, headerUp: "Host " + host}
		g := start(t, f, r)
		g.accepted(t, r, request{method: "GET", target: "/first"})
		before := connections.Load()
		for range 5 {
			g.accepted(t, r, request{method: "DELETE", target: "/api", body: []byte("a=1")})
			g.accepted(t, r, request{method: "GET", target: "/api", body: []byte("a=1"), chunked: true})
		}
		if more := connections.Load() - before; more != 0 {
			t.Errorf("%d connections were made beyond the first", more)
		}
	})
}
