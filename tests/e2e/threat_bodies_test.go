package e2e

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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// open writes the head of a request and a part of its body, and leaves the rest to the test.
func open(t testing.TB, addr, host string, length int64, part []byte) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := dial(t, addr)
	framing := "Transfer-Encoding: chunked\r\n"
	if length >= 0 {
		framing = fmt.Sprintf("Content-Length: %d\r\n", length)
	} else if len(part) > 0 {
		part = fmt.Appendf(nil, "%x\r\n%s\r\n", len(part), part)
	}
	if _, err := fmt.Fprintf(conn, "POST /api HTTP/1.1\r\nHost: %s\r\n%s\r\n%s", host, framing, part); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// answered reads an answer of the gateway's own.
func answered(t testing.TB, in *bufio.Reader, status int, kind string) http.Header {
	t.Helper()
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil && !isClosed(err) {
		t.Fatal(err)
	}
	(&reply{response.StatusCode, response.Header, body}).isProblem(t, status, kind)
	return response.Header
}

func TestABodyThatIsSignedIsBounded(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		route.options["max_body"] = "1MiB"
		g := start(t, f, route)
		host := route.name + ".test"
		before := route.vendor.bytes.Load()
		t.Run("announced too long, nothing of it sent", func(t *testing.T) {
			conn, in := open(t, g.addr, host, 1<<20+1, nil)
			if drains(t, f) {
				unanswered(t, conn, in, drained)
			}
			answered(t, in, http.StatusRequestEntityTooLarge, "body-too-large")
		})
		t.Run("endless in chunks", func(t *testing.T) {
			conn, in := open(t, g.addr, host, -1, make([]byte, 1000))
			done := make(chan struct{})
			go func() { // until the gateway has enough
				defer close(done)
				chunk := fmt.Appendf(nil, "10000\r\n%s\r\n", make([]byte, 1<<16))
				for {
					if _, err := conn.Write(chunk); err != nil {
						return
					}
				}
			}()
			answered(t, in, http.StatusRequestEntityTooLarge, "body-too-large")
			conn.Close()
			<-done
		})
		t.Run("given up in the middle", func(t *testing.T) {
			for _, length := range []int64{1000, -1} {
				conn, _ := open(t, g.addr, host, length, []byte("a=1&b="))
				conn.Close()
			}
		})
		if n := route.vendor.bytes.Load() - before; n != 0 {
			t.Errorf("%d bytes went to the vendor", n)
		}
		t.Run("slow", func(t *testing.T) {
			body := []byte("a=1&b=22&c=333")
			conn, in := open(t, g.addr, host, int64(len(body)), body[:1])
			for i := range body[1:] {
				if route.vendor.bytes.Load() != before {
					t.Fatal("something went out before the body was whole")
				}
				if _, err := conn.Write(body[i+1 : i+2]); err != nil {
					t.Fatal(err)
				}
			}
			response, err := http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%+v, %v", response, err)
			}
			route.vendor.signedOrNothing(t, 0, "a slow body")
		})
	})
}

// A body that streams and ends early must not arrive as a whole one either.
func TestABodyThatStreamsAndEndsEarlyIsNoRequest(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		route := find("threatconnect").route(t, f)
		g := start(t, f, route)
		for _, raw := range []string{
			"POST /api HTTP/1.1\r\nHost: threatconnect.test\r\nContent-Length: 10\r\n\r\nhalf",
			"POST /api HTTP/1.1\r\nHost: threatconnect.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
			"POST /api HTTP/1.1\r\nHost: threatconnect.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
			"POST /api HTTP/1.1\r\nHost: threatconnect.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX",
		} {
			halfRequest(t, g.addr, raw)
		}
		// The gateway has answered, so a whole request would have been noted by now.
		for _, a := range route.vendor.since(0) {
			if a.fault == nil {
				t.Errorf("half a body arrived as whole: %q", a.raw)
			}
		}
		until(t, "the gateway serves on", func() bool {
			return g.send(t, route, request{method: "POST", target: "/api", body: []byte("whole")}).status == http.StatusOK
		})
	})
}

// memory is the most that a process has held, in bytes.
func (p *process) memory(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("this system does not tell how much memory a process had")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// Many bodies at once fill a budget, and then the gateway asks to come again. What is announced counts once some of
// it has arrived.
func TestBodiesOverTheBudgetGet503AndItIsGivenBack(t *testing.T) {
	eachFormAlone(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		route.options["max_body"] = "1GiB"
		g := start(t, f, route)
		host := route.name + ".test"
		g.accepted(t, route, request{method: "POST", target: "/api", body: []byte("a=1")})
		before := g.memory(t)
		const size = 300 << 20 // one fits, two do not
		full := func() bool {
			conn := dial(t, g.addr)
			defer conn.Close()
			part := make([]byte, 70<<10+len(drained))
			fmt.Fprintf(conn, "POST /api HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", host, size, part)
			if err := conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return false
			}
			body, _ := io.ReadAll(response.Body)
			(&reply{response.StatusCode, response.Header, body}).isProblem(t, http.StatusServiceUnavailable, "busy")
			if response.Header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After: %q", response.Header.Get("Retry-After"))
			}
			return true
		}
		var holder net.Conn
		until(t, "the budget is full", func() bool {
			if holder != nil { // whose body came second, so that it was refused
				holder.Close()
			}
			holder, _ = open(t, g.addr, host, size, make([]byte, 70<<10))
			return full()
		})
		// Others work on.
		g.accepted(t, route, request{method: "GET", target: "/api"})
		g.accepted(t, route, request{method: "POST", target: "/api", body: []byte("a=1")})
		holder.Close()
		until(t, "the budget is given back", func() bool { return !full() })
		// What is given back lies around until Go's collector has run: twice the budget, at most.
		if grown := g.memory(t) - before; grown > 1300<<20 {
			t.Errorf("the budget is 576 MiB, and the bodies cost %d MiB", grown>>20)
		}
	})
}

// until waits for what another process does.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("after %v not yet: %s", patience, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestManyBodiesAtOnceAreSignedInBoundedMemory(t *testing.T) {
	eachFormAlone(t, func(t *testing.T, f form) {
		route := find("duo").route(t, f)
		g := start(t, f, route)
		g.accepted(t, route, request{method: "GET", target: "/api"})
		const clients, size = 64, 1 << 20
		before := g.memory(t)
		body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		var all sync.WaitGroup
		var ok atomic.Int64
		for range clients {
			all.Go(func() {
				if got := g.send(t, route, request{method: "POST", target: "/api", body: body}); got.status == http.StatusOK {
					ok.Add(1)
				}
			})
		}
		all.Wait()
		route.vendor.signedOrNothing(t, 0, "many bodies")
		if ok.Load() != clients {
			t.Errorf("%d of %d are answered 200", ok.Load(), clients)
		}
		// Each is held once, in a buffer that may be somewhat larger; the collector lets as much again lie.
		if grown := g.memory(t) - before; grown > 4*clients*size {
			t.Errorf("%d bodies of 1 MiB cost %d MiB", clients, grown>>20)
		}
	})
}

// hostileForms are forms of 10 MiB that take much memory to be put in order. Of the first there are too many parameters.
func hostileForms() [][]byte {
	const size = 10 << 20
	form := func(pair string, times int, value string) []byte {
		text := strings.Repeat(pair, times) + "c="
		return []byte(text + strings.Repeat(value, (size-len(text))/len(value)))
	}
	return [][]byte{
		bytes.Repeat([]byte("b&a&"), size/4),
		form("b&a&", 49990, "\xff"),
		form("b=%2f+&a=+&", 49990, "+"),
		form("b=1&a=2&", 10, ";"),
		form("b%41=%ff&a=1&", 49990, "%41"),
		form("", 0, "="),
	}
}

// A client can choose what a form consists of, and send as many as it likes.
func TestHostileFormsAtOnceStayWithinThePromise(t *testing.T) {
	forms := hostileForms()
	eachFormAlone(t, func(t *testing.T, f form) {
		route := find("duo-2").route(t, f)
		g := start(t, f, route)
		host := route.name + ".test"
		send := func(form []byte) int {
			conn := dial(t, g.addr)
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(5 * patience)); err != nil { // all of them at once are minutes of work
				t.Error(err)
			}
			go fmt.Fprintf(conn, "POST /api HTTP/1.1\r\nHost: %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s", host, asForm, len(form), form) // a refusal ends it
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return 0 // the answer may be lost when the connection is closed with bytes on their way
			}
			defer response.Body.Close()
			return response.StatusCode
		}
		for i, form := range forms { // one after the other each gets what it deserves
			want := http.StatusOK
			if i == 0 {
				want = http.StatusRequestEntityTooLarge
			}
			if got := send(form); got != want {
				t.Errorf("%.20q: answered %d, want %d", form, got, want)
			}
		}
		var all sync.WaitGroup
		answers := make([]atomic.Int64, 600)
		for i := range 57 {
			all.Go(func() { answers[send(forms[i%len(forms)])].Add(1) })
		}
		all.Wait()
		ok, large, busy, lost := answers[200].Load(), answers[413].Load(), answers[503].Load(), answers[0].Load()
		t.Logf("%d signed, %d too large, %d to come again, %d lost; at most %d MiB", ok, large, busy, lost, g.memory(t)>>20)
		if ok == 0 || ok+large+busy+lost != 57 {
			t.Errorf("%d signed, %d too large, %d to come again, %d lost", ok, large, busy, lost)
		}
		// The budget, as much again until Go's collector has run, and the gateway itself.
		if peak := g.memory(t); peak > 1300<<20 {
			t.Errorf("the budget is 576 MiB, and the gateway took %d MiB", peak>>20)
		}
		until(t, "the vendor is done with the forms of clients that did not wait", func() bool { return route.vendor.busy.Load() == 0 })
		route.vendor.signedOrNothing(t, 0, "hostile forms")
		g.accepted(t, route, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("b=1&a=2")})
	})
}

// sink is a vendor that keeps nothing of a body.
func sink(t testing.TB, name string, credential map[string]string) (addr string, received *atomic.Int64, last *atomic.Pointer[vendorsim.Answer]) {
	t.Helper()
	simulator, err := vendorsim.New(name, vendorsim.Config{Credential: credential})
	if err != nil {
		t.Fatal(err)
	}
	received, last = new(atomic.Int64), new(atomic.Pointer[vendorsim.Answer])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := simulator.Check(&vendorsim.Request{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header})
		last.Store(answer)
		n, err := io.Copy(io.Discard, r.Body)
		received.Store(n)
		if err != nil {
			answer.Status = http.StatusBadRequest
		}
		w.WriteHeader(answer.Status)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), received, last
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// ThreatConnect does not sign the body, so that there is no reason to hold it. With VENDORSIGN_LONG it is eight gigabytes.
func TestAnUploadOfAGigabyteStreamsInFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it moves some gigabytes")
	}
	large := int64(1 << 30)
	if long {
		large = 8 << 30
	}
	eachFormAlone(t, func(t *testing.T, f form) {
		m := find("threatconnect")
		route := m.route(t, f)
		addr, received, last := sink(t, m.signer, m.credential())
		route.vendor = &vendor{addr: addr}
		g := start(t, f, route)
		upload := func(size int64, chunked bool) {
			t.Helper()
			r, err := http.NewRequest("POST", "http://"+g.addr+"/api/v3/files/1/upload", io.LimitReader(zeros{}, size))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = route.name + ".test"
			if !chunked {
				r.ContentLength = size
			}
			response, err := (&http.Client{Timeout: 5 * patience}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK || received.Load() != size || !last.Load().Accepted {
				t.Fatalf("%d of %d bytes, answered %d", received.Load(), size, response.StatusCode)
			}
		}
		upload(1<<20, false)
		upload(1<<20, true)
		before := g.memory(t)
		upload(large, false)
		upload(64<<20, true)
		// What is read is garbage, and Go's collector lets it grow as large as what is in use, in Traefik some 100 MiB.
		if grown := g.memory(t) - before; grown > 128<<20 {
			t.Errorf("a gigabyte cost %d MiB more than a megabyte", grown>>20)
		}
	})
}
