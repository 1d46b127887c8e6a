package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// authority is a certificate authority of the test's own.
type authority struct {
	file        string // its certificate
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, der := sign(t, template, nil, nil)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return &authority{file, certificate, key}
}

func sign(t testing.TB, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// leaf is a certificate for a name or address.
func (a *authority) leaf(t testing.TB, name string) *tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	key, der := sign(t, template, a.certificate, a.key)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newVendorHTTP2 is a vendor that speaks HTTP/2, and counts requests where the other counts bytes.
func newVendorHTTP2(t testing.TB, name string, credential map[string]string, certificate *tls.Certificate, changes ...func(*httptest.Server)) *vendor {
	t.Helper()
	v := &vendor{name: name}
	v.judge(simulate(t, name, credential))
	server := httptest.NewUnstartedServer(v.decoded(2))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, change := range changes {
		change(server)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	v.addr = server.Listener.Addr().String()
	return v
}

// decoded judges requests that a server has decoded, of this version of HTTP.
func (v *vendor) decoded(major int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.bytes.Add(1)
		a := &arrival{method: r.Method, target: r.RequestURI, host: r.Host, header: r.Header}
		webSocket := strings.EqualFold(r.Header.Get("Upgrade"), "websocket") // which is opened by HTTP/1.1 alone
		if r.ProtoMajor != major && !webSocket {
			a.fail("arrived by %s", r.Proto)
		}
		var err error
		if a.body, err = io.ReadAll(r.Body); err != nil {
			a.fail("the body ended: %v", err)
		}
		a.raw = fmt.Appendf(nil, "%s %s %s\r\nHost: %s\r\n", a.method, a.target, r.Proto, a.host) // in the form of the others
		var head bytes.Buffer
		_ = a.header.Write(&head)
		a.raw = append(append(append(a.raw, head.Bytes()...), "\r\n"...), a.body...)
		a.answer = (*v.judging.Load())(&vendorsim.Request{Method: a.method, Host: a.host, Target: a.target, Header: a.header, Body: a.body})
		a.trailer = r.Trailer
		v.mu.Lock()
		v.arrivals = append(v.arrivals, a)
		v.mu.Unlock()
		if webSocket && a.answer.Accepted {
			echo(w)
			return
		}
		for name, values := range a.answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.answer.Status)
		_, _ = w.Write(a.answer.Body)
	})
}

// echo opens a WebSocket and sends back what comes.
func echo(w http.ResponseWriter) {
	conn, in, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	_, _ = io.Copy(conn, in)
}

// Duo signs the host, so it is the vendor where the name counts twice.
func TestOverVerifiedTLSNothingHasToBeAllowed(t *testing.T) {
	ca := newAuthority(t)
	duo := find("duo")
	const name = "api-1.duosecurity.example"
	eachForm(t, func(t *testing.T, f form) {
		named := &route{
			name: "named", signer: "duo", options: duo.options.with(options{"host": name}),
			vendor: newVendor(t, "duo", duo.credential(), ca.leaf(t, name)),
			scheme: "https", ca: ca.file, serverName: name, headerUp: "Host " + name,
		}
		http2 := *named
		http2.name, http2.vendor = "http2", newVendorHTTP2(t, "duo", duo.credential(), ca.leaf(t, name))
		address := &route{
			name: "address", signer: "duo", options: duo.options.with(options{"host": "127.0.0.1"}),
			vendor: newVendor(t, "duo", duo.credential(), ca.leaf(t, "127.0.0.1")),
			scheme: "https", ca: ca.file, headerUp: "Host 127.0.0.1",
		}
		unverified := &route{
			name: "unverified", signer: "duo", options: duo.options.with(options{"host": "127.0.0.1", "insecure_upstream": true}),
			vendor: newVendor(t, "duo", duo.credential(), ca.leaf(t, "elsewhere.example")),
			scheme: "https", skipVerify: true, headerUp: "Host 127.0.0.1",
		}
		routes := []*route{named, &http2, address, unverified}
		g := start(t, f, routes...)
		for _, route := range routes {
			t.Run(route.name, func(t *testing.T) {
				for range 3 { // on a new connection and on one that is kept
					g.accepted(t, route, request{method: "GET", target: "/admin/v1/users?b=1&a=%2f"})
					g.accepted(t, route, request{method: "POST", target: "/admin/v1/users", header: []string{asJSON}, body: []byte(`{"a":1}`)})
				}
			})
		}
	})
}

// Carbon Black's header is the secret itself: whoever gets one request has the key.
func TestACredentialLeavesForNoServerButItsOwn(t *testing.T) {
	ca, unknown := newAuthority(t), newAuthority(t)
	cb := find("carbonblack")
	const name = "defense.conferdeploy.example"
	base := route{
		signer: "carbonblack", options: cb.options.with(options{"host": name}),
		scheme: "https", ca: ca.file, serverName: name,
	}
	tests := []struct {
		name        string
		change      func(r *route, f form)
		certificate string
		issuer      *authority
		http2       bool
		// What Caddy, which knows the upstream, does: a problem, an error of the connection, or with a transport no start at all.
		caddy   int
		refuses string
	}{
		{name: "certificate-for-another-host", certificate: "elsewhere.example", issuer: ca, caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.serverName = "elsewhere.example" }},
		{name: "http2-with-a-certificate-for-another-host", certificate: "elsewhere.example", issuer: ca, http2: true, caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.serverName = "elsewhere.example" }},
		{name: "name-that-only-begins-alike", certificate: name + ".evil.example", issuer: ca, caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.serverName = name + ".evil.example" }},
		{name: "certificate-for-the-address-alone", certificate: "127.0.0.1", issuer: ca, caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.serverName = "" }},
		{name: "certificate-that-is-not-the-one-asked-for", certificate: "elsewhere.example", issuer: ca, caddy: http.StatusBadGateway},
		{name: "unknown-issuer", certificate: name, issuer: unknown, caddy: http.StatusBadGateway},
		{name: "verification-switched-off", certificate: name, issuer: ca, refuses: "tls_insecure_skip_verify", caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.ca, r.skipVerify = "", true }},
		{name: "plain-http", refuses: "plain http", caddy: http.StatusMisdirectedRequest,
			change: func(r *route, f form) { r.scheme, r.ca, r.serverName = "", "", "" }},
	}
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		refused := map[*route]string{}
		for _, tt := range tests {
			r := base
			r.name = tt.name
			if tt.change != nil {
				tt.change(&r, f)
			}
			switch {
			case tt.certificate == "":
				r.vendor = newVendor(t, "carbonblack", cb.credential(), nil)
			case tt.http2:
				r.vendor = newVendorHTTP2(t, "carbonblack", cb.credential(), tt.issuer.leaf(t, tt.certificate))
			default:
				r.vendor = newVendor(t, "carbonblack", cb.credential(), tt.issuer.leaf(t, tt.certificate))
			}
			if f == caddyTransport && tt.refuses != "" {
				refused[&r] = tt.refuses
				continue
			}
			routes = append(routes, &r)
		}
		// The same upstreams without a signer are reached where TLS allows it: it is not the network that refuses.
		reachable := base
		reachable.name, reachable.noSigner = "reachable", true
		reachable.vendor, reachable.serverName = routes[0].vendor, routes[0].serverName
		g := start(t, f, append(routes, &reachable)...)

		for _, route := range routes {
			t.Run(route.name, func(t *testing.T) {
				want := http.StatusBadGateway
				if f != traefik {
					for _, tt := range tests {
						if tt.name == route.name {
							want = tt.caddy
						}
					}
				}
				var all sync.WaitGroup
				for range 20 {
					for _, r := range []request{
						{method: "GET", target: "/appservices/v6/orgs"},
						{method: "POST", target: "/appservices/v6/orgs", header: []string{asJSON}, body: []byte(`{"a":1}`)},
					} {
						all.Go(func() {
							got := g.send(t, route, r)
							if want == http.StatusMisdirectedRequest {
								got.isProblem(t, want, "upstream")
							} else if got.status != want && (f != traefik || got.status != http.StatusInternalServerError) {
								// Which of the two Traefik takes depends on the text of the error.
								t.Errorf("answered %d, want %d: %s", got.status, want, got.body)
							}
						})
					}
				}
				all.Wait()
				if n := route.vendor.bytes.Load(); n != 0 {
					t.Errorf("%d bytes (by HTTP/2: requests) went to the wrong server", n)
				}
			})
		}
		t.Run("the same upstream without a signer is reached", func(t *testing.T) {
			before := reachable.vendor.count()
			g.send(t, &reachable, request{method: "GET", target: "/"})
			if _, err := reachable.vendor.only(before); err != nil {
				t.Error(err)
			}
		})
		for r, because := range refused {
			t.Run(r.name+" does not start", func(t *testing.T) {
				h := newHome(t)
				port := freePort(t)
				isRefused(t, h, port, caddyfile(t, f, h, port, []*route{r}), because)
			})
		}
	})
}
