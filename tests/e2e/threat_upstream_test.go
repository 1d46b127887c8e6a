package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// loopRoute is a route whose upstream is the gateway itself.
func loopRoute(f form, name string) *route {
	host := name + ".test"
	if f == caddyTransport { // it compares with the address that is dialled
		host = "127.0.0.1"
	}
	return &route{name: name, signer: "duo", options: duo.with(options{"host": host, "insecure_upstream": true})}
}

func TestAGatewayThatIsItsOwnUpstreamAnswers508(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		for _, way := range []string{"direct", "through another site"} {
			t.Run(way, func(t *testing.T) {
				loop := loopRoute(f, "loop")
				s := setup{form: f, home: newHome(t)}
				var other int
				s.sites = func(port int) string {
					self := fmt.Sprintf("127.0.0.1:%d", port)
					other = freePort(t)
					upstream := self
					if way != "direct" {
						upstream = fmt.Sprintf("127.0.0.1:%d", other)
					}
					site := s.site(t, port, loop, "", upstream, "")
					// The transport's Host is the address.
					site = strings.Replace(site, fmt.Sprintf("http://loop.test:%d {", port), fmt.Sprintf("http://loop.test:%d, http://127.0.0.1:%d {", port, port), 1)
					if way != "direct" {
						site += fmt.Sprintf("http://:%d {\n\treverse_proxy %s\n}\n", other, self)
					}
					return site
				}
				s.change = func(port int, static, dynamic object) {
					self := fmt.Sprintf("http://127.0.0.1:%d", port)
					upstream := self
					if way != "direct" {
						other = freePort(t)
						behind := fmt.Sprintf("127.0.0.1:%d", other)
						at(static, "entryPoints")["other"] = object{"address": behind}
						at(dynamic, "http", "routers")["back"] = object{"rule": "PathPrefix(`/`)", "entryPoints": []string{"other"}, "service": "back"}
						at(dynamic, "http", "services")["back"] = object{"loadBalancer": object{"servers": []object{{"url": self}}}}
						upstream = "http://" + behind
					}
					at(dynamic, "http", "routers")["loop"] = object{"rule": "Host(`loop.test`)", "entryPoints": []string{"web"}, "service": "loop", "middlewares": []string{"loop"}}
					at(dynamic, "http", "services")["loop"] = object{"loadBalancer": object{"servers": []object{{"url": upstream}}}}
					at(dynamic, "http", "middlewares")["loop"] = object{"plugin": object{"vendorsign": traefikBlock(t, s.home, loop)}}
				}
				g := s.start(t)
				if way != "direct" {
					g.listens(t, other)
				}
				send(t, g.addr, "loop.test", request{method: "GET", target: "/api"}).isProblem(t, http.StatusLoopDetected, "loop")
				// The client cannot take the mark away, nor pretend a loop where there is none.
				got := send(t, g.addr, "loop.test", request{method: "GET", target: "/api", header: []string{"Connection: Cdn-Loop"}})
				got.isProblem(t, http.StatusLoopDetected, "loop")
			})
		}
	})
}

// A transport knows what it dials: a name that its credential is not bound to gets nothing, also where the upstream
// need not be verified.
func TestATransportDialsNoHostButTheBoundOne(t *testing.T) {
	t.Parallel()
	wrong := find("carbonblack").route(t, caddyTransport)
	wrong.options["host"] = "defense.conferdeploy.example"
	port := find("duo").route(t, caddyTransport)
	port.name, port.options["host"] = "another-port", "127.0.0.1:1"
	right := find("duo").route(t, caddyTransport)
	right.options["host"] = right.vendor.addr
	g := start(t, caddyTransport, wrong, port, right)
	for _, route := range []*route{wrong, port} {
		g.refused(t, route, request{method: "GET", target: "/api"}, http.StatusMisdirectedRequest, "upstream")
		g.refused(t, route, request{method: "POST", target: "/api", body: []byte("a=1")}, http.StatusMisdirectedRequest, "upstream")
	}
	g.accepted(t, right, request{method: "GET", target: "/api"})
}

// dropFirst makes a vendor close the connection of its first request after it has read it.
var dropFirst = behave + ": " + behaveDrop

// A retry goes out with a date and nonce of its own, and with the whole body if it was read to be signed.
func TestARetryIsSignedAfreshWithItsBody(t *testing.T) {
	t.Parallel()
	eachCaddy(t, retriesAreSigned)
}

func retriesAreSigned(t *testing.T, f form) {
	for _, tt := range []struct {
		mode string
		request
		fresh string // the header that differs
	}{
		{"cortex-advanced", request{method: "GET", target: "/api", header: []string{dropFirst}}, "X-Xdr-Nonce"},
		{"darktrace-iso", request{method: "GET", target: "/api?a=1", header: []string{dropFirst}}, "Dtapi-Date"},
		{"darktrace-iso", request{method: "POST", target: "/api", header: []string{dropFirst, asJSON}, body: []byte(`{"a":1}`)}, "Dtapi-Date"},
		{"darktrace-iso", request{method: "POST", target: "/api", header: []string{dropFirst, asJSON}, body: []byte(`{"abcdefgh":1}`), chunked: true}, "Dtapi-Date"},
		{"duo", request{method: "POST", target: "/api", header: []string{dropFirst, asForm}, body: []byte(strings.Repeat("b=1&", 50000)), chunked: true}, ""},
	} {
		t.Run(fmt.Sprintf("%s %s %d bytes %v", tt.mode, tt.method, len(tt.body), tt.chunked), func(t *testing.T) {
			route := find(tt.mode).route(t, f)
			s := setup{form: f, home: newHome(t)}
			s.sites = func(port int) string {
				return s.site(t, port, route, "", route.vendor.addr, "\t\tlb_retries 1\n\t\tlb_retry_match {\n\t\t\tmethod GET POST\n\t\t}\n")
			}
			g := s.start(t)
			got := g.send(t, route, tt.request)
			tries := route.vendor.signedOrNothing(t, 0, tt.target)
			if got.status != http.StatusOK || len(tries) != 2 {
				t.Fatalf("answered %d after %d tries: %s", got.status, len(tries), got.body)
			}
			for _, a := range tries {
				if string(a.body) != string(tt.body) {
					t.Errorf("%d of %d bytes arrived", len(a.body), len(tt.body))
				}
			}
			if tt.fresh != "" && tries[0].header.Get(tt.fresh) == tries[1].header.Get(tt.fresh) {
				t.Errorf("both tries have %s: %s", tt.fresh, tries[0].header.Get(tt.fresh))
			}
		})
	}
}

// A body that streams is gone after the first try. What is left of it must not go out as if it were whole.
func TestARetryNeverSendsTheRestOfABodyThatStreamed(t *testing.T) {
	t.Parallel()
	eachCaddy(t, retriesOfAStream)
}

func retriesOfAStream(t *testing.T, f form) {
	for _, chunked := range []bool{false, true} {
		t.Run(fmt.Sprintf("chunked %v", chunked), func(t *testing.T) {
			buffered := find("threatconnect").route(t, f)
			buffered.name, buffered.vendor = "buffered", newVendor(t, "threatconnect", find("threatconnect").credential(), nil)
			route := find("threatconnect").route(t, f)
			retry := "\t\tlb_retries 2\n\t\tlb_retry_match {\n\t\t\tmethod POST\n\t\t}\n"
			s := setup{form: f, home: newHome(t)}
			s.sites = func(port int) string {
				return s.site(t, port, route, "", route.vendor.addr, retry) +
					s.site(t, port, buffered, "", buffered.vendor.addr, retry+"\t\trequest_buffers 1MiB\n")
			}
			g := s.start(t)
			r := request{method: "POST", target: "/api", header: []string{dropFirst}, body: []byte("all of the body"), chunked: chunked}
			got := g.send(t, route, r)
			for i, a := range route.vendor.since(0) {
				if a.fault == nil && string(a.body) != string(r.body) {
					t.Errorf("try %d arrived with %q, whole, and was answered %d", i+1, a.body, a.answer.Status)
				}
			}
			if got.status < 500 {
				t.Errorf("answered %d %s", got.status, got.body)
			}
			// Where Caddy keeps the body, a retry has all of it.
			got = g.send(t, buffered, r)
			if tries := buffered.vendor.signedOrNothing(t, 0, ""); got.status != 200 || len(tries) != 2 || string(tries[1].body) != string(r.body) {
				t.Errorf("with request_buffers: answered %d %s after %d tries", got.status, got.body, len(tries))
			}
		})
	}
}

// What reverse_proxy does to a request is signed: a retry, a rewrite, another Host, headers of the signature's own.
func TestWhatReverseProxyDoesToARequestIsSigned(t *testing.T) {
	t.Parallel()
	eachCaddy(t, func(t *testing.T, f form) {
		retried, moved, renamed := find("cortex-standard").route(t, f), find("duo").route(t, f), find("duo-4").route(t, f)
		s := setup{form: f, home: newHome(t)}
		s.sites = func(port int) string {
			return s.site(t, port, retried, "", retried.vendor.addr, "\t\tlb_retries 2\n") +
				s.site(t, port, moved, "", moved.vendor.addr, "\t\trewrite /other?b=1&a=2\n") +
				s.site(t, port, renamed, "\turi strip_prefix /api\n", renamed.vendor.addr, "\t\theader_up Host elsewhere.example\n\t\theader_up Authorization mine\n\t\theader_up -Date\n")
		}
		g := s.start(t)
		for range 3 {
			for route, target := range map[*route]string{retried: "/api/x", moved: "/other?b=1&a=2", renamed: "/x"} {
				n, r := route.vendor.count(), request{method: "GET", target: "/api/x"}
				if route == retried {
					r.header = []string{dropFirst}
				}
				got := g.send(t, route, r)
				arrived := route.vendor.signedOrNothing(t, n, target)
				if got.status != http.StatusOK || len(arrived) == 0 || arrived[len(arrived)-1].target != target {
					t.Errorf("%s: answered %d, and %d requests arrived", route.name, got.status, len(arrived))
				}
			}
		}
	})
}

// refusals are requests that the gateway answers itself.
var refusals = []struct {
	request
	status int
	kind   string
}{
	{request{method: "GET", target: "/forbidden"}, http.StatusForbidden, "not-allowed"},
	{request{method: "GET", target: "/api/x;y"}, http.StatusBadRequest, "bad-target"},
	{request{method: "GET", target: "/api", header: []string{"Origin: https://evil.example"}}, http.StatusForbidden, "browser"},
	{request{method: "POST", target: "/api", body: make([]byte, 2000)}, http.StatusRequestEntityTooLarge, "body-too-large"},
	{request{method: "GET", target: "/api?a=%zz"}, http.StatusBadRequest, "unsignable"},
}

func refusing(r *route) {
	r.options["allow"], r.options["max_body"] = "* /api/** /api", "1KiB"
}

// An upstream that fails once is taken away for a minute here. A client's bad requests must not look like that.
func TestRefusalsDoNotTakeTheUpstreamAway(t *testing.T) {
	t.Parallel()
	eachCaddy(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		refusing(route)
		s := setup{form: f, home: newHome(t)}
		s.sites = func(port int) string {
			return s.site(t, port, route, "", route.vendor.addr,
				"\t\tlb_retries 3\n\t\tlb_retry_match {\n\t\t\tmethod GET POST\n\t\t}\n\t\tmax_fails 1\n\t\tfail_duration 1m\n"+
					"\t\t@vendors status 500\n\t\thandle_response @vendors {\n\t\t\trespond \"the vendor failed\" 502\n\t\t}\n")
		}
		g := s.start(t)
		for _, r := range refusals {
			g.refused(t, route, r.request, r.status, r.kind)
			if n := strings.Count(g.log.String(), `"retrying"`); n != 0 {
				t.Errorf("%s was retried", r.target)
			}
		}
		g.accepted(t, route, request{method: "GET", target: "/api"})
	})
}

// What an operator asks of reverse_proxy by status sees our refusals as it sees the vendor's answers.
func TestMatchersForResponsesSeeRefusalsToo(t *testing.T) {
	t.Parallel()
	route := find("duo").route(t, caddyTransport)
	refusing(route)
	copied := *route
	copied.name, copied.vendor = "copied", newVendor(t, "duo", find("duo").credential(), nil)
	struck := *route
	struck.name, struck.vendor = "struck", newVendor(t, "duo", find("duo").credential(), nil)
	retried := *route
	retried.name, retried.vendor = "retried", newVendor(t, "duo", find("duo").credential(), nil)
	s := setup{form: caddyTransport, home: newHome(t)}
	s.sites = func(port int) string {
		return s.site(t, port, route, "", route.vendor.addr, "\t\t@denied status 4xx\n\t\thandle_response @denied {\n\t\t\trespond \"handled {rp.status_code}\" 418\n\t\t}\n") +
			s.site(t, port, &copied, "", copied.vendor.addr, "\t\thandle_response {\n\t\t\tcopy_response\n\t\t}\n") +
			s.site(t, port, &struck, "", struck.vendor.addr, "\t\tmax_fails 1\n\t\tfail_duration 1m\n\t\tunhealthy_status 4xx\n") +
			s.site(t, port, &retried, "", retried.vendor.addr, "\t\tlb_retries 2\n\t\tlb_retry_match `{rp.status_code} == 403`\n")
	}
	g := s.start(t)
	bad := request{method: "GET", target: "/forbidden"}
	if got := g.send(t, route, bad); got.status != http.StatusTeapot || string(got.body) != "handled 403" {
		t.Errorf("handle_response with a matcher: %d %s", got.status, got.body)
	}
	g.refused(t, &copied, bad, http.StatusForbidden, "not-allowed") // copied unchanged
	g.accepted(t, &copied, request{method: "GET", target: "/api"})
	g.refused(t, &struck, bad, http.StatusForbidden, "not-allowed")
	if got := g.send(t, &struck, request{method: "GET", target: "/api"}); got.status != http.StatusServiceUnavailable {
		t.Errorf("unhealthy_status 4xx does not see refusals any more (%d): correct docs/wire.md", got.status)
	}
	if got := g.send(t, &retried, bad); got.status == http.StatusOK || retried.vendor.bytes.Load() != 0 {
		t.Errorf("lb_retry_match: %d", got.status)
	}
}

func TestHealthChecksAreSigned(t *testing.T) {
	t.Parallel()
	eachCaddy(t, healthChecksAreSigned)
}

func healthChecksAreSigned(t *testing.T, f form) {
	route := find("cortex-advanced").route(t, f)
	s := setup{form: f, home: newHome(t)}
	s.sites = func(port int) string {
		return s.site(t, port, route, "", route.vendor.addr, "\t\thealth_uri /health?b=1\n\t\thealth_interval 100ms\n\t\thealth_timeout 1m\n\t\thealth_status 2xx\n")
	}
	g := s.start(t)
	deadline := time.Now().Add(patience)
	for route.vendor.count() < 4 {
		if time.Now().After(deadline) {
			t.Fatal("no health checks arrive")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, a := range route.vendor.signedOrNothing(t, 0, "health check") {
		if a.target != "/health?b=1" || a.host != route.options["host"] {
			t.Errorf("arrived: %s", a.text())
		}
	}
	if got := g.send(t, route, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
		t.Errorf("the upstream is taken for unhealthy: %d", got.status)
	}
}

// Dynamic upstreams are found for each request; localhost is all that is in no DNS.
func TestDynamicUpstreamsWorkAndAreBound(t *testing.T) {
	t.Parallel()
	eachCaddy(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		_, vendorPort, err := net.SplitHostPort(route.vendor.addr)
		if err != nil {
			t.Fatal(err)
		}
		unbound := *route
		unbound.name, unbound.options = "unbound", route.options.with(options{"host": "api.duosecurity.example"})
		unbound.vendor = newVendor(t, "duo", find("duo").credential(), nil)
		_, unboundPort, _ := net.SplitHostPort(unbound.vendor.addr)
		s := setup{form: f, home: newHome(t)}
		s.sites = func(port int) string {
			dynamic := "\t\tdynamic a {\n\t\t\tname localhost\n\t\t\tport %s\n\t\t\tversions ipv4\n\t\t}\n"
			return s.site(t, port, route, "", "", fmt.Sprintf(dynamic, vendorPort)) + s.site(t, port, &unbound, "", "", fmt.Sprintf(dynamic, unboundPort))
		}
		g := s.start(t)
		g.accepted(t, route, request{method: "GET", target: "/api"})
		g.accepted(t, route, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")})
		if f == caddyTransport {
			g.refused(t, &unbound, request{method: "GET", target: "/api"}, http.StatusMisdirectedRequest, "upstream")
		}
	})
}

// Every option of reverse_proxy's own transport can stand beside ours.
func TestEveryOptionOfTheHTTPTransportStandsBesideOurs(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	const name = "api-1.duosecurity.example"
	m := find("duo")
	route := &route{
		name: "everything", signer: "duo", options: m.options.with(options{"host": name}),
		vendor: newVendor(t, "duo", m.credential(), ca.leaf(t, name)), scheme: "https",
	}
	s := setup{form: caddyTransport, home: newHome(t)}
	s.sites = func(port int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "http://%s.test:%d {\n\treverse_proxy https://%s {\n\t\theader_up Host %s\n", route.name, port, route.vendor.addr, name)
		signerBlock(t, &b, "\t\t", "transport duo_sign", s.form, s.home, route, `
			read_buffer 8KiB
			write_buffer 8KiB
			max_response_header 1MiB
			dial_timeout 1m
			dial_fallback_delay 100ms
			response_header_timeout 1m
			expect_continue_timeout 1s
			resolvers 127.0.0.1
			tls
			tls_trust_pool file `+ca.file+`
			tls_server_name `+name+`
			tls_renegotiation never
			tls_timeout 1m
			tls_except_ports 1
			tls_curves x25519 secp256r1
			keepalive 30s
			keepalive_interval 10s
			keepalive_idle_conns 4
			keepalive_idle_conns_per_host 2
			versions 1.1
			compression off
			max_conns_per_host 4
			local_address 127.0.0.1
			network_proxy none
`)
		b.WriteString("\t}\n}\n")
		return b.String()
	}
	g := s.start(t)
	a, _ := g.accepted(t, route, request{method: "GET", target: "/api?b=1&a=2"})
	if a.header.Get("Accept-Encoding") != "" {
		t.Errorf("compression off did nothing:\n%s", a.text())
	}
	g.accepted(t, route, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")})
}
