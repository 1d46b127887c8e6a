package tests

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/quic-go/quic-go/http3"

	"github.com/vendorsign/vendorsign/outbound"
)

// noHTTP3 dials nothing: what is tested is said before a server is.
var noHTTP3 = &http3.Transport{}

// Go's clients have no types for what they say of a request that cannot be sent. Each such error is made by the client itself
// here, so that another wording of another Go fails this test.
func TestWhatGosClientsSayOfARequestIsAProblemOfOurs(t *testing.T) {
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	secure := httptest.NewUnstartedServer(answers)
	secure.EnableHTTP2, secure.Config.MaxHeaderBytes = true, 16<<10
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(answers)
	defer plain.Close()
	unverified := &tls.Config{InsecureSkipVerify: true}
	bundled := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: unverified}
	defer bundled.CloseIdleConnections()
	own := &http2.Transport{TLSClientConfig: unverified}
	defer own.CloseIdleConnections()
	first := &http.Transport{}
	defer first.CloseIdleConnections()
	for _, warm := range []http.RoundTripper{bundled, own} { // from here on they know the server's limit
		r, err := http.NewRequest("GET", secure.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := warm.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	body := func(length int64, text string) func(*http.Request) {
		return func(r *http.Request) {
			r.Method, r.ContentLength, r.Body = "POST", length, io.NopCloser(strings.NewReader(text))
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = []string{value} }
	}
	trailer := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Trailer = http.Header{name: {"1"}} }
	}
	path := func(opaque string) func(*http.Request) { return func(r *http.Request) { r.URL.Opaque = opaque } }
	for _, test := range []struct {
		name   string
		client http.RoundTripper
		change func(*http.Request)
		kind   string
	}{
		{"a method that is no token", first, func(r *http.Request) { r.Method = "GET /x" }, "bad-method"},
		{"a method that is no token", noHTTP3, func(r *http.Request) { r.Method = "GET /x" }, "bad-method"},
		{"a header's name", first, header("a b", "1"), "bad-header"},
		{"a header's name", bundled, header(":protocol", "websocket"), "bad-header"},
		{"a header's name", own, header("a b", "1"), "bad-header"},
		{"a header's name", noHTTP3, header("a b", "1"), "bad-header"},
		{"a header's value", first, header("A", "1\n2"), "bad-header"},
		{"a header's value", bundled, header("A", "1\r2"), "bad-header"},
		{"a header's value", own, header("A", "1\x002"), "bad-header"},
		{"a header's value", noHTTP3, header("A", "1\n2"), "bad-header"},
		{"a trailer's name", first, trailer("a b"), "bad-header"},
		{"a trailer's name", bundled, trailer("a b"), "bad-header"},
		{"a trailer's name", own, trailer("a b"), "bad-header"},
		{"a trailer that is none", bundled, trailer("Content-Length"), "bad-header"},
		{"a transfer coding", bundled, header("Transfer-Encoding", "gzip"), "bad-header"},
		{"a transfer coding", own, header("Transfer-Encoding", "gzip"), "bad-header"},
		{"an upgrade", bundled, header("Upgrade", "foo"), "upgrade"},
		{"an upgrade", own, header("Upgrade", "websocket"), "upgrade"},
		{"a nomination", bundled, header("Connection", "Upgrade"), "upgrade"},
		{"a nomination", own, header("Connection", "x-gone"), "upgrade"},
		{"a path that is none", bundled, path("x:y"), "bad-target"},
		{"a path that is none", own, path("x:y"), "bad-target"},
		{"a line break in a path", first, path("/a\nb"), "bad-target"},
		{"a head beyond the limit", bundled, header("A", strings.Repeat("a", 20000)), "head-too-large"},
		{"a head beyond the limit", own, header("A", strings.Repeat("a", 20000)), "head-too-large"},
		{"a longer body", first, body(3, "abcdef"), "body-broken"},
		{"a shorter body", first, body(9, "abcdef"), "body-broken"},
		{"a longer body", bundled, body(3, "abcdef"), "body-broken"},
		{"a longer body", own, body(3, "abcdef"), "body-broken"},
		{"a body that is not there", first, func(r *http.Request) { r.Method, r.ContentLength, r.Body = "POST", 3, nil }, "body-broken"},
	} {
		base := secure.URL
		if test.client == http.RoundTripper(first) {
			base = plain.URL
		}
		r, err := http.NewRequest("GET", base+"/api", nil)
		if err != nil {
			t.Fatal(err)
		}
		test.change(r)
		response, err := test.client.RoundTrip(r)
		if err == nil {
			response.Body.Close()
			t.Errorf("%s, %T: sent", test.name, test.client)
		} else if p := outbound.UnsentProblem(err); p == nil || p.Kind != test.kind {
			t.Errorf("%s, %T: %v is %+v, want %s", test.name, test.client, err, p, test.kind)
		}
	}
}

// What an upstream says or does is the upstream's, also if it speaks in Go's words.
func TestWhatAnUpstreamDoesIsNoProblemOfOurs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	replies := make(chan string, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, <-replies)
			conn.Close()
		}
	}()
	client := &http.Transport{DisableKeepAlives: true}
	for _, reply := range []string{"", "request header list larger than peer's advertised limit\r\n\r\n", "HTTP/1.1 200 http: ContentLength=\r\nA\r\n\r\n", "http2: invalid HTTP header\r\n"} {
		replies <- reply
		r := &http.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}, Header: http.Header{}}
		response, err := client.RoundTrip(r.WithContext(context.Background()))
		if err == nil {
			response.Body.Close()
			t.Errorf("%q is an answer", reply)
		} else if p := outbound.UnsentProblem(err); p != nil {
			t.Errorf("%q: %v is %s", reply, err, p.Kind)
		}
	}
}
