package e2e

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/quic-go/quic-go/http3"
)

// newVendorHTTP3 is a vendor that speaks HTTP/3 alone, and counts requests where the other counts bytes.
func newVendorHTTP3(t testing.TB, name string, credential map[string]string, certificate *tls.Certificate) *vendor {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{name: name, addr: conn.LocalAddr().String()}
	v.judge(simulate(t, name, credential))
	server := &http3.Server{Handler: v.decoded(3), TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{*certificate}})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(conn)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		conn.Close()
		<-done
	})
	return v
}

// overHTTP3 is a route to a vendor that speaks HTTP/3. Caddy forgets the tls_trust_pool of such an upstream, and takes the
// system's authorities.
func overHTTP3(t testing.TB, ca *authority, name string, f form) *route {
	t.Helper()
	const host = "vendor.example"
	r := find(name).route(t, f)
	r.options = r.options.with(options{"host": host, "insecure_upstream": nil, "upgrade": "websocket"})
	r.scheme, r.serverName, r.headerUp, r.passive, r.versions = "https", host, "Host "+host, true, "3"
	r.vendor = newVendorHTTP3(t, r.signer, find(name).credential(), ca.leaf(t, host))
	return r
}

func TestTheTransportSignsForHTTP3Vendors(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	streams, reads := overHTTP3(t, ca, "threatconnect", caddyTransport), overHTTP3(t, ca, "duo", caddyTransport)
	wrong := overHTTP3(t, ca, "carbonblack", caddyTransport)
	wrong.vendor = newVendorHTTP3(t, "carbonblack", find("carbonblack").credential(), ca.leaf(t, "elsewhere.example"))
	h := newHome(t)
	h.env = append(h.env, "SSL_CERT_FILE="+ca.file)
	g := startIn(t, h, caddyTransport, streams, reads, wrong)
	for _, r := range []*route{streams, reads} {
		t.Run(r.signer, func(t *testing.T) {
			honest := func() {
				t.Helper()
				for _, in := range []request{
					{method: "GET", target: "/api?b=1&a=%2f"},
					{method: "POST", target: "/api", header: []string{asForm}, body: []byte("b=2&a=1")},
					{method: "POST", target: "/api", header: []string{asForm}, body: []byte("b=2&a=1"), chunked: true},
				} {
					if got := g.send(t, r, in); got.status != http.StatusOK {
						t.Fatalf("%s is answered %d %s", in.method, got.status, got.body)
					}
				}
			}
			honest()
			for _, lines := range []string{"Connection: Upgrade\r\nUpgrade: websocket", "Connection: Upgrade\r\nUpgrade: foo"} {
				half(t, g.addr, "GET /api HTTP/1.1\r\nHost: "+r.name+".test\r\n"+lines+"\r\n\r\n").isProblem(t, http.StatusForbidden, "upgrade")
				honest()
			}
			for _, raw := range []string{
				"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\nzz\r\n",
				"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\n\r\na=1",
			} {
				half(t, g.addr, strings.ReplaceAll(raw, "HOST", r.name+".test")).isProblem(t, http.StatusBadRequest, "body-broken")
				honest()
			}
			for _, a := range r.vendor.since(0) {
				if string(a.body) == "a=1" && a.fault == nil {
					t.Errorf("half a body arrived as whole")
				} else if a.fault == nil && !a.answer.Accepted {
					t.Errorf("arrived, and is refused: %s\n%s", a.answer.Reason, a.text())
				}
			}
		})
	}
	t.Run("a certificate for another host", func(t *testing.T) {
		if got := g.send(t, wrong, request{method: "GET", target: "/api"}); got.status != http.StatusBadGateway || wrong.vendor.count() != 0 {
			t.Errorf("answered %d, %d requests went to the wrong server", got.status, wrong.vendor.count())
		}
	})
}

// Nobody sees whom a handler's credential goes to by HTTP/3.
func TestAHandlerInFrontOfHTTP3IsNotLoaded(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	h := newHome(t)
	r := overHTTP3(t, ca, "duo", caddyHandler)
	port := freePort(t)
	isRefused(t, h, port, caddyfile(t, caddyHandler, h, port, []*route{r}), "versions 3")
}

// Early data is a flight that whoever recorded it can send again (RFC 8470).
func TestEarlyDataOfHTTP3IsNotSigned(t *testing.T) {
	t.Parallel()
	ca, early := newAuthority(t), buildEarly(t)
	eachCaddy(t, func(t *testing.T, f form) {
		refuses, allows := find("duo").route(t, f), find("threatconnect").route(t, f)
		allows.options["early_data"] = "allow"
		h := newHome(t)
		certFile, keyFile := identity(t, h, ca, "gateway.test")
		ports := map[*route]int{}
		s := setup{form: f, home: h, sites: func(port int) string {
			text := ""
			for _, r := range []*route{refuses, allows} {
				ports[r] = freePort(t)
				site := s3(t, f, h, port, r, fmt.Sprintf("\ttls %s %s\n", certFile, keyFile))
				text += strings.Replace(site, fmt.Sprintf("http://%s.test:%d", r.name, port), fmt.Sprintf("https://gateway.test:%d", ports[r]), 1)
			}
			return text
		}}
		g := s.start(t)
		for r, port := range ports {
			g.listens(t, port)
			// Whether a request is handled before the handshake is done is a race that it nearly always wins.
			for attempt := 1; ; attempt++ {
				before := r.vendor.count()
				status, _, answer := askEarly(t, early, ca, port, "gateway.test")
				arrived := r.vendor.since(before + 1) // without that of the first connection
				if status == http.StatusTooEarly && !strings.Contains(answer, "#early-data") {
					t.Errorf("425 with %s", answer)
				}
				if len(arrived) == 1 && !arrived[0].answer.Accepted {
					t.Fatalf("the vendor refuses: %s", arrived[0].answer.Reason)
				}
				if r == refuses && status == http.StatusTooEarly && len(arrived) == 0 ||
					r == allows && status == http.StatusOK && len(arrived) == 1 && arrived[0].header.Get("Early-Data") == "1" {
					break
				}
				if status != http.StatusOK || attempt == 20 {
					t.Fatalf("%s: answered %d, %d arrived", r.name, status, len(arrived))
				}
			}
		}
	})
}

func s3(t testing.TB, f form, h *home, port int, r *route, around string) string {
	return setup{form: f, home: h}.site(t, port, r, around, r.vendor.addr, "")
}

// buildEarly builds the client of early data, without the race detector.
func buildEarly(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "early")
	if out, err := exec.Command("go", "build", "-o", program, "./early").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// askEarly sends two requests over HTTP/3, the second in early data, and returns what it was answered and whether the early
// data was taken.
func askEarly(t *testing.T, early string, ca *authority, port int, host string) (status int, taken bool, answer string) {
	t.Helper()
	out, err := exec.Command(early, ca.file, strconv.Itoa(port), host).Output()
	if err != nil {
		t.Fatal(err)
	}
	head, answer, _ := strings.Cut(string(out), "\n")
	var first int
	if _, err := fmt.Sscan(head, &first, &status, &taken); err != nil || first != http.StatusOK {
		t.Fatalf("%v: %s", err, out)
	}
	return status, taken, answer
}
