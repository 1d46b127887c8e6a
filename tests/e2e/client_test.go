package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// request is what a client writes to its socket.
type request struct {
	method, target string
	header         []string // lines, as they are
	body           []byte
	length         bool // Content-Length also where there is no body
	chunked        bool
	wait           bool // for 100 Continue before the body
}

// reply is what the client reads.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// head is the request's bytes before the body.
func (r request) head(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.method, r.target, host)
	for _, line := range r.header {
		b.WriteString(line + "\r\n")
	}
	switch {
	case r.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case r.length || len(r.body) > 0:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	if r.wait {
		b.WriteString("Expect: 100-continue\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// sent is the body's bytes on the wire; chunks are short, so that there are several.
func (r request) sent() []byte {
	if !r.chunked {
		return r.body
	}
	var b bytes.Buffer
	for rest := r.body; len(rest) > 0; {
		n := min(len(rest), 7)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// send writes a request on a connection of its own and reads the whole reply.
func send(t testing.TB, addr, host string, r request) *reply {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := conn.Write(r.head(host)); err != nil {
		t.Fatal(err)
	}
	if r.wait {
		if got, err := http.ReadResponse(in, nil); err != nil || got.StatusCode != http.StatusContinue {
			t.Fatalf("instead of 100 Continue: %v, %v", got, err)
		}
	}
	if _, err := conn.Write(r.sent()); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(in, &http.Request{Method: r.method})
	for err == nil && response.StatusCode == http.StatusContinue { // Caddy passes on the vendor's, too
		response, err = http.ReadResponse(in, &http.Request{Method: r.method})
	}
	if err != nil {
		t.Fatalf("reading the reply: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("reading the reply's body: %v", err)
	}
	return &reply{response.StatusCode, response.Header, body}
}

func (g *gateway) send(t testing.TB, route *route, r request) *reply {
	t.Helper()
	return send(t, g.addr, route.name+".test", r)
}

// accepted sends a request that the vendor must accept, and returns what arrived there.
func (g *gateway) accepted(t testing.TB, route *route, r request) (*arrival, *reply) {
	t.Helper()
	before := route.vendor.count()
	got := g.send(t, route, r)
	a, err := route.vendor.only(before)
	switch {
	case err != nil:
		t.Fatalf("at the vendor: %v (the client got %d %s)", err, got.status, got.body)
	case !a.answer.Accepted:
		t.Fatalf("the vendor refuses: %s\n%s", a.answer.Reason, a.text())
	case len(a.answer.Leaks) > 0:
		t.Errorf("foreign credentials arrived: %s\n%s", a.answer.Leaks, a.text())
	}
	if a.method != r.method || !bytes.Equal(a.body, r.body) {
		t.Errorf("%s with %d bytes %q arrived instead of %s with %d bytes %q", a.method, len(a.body), a.body, r.method, len(r.body), r.body)
	}
	if want := route.options["host"]; a.host != want {
		t.Errorf("arrived with Host %q, want %q", a.host, want)
	}
	return a, got
}

// refused sends a request that the gateway must answer itself, with a problem document, and nothing goes out.
func (g *gateway) refused(t testing.TB, route *route, r request, status int, kind string) {
	t.Helper()
	before := route.vendor.bytes.Load()
	got := g.send(t, route, r)
	if sent := route.vendor.bytes.Load() - before; sent != 0 {
		t.Errorf("%d bytes went to the vendor", sent)
	}
	got.isProblem(t, status, kind)
}

// isProblem checks a problem document (RFC 9457).
func (r *reply) isProblem(t testing.TB, status int, kind string) {
	t.Helper()
	if r.status != status || r.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("answered with %d %s %q, want a problem with %d", r.status, r.header.Get("Content-Type"), r.body, status)
	}
	var problem struct {
		Type, Title, Detail string
		Status              int
	}
	if err := json.Unmarshal(r.body, &problem); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	if problem.Status != status || !strings.HasSuffix(problem.Type, "#"+kind) || problem.Title == "" || problem.Detail == "" {
		t.Errorf("the problem is %s, want status %d and type #%s", r.body, status, kind)
	}
}

// eachForm runs a test for every way to use the plugins, while other tests run: a Traefik that starts interprets the plugin on one
// processor, and much of the rest is waiting.
func eachForm(t *testing.T, test func(t *testing.T, f form)) {
	t.Parallel()
	eachFormAlone(t, test)
}

// eachFormAlone is for tests that fill the machine, or measure what a gateway takes of it.
func eachFormAlone(t *testing.T, test func(t *testing.T, f form)) {
	for _, f := range forms {
		t.Run(string(f), func(t *testing.T) { test(t, f) })
	}
}

// halfRequest writes raw bytes, closes its side, and waits until the gateway has closed the other.
func halfRequest(t testing.TB, addr, raw string) {
	t.Helper()
	conn := dial(t, addr)
	defer conn.Close()
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // a reset will do, too
}

// upgraded is a connection that speaks another protocol now.
type upgraded struct {
	net.Conn
	in *bufio.Reader
}

func upgrade(t testing.TB, addr, host, connection string) upgraded {
	t.Helper()
	return open101(t, addr, host, request{method: "GET", target: "/stream?a=1", header: []string{"Connection: " + connection, "Upgrade: websocket"}})
}

// open101 asks for a WebSocket and waits until it is open.
func open101(t testing.TB, addr, host string, r request) upgraded {
	t.Helper()
	u := upgraded{Conn: dial(t, addr)}
	u.in = bufio.NewReader(u)
	r.header = append(slices.Clone(r.header), "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	if _, err := u.Write(r.head(host)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(u.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("instead of an upgrade: %+v, %v", response, err)
	}
	return u
}

func (u upgraded) echo(t testing.TB, message string) string {
	t.Helper()
	if _, err := io.WriteString(u, message); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len(message))
	if _, err := io.ReadFull(u.in, back); err != nil {
		t.Fatal(err)
	}
	return string(back)
}

// text shows a request without its bytes that are no text.
func (a *arrival) text() string {
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, string(a.raw)), "?")
}
