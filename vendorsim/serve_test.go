package vendorsim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// raw writes bytes to a server and reads one response: no client library in between may repair them.
func raw(t *testing.T, server *httptest.Server, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// bytesOf writes a vector as it goes over the wire.
func bytesOf(v vector, method string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, v.target, v.host)
	for name, value := range v.header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(v.body), v.body)
	return b.String()
}

func TestEveryVectorIsAcceptedOverTheWire(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		server := httptest.NewServer(v.simulator(t, vendor))
		defer server.Close()
		response, body := raw(t, server, bytesOf(v, v.method))
		if response.StatusCode != 200 || !json.Valid([]byte(body)) {
			t.Fatalf("got status %d, %s", response.StatusCode, body)
		}
		if got, want := response.Header["Date"], v.time(t).UTC().Format(http.TimeFormat); len(got) != 1 || got[0] != want {
			t.Errorf("Date: got %q, want one %q", got, want)
		}
		if got := response.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type: got %q", got)
		}
	})
}

func TestTheTargetIsJudgedAsItStoodInTheRequestLine(t *testing.T) {
	// Signed for /api/v2/indicators/urls/http:%2f%2fexample.com%2F: one escape written otherwise is another text.
	var v vector
	for _, c := range threatconnectVectors {
		if strings.Contains(c.target, "%2f%2f") {
			v = c
		}
	}
	server := httptest.NewServer(v.simulator(t, "threatconnect"))
	defer server.Close()
	if response, body := raw(t, server, bytesOf(v, v.method)); response.StatusCode != 200 {
		t.Errorf("got status %d, %s", response.StatusCode, body)
	}
	v.target = strings.ReplaceAll(v.target, "%2f", "%2F")
	if response, _ := raw(t, server, bytesOf(v, v.method)); response.StatusCode != 401 {
		t.Errorf("another spelling: got status %d", response.StatusCode)
	}
}

func TestDuplicatesAndLookAlikesAreRefusedOverTheWire(t *testing.T) {
	v := darktraceVectors[0]
	server := httptest.NewServer(v.simulator(t, "darktrace"))
	defer server.Close()
	for _, line := range []string{"dtapi-date: " + v.header["DTAPI-Date"], "Dtapi_Signature: x", "DTAPI_token: x"} {
		request := strings.Replace(bytesOf(v, "GET"), "\r\n", "\r\n"+line+"\r\n", 1)
		if response, body := raw(t, server, request); response.StatusCode != 400 || !strings.Contains(body, "API SIGNATURE ERROR") {
			t.Errorf("%s: got status %d, %s", line, response.StatusCode, body)
		}
	}
}

func TestAHEADRequestHasNoBody(t *testing.T) {
	v := darktraceVectors[0]
	server := httptest.NewServer(v.simulator(t, "darktrace"))
	defer server.Close()
	response, body := raw(t, server, bytesOf(v, "HEAD"))
	if response.StatusCode != 200 || body != "" || response.ContentLength <= 0 {
		t.Errorf("got status %d, %d bytes announced, %q", response.StatusCode, response.ContentLength, body)
	}
}

func TestABodyThatEndsEarlyIsRefusedThoughItsHalfIsSigned(t *testing.T) {
	var v vector
	for _, c := range darktraceVectors {
		if c.body != "" {
			v = c
		}
	}
	var answers atomic.Int32
	s := simulator(t, "darktrace", Config{
		Credential: v.credential,
		OnAnswer: func(r *Request, a *Answer) {
			answers.Add(1)
			if a.Accepted || len(r.Body) != 0 {
				t.Error("half a body was judged")
			}
		},
	}, v.time(t))
	server := httptest.NewServer(s)
	defer server.Close()
	announced := fmt.Sprintf("Content-Length: %d\r\n\r\n", len(v.body))
	for _, c := range []struct{ name, request string }{
		{"Content-Length", strings.Replace(bytesOf(v, "POST"), announced, fmt.Sprintf("Content-Length: %d\r\n\r\n", len(v.body)+1), 1)},
		{"chunks", strings.Replace(bytesOf(v, "POST"), announced+v.body, fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(v.body), v.body), 1)},
	} {
		response, body := raw(t, server, c.request)
		if response.StatusCode != 400 || !strings.Contains(body, "incomplete body") {
			t.Errorf("%s: got status %d, %s", c.name, response.StatusCode, body)
		}
	}
	r := httptest.NewRequest("POST", v.target, strings.NewReader(v.body))
	r.ContentLength++
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("called directly: got status %d", w.Code)
	}
	if answers.Load() != 3 {
		t.Errorf("%d of 3 answers were reported", answers.Load())
	}
}

func TestAChunkedBodyIsAcceptedWhole(t *testing.T) {
	for _, v := range darktraceVectors {
		if v.body == "" {
			continue
		}
		server := httptest.NewServer(v.simulator(t, "darktrace"))
		request := strings.Replace(bytesOf(v, v.method), fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(v.body), v.body),
			fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n1\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", v.body[:1], len(v.body)-1, v.body[1:]), 1)
		if response, body := raw(t, server, request); response.StatusCode != 200 {
			t.Errorf("%s: got status %d, %s", v.name, response.StatusCode, body)
		}
		server.Close()
	}
}

// endless never ends and counts what was taken from it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) { e.read += int64(len(p)); return len(p), nil }

func TestABodyWithoutEndIsRefusedAtTheLimit(t *testing.T) {
	body := &endless{}
	r := httptest.NewRequest("POST", "/devices", body)
	w := httptest.NewRecorder()
	simulator(t, "darktrace", Config{Credential: DemoCredential("darktrace", "")}, midnight).ServeHTTP(w, r)
	if w.Code != 413 || body.read > 2*maxBody {
		t.Errorf("got status %d after %d bytes", w.Code, body.read)
	}
}

func TestABodyThatFailsIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/devices", iotest.ErrReader(io.ErrClosedPipe))
	w := httptest.NewRecorder()
	simulator(t, "darktrace", Config{Credential: DemoCredential("darktrace", "")}, midnight).ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("got status %d", w.Code)
	}
}

func TestARequestWithoutARequestLineIsRefused(t *testing.T) {
	// A handler that is called with a client's request has no RequestURI; its URL would not do instead.
	r, err := http.NewRequest("GET", "http://h/auth/v2/ping", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	simulator(t, "duo", Config{Credential: duoCredential}, midnight).ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("got status %d", w.Code)
	}
}
