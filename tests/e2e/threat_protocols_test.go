package e2e

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// identity writes a certificate with its key for a gateway.
func identity(t testing.TB, h *home, a *authority, name string) (certFile, keyFile string) {
	t.Helper()
	leaf := a.leaf(t, name)
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(h.dir, "cert.pem"), filepath.Join(h.dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// HTTP/2, in clear and over TLS: other framing, lower-case names, no Connection, trailers after any body.
func TestHTTP2ClientsAreSignedFor(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		plain := find("duo").route(t, f)
		streaming := find("threatconnect").route(t, f)
		secure := find("cortex-advanced").route(t, f)
		h := newHome(t)
		certFile, keyFile := identity(t, h, ca, secure.name+".test")
		securePort := 0
		s := setup{form: f, home: h, global: "\tadmin off\n\tpersist_config off\n\tservers {\n\t\tprotocols h1 h2 h2c\n\t}\n"}
		s.sites = func(port int) string {
			securePort = freePort(t)
			site := s.site(t, port, secure, fmt.Sprintf("\ttls %s %s\n", certFile, keyFile), secure.vendor.addr, "")
			site = strings.Replace(site, fmt.Sprintf("http://%s.test:%d", secure.name, port), fmt.Sprintf("https://%s.test:%d", secure.name, securePort), 1)
			return s.site(t, port, plain, "", plain.vendor.addr, "") + s.site(t, port, streaming, "", streaming.vendor.addr, "") + site
		}
		if f == traefik {
			s.routes = []*route{plain, streaming, secure}
		}
		s.change = func(port int, static, dynamic object) {
			securePort = freePort(t)
			at(static, "entryPoints")["secure"] = object{"address": fmt.Sprintf("127.0.0.1:%d", securePort)}
			at(dynamic, "http", "routers", secure.name)["tls"] = object{}
			dynamic["tls"] = object{"certificates": []object{{"certFile": certFile, "keyFile": keyFile}}}
		}
		g := s.start(t)
		g.listens(t, securePort)

		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		unencrypted := &http.Transport{Protocols: protocols}
		defer unencrypted.CloseIdleConnections()
		pool := x509.NewCertPool()
		pool.AddCert(ca.certificate)
		encrypted := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: secure.name + ".test"}}
		defer encrypted.CloseIdleConnections()
		for _, tt := range []struct {
			transport *http.Transport
			url       string
			route     *route
		}{
			{unencrypted, "http://" + g.addr, plain}, {unencrypted, "http://" + g.addr, streaming},
			{encrypted, fmt.Sprintf("https://127.0.0.1:%d", securePort), secure},
		} {
			for _, r := range []request{
				{method: "GET", target: "/api?b=1&a=%2f"},
				{method: "HEAD", target: "/api?b=1"},
				{method: "DELETE", target: "/api"},
				{method: "POST", target: "/api", body: []byte("a=1&b=%2F")},
				{method: "POST", target: "/api", body: []byte("a=1&b=%2F"), chunked: true},
			} {
				t.Run(tt.route.name+" "+r.method, func(t *testing.T) {
					in, err := http.NewRequest(r.method, tt.url+r.target, nil)
					if err != nil {
						t.Fatal(err)
					}
					in.Host = tt.route.name + ".test"
					in.Header = http.Header{"Authorization": {"Bearer attacker"}, "X_Auth_Token": {"attacker"}, "Content-Type": {"application/x-www-form-urlencoded"}}
					if r.body != nil {
						in.Body, in.ContentLength = io.NopCloser(strings.NewReader(string(r.body))), int64(len(r.body))
					}
					if r.chunked { // HTTP/2 has no chunks, but bodies of unknown length and trailers
						in.ContentLength, in.Trailer = -1, http.Header{"X-Duo-Date": {"attacker"}, "X-Checksum": {"1"}}
					}
					before := tt.route.vendor.count()
					response, err := tt.transport.RoundTrip(in)
					if err != nil {
						t.Fatal(err)
					}
					response.Body.Close()
					a, err := tt.route.vendor.only(before)
					if err != nil {
						t.Fatal(err)
					}
					if response.ProtoMajor != 2 || response.StatusCode != 200 || !a.answer.Accepted || len(a.answer.Leaks) > 0 || strings.Contains(a.text(), "attacker") {
						t.Errorf("%s %d, %+v\n%s", response.Proto, response.StatusCode, a.answer, a.text())
					}
					if a.target != r.target || string(a.body) != string(r.body) {
						t.Errorf("arrived as\n%s", a.text())
					}
				})
			}
		}
	})
}

// Messages that two servers may read differently. What arrives must be one well-formed, signed request for each that
// the gateway took for one, whatever it made of it.
var ambiguousMessages = []string{
	"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\na=1\r\n0\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 50\r\nConnection: close\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: HOST\r\nX-Auth-Token: x\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 50\r\nConnection: close\r\n\r\na=1GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3, 3\r\nConnection: close\r\n\r\na=1",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: +3\r\nConnection: close\r\n\r\na=1",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding:\x0bchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nX-Fold: a\r\n folded: b\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\n X-Auth-Token: leading blank\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nAuthorization : x\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nX-Bare: a\rAuthorization: x\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\nHost: HOST\nX-Bare-LF: 1\nConnection: close\n\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nX-Nul: a\x00b\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nX-\xff: a\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nConnection: close\r\n\r\n",
	"GET  /api  HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.2\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/2.0\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"GET /api/0123456789/0123456789\r\n\r\n",
	"G\x01T /api HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
	"TRACE /api HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAuthorization: a\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"CONNECT /api HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

func TestAmbiguousMessagesAreSignedAsOneRequestOrNotSent(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, name := range []string{"duo", "threatconnect"} { // one reads bodies, one streams them
			routes = append(routes, find(name).route(t, f))
		}
		g := start(t, f, routes...)
		for _, route := range routes {
			for _, message := range ambiguousMessages {
				before := route.vendor.count()
				exchangeRaw(t, g.addr, strings.ReplaceAll(message, "HOST", route.name+".test"))
				got := route.vendor.signedOrNothing(t, before, message)
				if len(got) > 1 {
					t.Errorf("%q arrived as %d requests", message, len(got))
				}
				for _, a := range got {
					if a.target != "/api" || a.host != route.options["host"] {
						t.Errorf("%q arrived as %q", message, a.raw)
					}
				}
			}
		}
	})
}

func TestEveryMethodAndProtocolVersionIsSignedOrRefused(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, name := range []string{"darktrace", "threatconnect", "duo"} {
			routes = append(routes, find(name).route(t, f))
		}
		g := start(t, f, routes...)
		for _, route := range routes {
			host := route.name + ".test"
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "X-CUSTOM"} {
				t.Run(route.name+" "+method, func(t *testing.T) {
					before := route.vendor.count()
					got := exchangeRaw(t, g.addr, method+" /api?a=1 HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
					if a := route.vendor.signedOrNothing(t, before, method); len(a) != 1 || a[0].method != method || fmt.Sprint(got) != "[200]" {
						t.Errorf("%d arrived, answered %d", len(a), got)
					}
				})
			}
			t.Run(route.name+" HTTP/1.0", func(t *testing.T) {
				before := route.vendor.count()
				got := exchangeRaw(t, g.addr, "GET /api?a=1 HTTP/1.0\r\nHost: "+host+"\r\n\r\n")
				got = append(got, exchangeRaw(t, g.addr, "POST /api HTTP/1.0\r\nHost: "+host+"\r\nContent-Length: 3\r\n\r\na=1")...)
				if a := route.vendor.signedOrNothing(t, before, "HTTP/1.0"); len(a) != 2 || string(a[1].body) != "a=1" || fmt.Sprint(got) != "[200 200]" {
					t.Errorf("%d arrived, answered %d", len(a), got)
				}
			})
			t.Run(route.name+" trailers", func(t *testing.T) {
				before := route.vendor.count()
				got := exchangeRaw(t, g.addr, "POST /api HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"+
					"Trailer: Authorization, X-Sum\r\nTE: trailers\r\n\r\n3\r\na=1\r\n0\r\nAuthorization: attacker\r\nX-Duo-Date: attacker\r\nX-Sum: 1\r\n\r\n")
				a := route.vendor.signedOrNothing(t, before, "trailers")
				if len(a) != 1 || string(a[0].body) != "a=1" || fmt.Sprint(got) != "[200]" {
					t.Fatalf("%d arrived, answered %d", len(a), got)
				}
				if strings.Contains(string(a[0].raw), "attacker") {
					t.Errorf("the client's trailers arrived:\n%s", a[0].raw)
				}
			})
			t.Run(route.name+" pipelined", func(t *testing.T) {
				before := route.vendor.count()
				one := "POST /api HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 3\r\n\r\na=1"
				got := exchangeRaw(t, g.addr, one+one+"GET /api HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
				if a := route.vendor.signedOrNothing(t, before, "pipelined"); len(a) != 3 || fmt.Sprint(got) != "[200 200 200]" {
					t.Errorf("%d arrived, answered %d", len(a), got)
				}
			})
		}
	})
}

// The wait for 100 Continue ends at the gateway where it reads the body, and a refusal does not wait for the body unless the
// gateway drains it.
func TestExpectContinueNeverHangs(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		signed, streamed := find("duo").route(t, f), find("threatconnect").route(t, f)
		g := start(t, f, signed, streamed)
		for _, route := range []*route{signed, streamed} {
			t.Run(route.name, func(t *testing.T) {
				g.accepted(t, route, request{method: "POST", target: "/api", body: []byte("a=1&b=2"), wait: true})
				g.accepted(t, route, request{method: "POST", target: "/api", body: []byte("a=1&b=2"), wait: true, chunked: true})
				conn := dial(t, g.addr)
				_, err := conn.Write(request{method: "POST", target: "/api", header: []string{"Origin: https://evil.example"}, body: []byte("a=1"), wait: true}.head(route.name + ".test"))
				if err != nil {
					t.Fatal(err)
				}
				in := bufio.NewReader(conn)
				if drains(t, f) {
					unanswered(t, conn, in, []byte("a=1"))
				}
				answered(t, in, http.StatusForbidden, "browser")
			})
		}
	})
}
