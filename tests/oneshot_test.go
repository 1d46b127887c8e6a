package tests

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A body that its method does not need may be taken for another request: the gateway's proxy is made to ask for the end of the
// connection, in a spelling that it does not remove, and under allow nothing is sent.
func TestABodyThatItsMethodDoesNotNeedEndsTheConnection(t *testing.T) {
	const refused = "Bad Request unexpected-body"
	tests := []struct {
		method, body string
		length       int64
		closes       bool
	}{
		{"GET", "a=1", 3, true}, {"GET", "a=1", -1, true}, {"HEAD", "a=1", 3, true}, {"DELETE", "a=1", 3, true}, {"OPTIONS", "a=1", -1, true},
		{"REPORT", "a=1", 3, true}, {"PROPFIND", "a=1", 3, true}, {"get", "a=1", 3, true}, {"post", "a=1", 3, true},
		{"POST", "a=1", 3, false}, {"PUT", "a=1", -1, false}, {"PATCH", "a=1", 3, false},
		{"GET", "", 0, false}, {"GET", "", -1, false}, {"DELETE", "", -1, false}, {"POST", "", -1, false},
	}
	both(t, func(t *testing.T, d drive) {
		for _, vendor := range []string{"darktrace", "threatconnect"} { // one reads bodies, one streams them
			for _, test := range tests {
				a := attempt{vendor: vendor, method: test.method, body: io.NopCloser(strings.NewReader(test.body)), length: test.length}
				o := try(t, d, a)
				if o.verdict() != signedVerdict {
					t.Errorf("%s: %s %q: %s", vendor, test.method, test.body, o.verdict())
					continue
				}
				if closes := len(o.r.Header["connection"]) > 0; closes != test.closes {
					t.Errorf("%s: %s %q of length %d: closes is %v", vendor, test.method, test.body, test.length, closes)
				}
				if sent, err := io.ReadAll(o.r.Body); string(sent) != test.body || err != nil {
					t.Errorf("%s: %s %q is sent with the body %q, %v", vendor, test.method, test.body, sent, err)
				}
				a.body, a.policy = io.NopCloser(strings.NewReader(test.body)), `{"host":"vendor.example","allow":"GET|HEAD|DELETE|OPTIONS|REPORT|PROPFIND|POST|PUT|PATCH /**"}`
				want := signedVerdict
				if test.closes {
					want = refused
				}
				if test.method == "get" || test.method == "post" {
					want = notAllowed
				}
				if o := try(t, d, a); o.verdict() != want {
					t.Errorf("%s: %s %q under allow: %s, want %s", vendor, test.method, test.body, o.verdict(), want)
				}
			}
		}
		if o := try(t, d, attempt{header: http.Header{"Connection": {"keep-alive"}}}); len(o.r.Header["connection"]) > 0 {
			t.Error("a request without a body ends the connection")
		}
	})
}

// In HTTP/2 a body is never taken for a request, and the connection serves other requests at the same time: closing it would end them.
// Only the headers that are written tell it from HTTP/1 where there is no TLS.
func TestABodyOverHTTP2WithoutTLSEndsNobodyElsesRequest(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	vendor := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.WriteHeader(http.StatusOK)
			http.NewResponseController(w).Flush()
			begun <- true
			<-release
			io.WriteString(w, "whole")
		}
	}))
	vendor.Config.Protocols = new(http.Protocols)
	vendor.Config.Protocols.SetUnencryptedHTTP2(true)
	vendor.Start()
	defer vendor.Close()
	target, err := url.Parse(vendor.URL)
	if err != nil {
		t.Fatal(err)
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		// As Traefik's proxy does for a server with the scheme h2c.
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.FlushInterval = -1
		proxy.Transport = &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		handler, err := p.New(map[string]any{"threatconnect": map[string]any{"accessId": "42", "secretKey": "canary", "host": "vendor.example",
			"insecureUpstream": "true"}}, proxy)
		if err != nil {
			t.Fatal(err)
		}
		gateway := httptest.NewServer(handler)
		defer gateway.Close()
		first, err := http.Get(gateway.URL + "/first") // the plugin reads what a new credential is answered
		if err != nil {
			t.Fatal(err)
		}
		first.Body.Close()
		slow, err := http.Get(gateway.URL + "/slow")
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Body.Close()
		<-begun
		r, err := http.NewRequest("DELETE", gateway.URL+"/quick", strings.NewReader("a=1"))
		if err != nil {
			t.Fatal(err)
		}
		quick, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		quick.Body.Close()
		release <- true
		if text, err := io.ReadAll(slow.Body); string(text) != "whole" || err != nil || quick.StatusCode != http.StatusOK {
			t.Errorf("answered %d, and the other request %q, %v", quick.StatusCode, text, err)
		}
	})
}

// A vendor that keeps a connection of HTTP/1 open, although it was asked to close it, gets nothing more over it.
func TestTheConnectionOfABodyThatItsMethodDoesNotNeedIsClosed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ended := make(chan error)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reader := bufio.NewReader(conn)
			r, err := http.ReadRequest(reader)
			if err == nil {
				io.Copy(io.Discard, r.Body)
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
			conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, err = reader.ReadByte()
			conn.Close()
			ended <- err
		}
	}()
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		handler, err := p.New(map[string]any{"threatconnect": map[string]any{"accessId": "42", "secretKey": "canary", "host": "vendor.example",
			"insecureUpstream": "true"}}, httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: listener.Addr().String()}))
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("DELETE", "/", strings.NewReader("a=1")))
		if err := <-ended; w.Code != http.StatusOK || err != io.EOF {
			t.Errorf("answered %d, and the connection ended with %v", w.Code, err)
		}
	})
}
