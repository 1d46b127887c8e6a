package modules

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// patience bounds every wait. Nothing waits longer than it must; this only ends what hangs.
const patience = time.Minute

// running is a Caddy in this process, with one site that signs for a simulated vendor.
type running struct{ site, admin string }

// run starts Caddy with a Caddyfile in which {site}, {admin} and {vendor} stand for addresses, and {port} for the site's.
func run(t *testing.T, caddyfile string, vendor http.Handler) running {
	t.Helper()
	upstream := serve(t, vendor)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	load(t, c, caddyfile, upstream)
	t.Cleanup(func() { caddy.Stop() })
	return c
}

// stopClocks stops the time of all signers: what is told once in ten seconds is told once, however long the requests take.
func stopClocks() {
	now := time.Now()
	for _, s := range liveSigners() {
		s.gate.Now = func() time.Time { return now }
	}
}

// serve starts a server at an address that no other of this process had. What is known of a vendor, and counted, is by
// its address and outlives a test, and the system gives ports again.
func serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", freeTCP(t))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func load(t *testing.T, c running, caddyfile string, upstream *httptest.Server) {
	t.Helper()
	text := strings.NewReplacer("{site}", c.site, "{port}", c.site[strings.LastIndex(c.site, ":")+1:], "{admin}", c.admin, "{vendor}", upstream.Listener.Addr().String()).Replace(caddyfile)
	config, err := adapt(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load([]byte(config), true); err != nil {
		t.Fatal(err)
	}
}

var lastPort atomic.Int64

// isolate gives a test a storage of its own, where no other has left a token.
func isolate(t *testing.T) {
	path := caddy.DefaultStorage.Path
	t.Cleanup(func() { caddy.DefaultStorage.Path = path })
	caddy.DefaultStorage.Path = t.TempDir()
}

// freeTCP takes ports in turn, from below those that systems give to outgoing connections: between this look and
// Caddy's, no connection of another process can take one. Another process of tests begins elsewhere.
func freeTCP(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := 20000 + (int(lastPort.Add(1))+os.Getpid()*127)%10000
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// fetch gets a URL of Caddy's.
func fetch(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, body := ask(t, r)
	return response.StatusCode, body
}

// ask sends a request without a body, and sends it again if the connection ends without an answer: for a moment after
// a reload the listeners of the configuration before still take connections, and their servers close those.
func ask(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		response, body, err := askOnce(r)
		if err == nil {
			return response, body
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// askOnce returns when the server has closed the connection. By then its handlers have returned, so that all that they
// count and log once the client has its answer is there.
func askOnce(r *http.Request) (*http.Response, string, error) {
	conn, err := net.Dial("tcp", r.URL.Host)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, "", err
	}
	r.Close = true
	if err := r.Write(conn); err != nil {
		return nil, "", err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return nil, "", fmt.Errorf("%w after %d bytes of the answer", err, len(answer))
	}
	if len(answer) == 0 {
		return nil, "", errors.New("the connection was closed without an answer")
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}
