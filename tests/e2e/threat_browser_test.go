package e2e

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// What browsers add to a request that a page caused. (A page cannot set Connection, which could have a proxy remove these
// headers before a transport or Traefik's middleware sees them.)
func TestPagesInBrowsersBorrowNoSignature(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		denied, own, allowed := find("duo").route(t, f), find("darktrace").route(t, f), find("threatconnect").route(t, f)
		own.options["browser"], allowed.options["browser"] = "same_origin", "allow"
		kept := find("cortex-advanced").route(t, f)
		kept.options["forwarded"] = "keep"
		g := start(t, f, denied, own, allowed, kept)
		for _, tt := range []struct {
			lines []string // HOST is what the client asks for
			own   bool     // browser same_origin lets it through
		}{
			{[]string{"Origin: https://evil.example"}, false}, {[]string{"origin: null"}, false}, {[]string{"Origin: "}, false},
			{[]string{"Sec-Fetch-Site: cross-site"}, false}, {[]string{"SEC-FETCH-SITE: Cross-Site"}, false}, {[]string{"Sec-Fetch-Site: same-site"}, false},
			{[]string{"Sec-Fetch-Site: "}, false}, {[]string{"Sec-Fetch-Site: NONE"}, false}, {[]string{"Sec-Fetch-Site: something-new"}, false},
			{[]string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"}, false}, {[]string{"Sec-Fetch-Site: none, cross-site"}, false},
			{[]string{"Sec-Fetch-Site: none", "Sec-Fetch-Site: none"}, false},
			{[]string{"Origin: http://HOST", "Sec-Fetch-Site: same-origin"}, true}, {[]string{"Origin: http://HOST"}, true}, {[]string{"Sec-Fetch-Site: same-origin"}, true},
			{[]string{"Origin: https://HOST"}, false}, {[]string{"Origin: http://HOST:8080"}, false}, {[]string{"Origin: http://HOST.evil.example"}, false},
			{[]string{"Origin: http://HOST", "Origin: http://HOST"}, false}, {[]string{"Origin: http://HOST", "Sec-Fetch-Site: same-site"}, false},
			{[]string{"Referer: http://evil.example/page"}, false}, {[]string{"Referer: http://HOST@evil.example/"}, false}, {[]string{"referer: https://wiki.test/"}, false},
			{[]string{"Referer: http://HOST:8080/"}, false}, {[]string{"Referer: "}, false}, {[]string{"Referer: /page"}, false},
			{[]string{"Referer: http://HOST/", "Referer: http://evil.example/"}, false},
		} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				t.Run(method+" "+strings.Join(tt.lines, " | "), func(t *testing.T) {
					asked := func(r *route) request {
						var lines []string
						for _, line := range tt.lines {
							lines = append(lines, strings.ReplaceAll(line, "HOST", r.name+".test"))
						}
						return request{method: method, target: "/api", header: lines, length: true}
					}
					g.refused(t, denied, asked(denied), http.StatusForbidden, "browser")
					g.refused(t, kept, asked(kept), http.StatusForbidden, "browser")
					if tt.own {
						g.accepted(t, own, asked(own))
					} else {
						g.refused(t, own, asked(own), http.StatusForbidden, "browser")
					}
					g.accepted(t, allowed, asked(allowed))
				})
			}
		}
		for _, r := range []*route{denied, own, kept} {
			for _, line := range []string{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: cors", "User-Agent: Mozilla/5.0", "Referer: http://" + r.name + ".test/page", "Sec-Ch-Ua: \"Chromium\""} {
				g.accepted(t, r, request{method: "GET", target: "/api", header: []string{line}})
			}
		}
	})
}

// A WebSocket of a page has an Origin, and no other rule than its requests.
func TestAPagesWebSocketIsRefusedToo(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		denied, own := find("duo").route(t, f), find("darktrace").route(t, f)
		own.options["browser"] = "same_origin"
		g := start(t, f, denied, own)
		ask := func(r *route, line string) (*http.Response, int64) {
			before := r.vendor.bytes.Load()
			conn := dial(t, g.addr)
			_, err := conn.Write(request{method: "GET", target: "/stream", header: []string{
				"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", line,
			}}.head(r.name + ".test"))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			return response, r.vendor.bytes.Load() - before
		}
		for _, line := range []string{"Origin: http://evil.example", "Origin: https://darktrace.test", "Sec-Fetch-Site: same-site", "Referer: http://evil.example/"} {
			for _, r := range []*route{denied, own} {
				if response, sent := ask(r, line); response.StatusCode != http.StatusForbidden || sent != 0 || response.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s: %s is answered %d, and %d bytes went out", r.name, line, response.StatusCode, sent)
				}
			}
		}
		if response, sent := ask(denied, "Origin: http://duo.test"); response.StatusCode != http.StatusForbidden || sent != 0 {
			t.Errorf("the own origin is answered %d, and %d bytes went out", response.StatusCode, sent)
		}
	})
}

// A page whose own name was made to point at the gateway is same-origin, and reads the answer (DNS rebinding). A catch-all
// would sign for it.
func TestOnlyClientHostsAreSignedFor(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		r := find("duo").route(t, f)
		r.options["client_hosts"] = []string{"duo.test", "*.wide.test", "ported.test:8443"}
		r.headerUp = "Host " + r.options["host"].(string) // what the proxy makes of Host does not count
		h := newHome(t)
		certFile, keyFile := identity(t, h, ca, "duo.test")
		securePort := 0
		s := setup{form: f, home: h, global: "\tadmin off\n\tpersist_config off\n\tservers {\n\t\tprotocols h1 h2 h2c\n\t}\n"}
		s.sites = func(port int) string {
			securePort = freePort(t)
			site := s.site(t, port, r, "", r.vendor.addr, "\t\theader_up "+r.headerUp+"\n")
			plain := fmt.Sprintf("http://%s.test:%d {", r.name, port)
			if !strings.HasPrefix(site, plain) {
				t.Fatal("the site has changed")
			}
			// Sites for every name: one plain, one over TLS.
			all := strings.Replace(site, plain, fmt.Sprintf("http://:%d {", port), 1)
			return all + strings.Replace(site, plain, fmt.Sprintf("https://:%d {\n\ttls %s %s", securePort, certFile, keyFile), 1)
		}
		if f == traefik {
			s.routes = []*route{r}
		}
		s.change = func(port int, static, dynamic object) {
			securePort = freePort(t)
			at(static, "entryPoints")["secure"] = object{"address": fmt.Sprintf("127.0.0.1:%d", securePort)}
			routers := at(dynamic, "http", "routers")
			catchAll := at(dynamic, "http", "routers", r.name)
			catchAll["rule"] = "PathPrefix(`/`)"
			catchAll["entryPoints"] = []string{"web"}
			routers["secure"] = object{"rule": "PathPrefix(`/`)", "service": r.name, "middlewares": []string{r.name}, "tls": object{}, "entryPoints": []string{"secure"}}
			dynamic["tls"] = object{"certificates": []object{{"certFile": certFile, "keyFile": keyFile}}}
		}
		g := s.start(t)
		g.listens(t, securePort)
		tests := []struct {
			host   string
			signed bool
		}{
			{"duo.test", true}, {"duo.test:8080", true}, {"DUO.test", true}, {"duo.test.", true}, {"a.wide.test", true}, {"ported.test:8443", true},
			{"evil.example", false}, {"evil.example:8080", false}, {"duo.test.evil.example", false}, {"a.duo.test", false}, {"a.b.wide.test", false},
			{"wide.test", false}, {"ported.test", false}, {"ported.test:80", false}, {"127.0.0.1", false}, {"localhost", false}, {r.options["host"].(string), false},
		}
		for _, tt := range tests {
			t.Run("HTTP/1.1 "+tt.host, func(t *testing.T) {
				in := request{method: "GET", target: "/api", header: []string{"X-Forwarded-Host: duo.test"}}
				before := r.vendor.count()
				got := send(t, g.addr, tt.host, in)
				if !tt.signed {
					got.isProblem(t, http.StatusMisdirectedRequest, "client-host")
				} else if got.status != http.StatusOK {
					t.Errorf("answered %d %s", got.status, got.body)
				}
				if n := r.vendor.count() - before; n != map[bool]int{true: 1}[tt.signed] {
					t.Errorf("%d arrived", n)
				}
			})
		}
		for _, raw := range []string{ // no Host, and one in the target, which counts
			"GET /api HTTP/1.0\r\n\r\n", "GET http://evil.example/api HTTP/1.1\r\nHost: duo.test\r\nConnection: close\r\n\r\n",
		} {
			before := r.vendor.bytes.Load()
			if got := exchangeRaw(t, g.addr, raw); fmt.Sprint(got) != "[421]" || r.vendor.bytes.Load() != before {
				t.Errorf("%q is answered %d", raw, got)
			}
		}
		if got := exchangeRaw(t, g.addr, "GET http://duo.test/api HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"); fmt.Sprint(got) != "[200]" {
			t.Errorf("the name in the target is answered %d", got)
		}

		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		unencrypted := &http.Transport{Protocols: protocols}
		defer unencrypted.CloseIdleConnections()
		pool := x509.NewCertPool()
		pool.AddCert(ca.certificate)
		encrypted := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "duo.test"}}
		defer encrypted.CloseIdleConnections()
		for scheme, transport := range map[string]*http.Transport{"http://" + g.addr: unencrypted, fmt.Sprintf("https://127.0.0.1:%d", securePort): encrypted} {
			for _, tt := range tests {
				t.Run("HTTP/2 "+scheme[:5]+" "+tt.host, func(t *testing.T) {
					in, err := http.NewRequest("GET", scheme+"/api", nil)
					if err != nil {
						t.Fatal(err)
					}
					in.Host = tt.host
					before := r.vendor.count()
					response, err := transport.RoundTrip(in)
					if err != nil {
						t.Fatal(err)
					}
					response.Body.Close()
					want := http.StatusMisdirectedRequest
					if tt.signed {
						want = http.StatusOK
					}
					if n := r.vendor.count() - before; response.ProtoMajor != 2 || response.StatusCode != want || n != map[bool]int{true: 1}[tt.signed] {
						t.Errorf("%s %d, %d arrived; want %d", response.Proto, response.StatusCode, n, want)
					}
				})
			}
		}
	})
}

// An active health check has no client whose Host could be wrong.
func TestClientHostsDoNotStopHealthChecks(t *testing.T) {
	t.Parallel()
	r := find("duo").route(t, caddyTransport)
	r.options["client_hosts"] = []string{"duo.test"}
	s := setup{form: caddyTransport, home: newHome(t)}
	s.sites = func(port int) string {
		return s.site(t, port, r, "", r.vendor.addr, "\t\thealth_uri /health\n\t\thealth_interval 50ms\n")
	}
	checked, once := make(chan struct{}), new(sync.Once)
	check := *r.vendor.judging.Load()
	r.vendor.judge(func(asked *vendorsim.Request) *vendorsim.Answer {
		answer := check(asked)
		if asked.Target == "/health" && answer.Accepted {
			once.Do(func() { close(checked) })
		}
		return answer
	})
	g := s.start(t)
	wait(t, checked)
	if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
		t.Errorf("answered %d %s", got.status, got.body)
	}
}
