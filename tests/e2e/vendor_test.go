package e2e

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// vendor is a server that keeps every byte it receives and judges what they say. It reads HTTP/1.1 itself: a server
// library would repair what it is here to find.
type vendor struct {
	name     string
	addr     string
	listener net.Listener
	judging  atomic.Pointer[judge]
	bytes    atomic.Int64  // received, of whatever kind; over TLS decrypted
	busy     atomic.Int64  // requests that have begun and are not answered
	release  chan struct{} // lets a stream go on
	stopped  chan struct{}

	mu       sync.Mutex
	arrivals []*arrival
	conns    map[net.Conn]bool
}

// judge answers a request as the vendor does.
type judge func(*vendorsim.Request) *vendorsim.Answer

// arrival is a request that arrived, or what there was of it.
type arrival struct {
	raw     []byte
	method  string
	target  string
	host    string
	header  http.Header // names as they were spelt, without Host
	body    []byte
	trailer http.Header       // of HTTP/2 only: what was announced, and what came
	fault   error             // what makes it no request
	answer  *vendorsim.Answer // nil with a fault
}

// newVendor starts a simulated vendor for one credential; with a certificate it speaks TLS.
func newVendor(t testing.TB, name string, credential map[string]string, certificate *tls.Certificate) *vendor {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{name: name, addr: listener.Addr().String(), listener: listener,
		release: make(chan struct{}, 1), stopped: make(chan struct{}), conns: make(map[net.Conn]bool)}
	v.judge(simulate(t, name, credential))
	if certificate != nil {
		v.listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*certificate}})
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := v.listener.Accept()
			if err != nil {
				return
			}
			v.keep(conn, true)
			served.Go(func() { v.serve(conn) })
		}
	})
	t.Cleanup(func() {
		v.listener.Close()
		close(v.stopped)
		v.mu.Lock()
		for conn := range v.conns {
			conn.Close()
		}
		v.mu.Unlock()
		served.Wait()
	})
	return v
}

// simulate makes the judge of a vendor that knows one credential.
func simulate(t testing.TB, name string, credential map[string]string) judge {
	t.Helper()
	simulator, err := vendorsim.New(name, vendorsim.Config{Credential: credential})
	if err != nil {
		t.Fatal(err)
	}
	return simulator.Check
}

// judge makes the vendor answer by j from now on.
func (v *vendor) judge(j judge) { v.judging.Store(&j) }

func (v *vendor) keep(conn net.Conn, open bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if open {
		v.conns[conn] = true
	} else {
		delete(v.conns, conn)
	}
}

func (v *vendor) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.arrivals)
}

// asked counts the requests for a target.
func (v *vendor) asked(target string) (n int) {
	for _, a := range v.since(0) {
		if a.target == target {
			n++
		}
	}
	return n
}

// since returns what arrived after the first n.
func (v *vendor) since(n int) []*arrival {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.arrivals[n:len(v.arrivals):len(v.arrivals)]
}

type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (v *vendor) serve(conn net.Conn) {
	defer v.keep(conn, false)
	defer conn.Close()
	in := bufio.NewReader(counted{conn, &v.bytes})
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		v.busy.Add(1)
		again := v.answer(conn, in)
		v.busy.Add(-1)
		if !again {
			return
		}
	}
}

// answer reads a request, keeps and judges it, and says whether another one may follow.
func (v *vendor) answer(conn net.Conn, in *bufio.Reader) bool {
	a := read(in, conn)
	if a.fault == nil {
		a.answer = (*v.judging.Load())(&vendorsim.Request{Method: a.method, Host: a.host, Target: a.target, Header: a.header, Body: a.body})
	}
	v.mu.Lock()
	v.arrivals = append(v.arrivals, a)
	v.mu.Unlock()
	if a.fault != nil {
		fmt.Fprintf(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return false
	}
	return v.reply(conn, in, a)
}

// read reads one request in the grammar of RFC 9112 and no other.
func read(in *bufio.Reader, conn io.Writer) *arrival {
	a := &arrival{header: http.Header{}}
	line := func() string {
		text, err := in.ReadString('\n')
		a.raw = append(a.raw, text...)
		if err != nil {
			a.fail("the connection ended within a line: %v", err)
		} else if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\r") != 1 {
			a.fail("the line %q does not end in CRLF alone", text)
		}
		return strings.TrimSuffix(text, "\r\n")
	}
	take := func(n int64) []byte {
		if n < 0 || n > 1<<30 {
			a.fail("a length of %d", n)
			return nil
		}
		data := make([]byte, n)
		got, err := io.ReadFull(in, data)
		a.raw = append(a.raw, data[:got]...)
		if err != nil {
			a.fail("the body ended after %d of %d bytes", got, n)
		}
		return data[:got]
	}

	words := strings.Split(line(), " ")
	if len(words) != 3 || words[2] != "HTTP/1.1" {
		a.fail("the request line %q", words)
		return a
	}
	a.method, a.target = words[0], words[1]
	fields := map[string][]string{} // by lower-case name
	for a.fault == nil {
		text := line()
		if text == "" {
			break
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			a.fail("the header line %q", text)
		}
		value = strings.Trim(value, " \t")
		fields[strings.ToLower(name)] = append(fields[strings.ToLower(name)], value)
		if strings.ToLower(name) != "host" {
			a.header[name] = append(a.header[name], value)
		}
	}
	if a.fault != nil {
		return a
	}
	if len(fields["host"]) != 1 {
		a.fail("%d Host headers", len(fields["host"]))
		return a
	}
	a.host = fields["host"][0]
	if strings.EqualFold(strings.Join(fields["expect"], ","), "100-continue") {
		fmt.Fprint(conn, "HTTP/1.1 100 Continue\r\n\r\n")
	}
	length, coding := fields["content-length"], fields["transfer-encoding"]
	switch {
	case len(length)+len(coding) > 1:
		a.fail("Content-Length %q and Transfer-Encoding %q", length, coding)
	case len(length) == 1:
		n, err := strconv.ParseInt(length[0], 10, 64)
		if err != nil {
			a.fail("Content-Length %q", length)
			return a
		}
		a.body = take(n)
	case len(coding) == 1:
		if coding[0] != "chunked" {
			a.fail("Transfer-Encoding %q", coding)
		}
		for a.fault == nil {
			n, err := strconv.ParseInt(line(), 16, 64)
			if err != nil {
				a.fail("a chunk's size: %v", err)
			}
			if n == 0 || a.fault != nil {
				break
			}
			a.body = append(a.body, take(n)...)
			if line() != "" {
				a.fail("a chunk is longer than its size")
			}
		}
		for a.fault == nil {
			if line() == "" { // the end of the trailers
				break
			}
		}
	}
	return a
}

func (a *arrival) fail(format string, args ...any) {
	if a.fault == nil {
		a.fault = fmt.Errorf(format, args...)
	}
}

// What a vendor can do beside its answer. The header arrives with the request of the test.
const (
	behave         = "X-Behave"
	behaveRedirect = "redirect"
	behaveLarge    = "large"
	behaveStream   = "stream"
	behaveDrop     = "drop"  // the connection, the first time
	behaveBreak    = "break" // the connection, at the first request for this target
	behaveShort    = "short" // of the body that was announced
)

// large is a response that fits in no buffer of a gateway.
var large = bytes.Repeat([]byte("0123456789abcdef"), 1<<20)

// reply answers an arrival and reports whether the connection lives on.
func (v *vendor) reply(conn net.Conn, in *bufio.Reader, a *arrival) bool {
	if a.answer.Accepted {
		switch {
		case a.header.Get(behave) == behaveDrop && v.count() == 1:
			return false
		case a.header.Get(behave) == behaveBreak && v.asked(a.target) == 1:
			return false
		case strings.EqualFold(a.header.Get("Upgrade"), "websocket"):
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
			_, _ = io.Copy(conn, in) // an echo, until either side is gone
			return false
		case a.header.Get(behave) == behaveRedirect:
			fmt.Fprint(conn, "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/x?y=1\r\nContent-Length: 0\r\n\r\n")
			return true
		case a.header.Get(behave) == behaveShort:
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
			return false
		case a.header.Get(behave) == behaveLarge:
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", len(large))
			_, err := conn.Write(large)
			return err == nil
		case a.header.Get(behave) == behaveStream:
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
			fmt.Fprint(conn, "d\r\ndata: first\n\n\r\n")
			select {
			case <-v.release:
			case <-v.stopped:
				return false
			}
			fmt.Fprint(conn, "c\r\ndata: last\n\n\r\n0\r\n\r\n")
			return true
		}
	}
	body := a.answer.Body
	closing := false // RFC 9112, 9.6
	for name, values := range a.header {
		closing = closing || strings.EqualFold(name, "Connection") && strings.EqualFold(values[0], "close")
	}
	fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", a.answer.Status, http.StatusText(a.answer.Status), len(body))
	if closing {
		fmt.Fprint(conn, "Connection: close\r\n")
	}
	_ = a.answer.Header.Write(conn)
	fmt.Fprint(conn, "\r\n")
	if a.method != http.MethodHead {
		_, _ = conn.Write(body)
	}
	return !closing
}

var errNothing = errors.New("nothing arrived")

// only returns the one request that arrived after the first n.
func (v *vendor) only(n int) (*arrival, error) {
	switch got := v.since(n); len(got) {
	case 0:
		return nil, errNothing
	case 1:
		return got[0], got[0].fault
	default:
		return nil, fmt.Errorf("%d requests arrived instead of one", len(got))
	}
}
