package modules

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An upstream that fails once is taken away for a minute here. Of bodies that stream, the gateway learns too late that a
// client broke them off, and must still not take it for the vendor's failure.
func TestABodyThatTheClientBreaksDoesNotTakeTheUpstreamAway(t *testing.T) {
	c := run(t, anyHost+"\trequest_body {\n\t\tmax_size 9\n\t}\n\treverse_proxy http://{vendor} {\n\t\tmax_fails 1\n\t\tfail_duration 1m\n\t\ttransport threatconnect_sign {\n\t\t\taccess_id 42\n\t\t\tsecret_key canary\n"+
		"\t\t\thost {vendor}\n\t\t\tinsecure_upstream\n\t\t}\n\t}\n}\n",
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/gone" {
				panic(http.ErrAbortHandler)
			}
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				w.Write([]byte("whole"))
			}
		}))
	chunked := "POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
	tests := []struct {
		name, raw string
		status    int
	}{
		{"a whole body", chunked + "\r\n3\r\nabc\r\n0\r\n\r\n", http.StatusOK},
		{"no chunk", chunked + "\r\nxyz\r\n", http.StatusBadRequest},
		{"no chunk after the first", chunked + "\r\n3\r\nabc\r\nxyz\r\n", http.StatusBadRequest},
		{"longer than the site permits", chunked + "\r\na\r\n0123456789\r\n0\r\n\r\n", http.StatusRequestEntityTooLarge},
		{"a trailer that is none", chunked + "Trailer: a;q=1\r\n\r\n3\r\nabc\r\n0\r\n\r\n", http.StatusOK},
		{"a trailer", chunked + "Trailer: Authorization\r\n\r\n3\r\nabc\r\n0\r\nAuthorization: evil\r\n\r\n", http.StatusOK},
		{"cut off in a chunk", chunked + "\r\n5\r\nabc", 0},
		{"shorter than announced", "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc", 0},
	}
	for _, test := range tests {
		conn, err := net.Dial("tcp", c.site)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, test.raw)
		if test.status == 0 {
			conn.(*net.TCPConn).CloseWrite()
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if test.status != 0 && (err != nil || response.StatusCode != test.status) {
			t.Errorf("%s: %v, %v, want %d", test.name, response, err, test.status)
		}
		if test.status >= 400 && err == nil {
			if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), "#body-") {
				t.Errorf("%s: answered %s", test.name, text)
			}
		}
		conn.Close()
		if status, body := fetch(t, "http://"+c.site+"/api"); status != http.StatusOK || body != "whole" {
			t.Fatalf("after %s the upstream is away: %d %s", test.name, status, body)
		}
	}
	// What the vendor does is the vendor's failure, as before.
	response, err := http.Post("http://"+c.site+"/gone", "text/plain", strings.NewReader("abc"))
	if err != nil || response.StatusCode != http.StatusBadGateway {
		t.Errorf("of a vendor that breaks off: %v, %v", response, err)
	}
	if status, _ := fetch(t, "http://"+c.site+"/api"); status != http.StatusServiceUnavailable {
		t.Errorf("after the vendor's failure: %d", status)
	}
}

// Newer versions of Caddy (such as 2.11.9) wrap each body of a reverse_proxy, by pointers and not by io.NopCloser.
func TestABodyThatRequestBodyHasSetIsKnownWhateverWrapsIt(t *testing.T) {
	type wrapper struct {
		io.ReadCloser
		read int
	}
	text := io.NopCloser(strings.NewReader("c=3"))
	client := io.NopCloser(bufio.NewReader(io.LimitReader(new(net.TCPConn), 9)))
	buffer := struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader("c=3")), nil}
	for name, tt := range map[string]struct {
		body io.Reader
		want bool
	}{
		"none": {nil, false}, "bare": {text, true}, "wrapped": {io.NopCloser(text), true}, "by a pointer": {&wrapper{ReadCloser: text}, true},
		"by two": {&wrapper{ReadCloser: &wrapper{ReadCloser: text}}, true}, "with max_size": {&wrapper{ReadCloser: http.MaxBytesReader(nil, text, 9)}, true},
		"a client's": {client, false}, "a client's with max_size": {http.MaxBytesReader(nil, client, 9), false},
		"a client's that is wrapped": {&wrapper{ReadCloser: http.MaxBytesReader(nil, client, 9)}, false}, "a buffer": {buffer, false},
		"a wrapper of nothing": {&wrapper{}, false}, "no body": {http.NoBody, false},
	} {
		if got := isSet(tt.body); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// closable is a body that knows whether it was closed.
type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}

// A client of Go's closes the body of an attempt that got no connection, and Caddy passes that on where a signer has read the start.
func TestABodyOfWhichNothingWasSentStaysOpenForTheNextAttempt(t *testing.T) {
	for text, want := range map[string]bool{"": false, "abc": true} {
		body := &closable{Reader: strings.NewReader(text)}
		s := &stream{ReadCloser: body}
		if s.Close(); body.closed {
			t.Errorf("%q was closed before anything of it was sent", text)
		}
		s.Read(make([]byte, 1))
		if s.Close(); body.closed != want {
			t.Errorf("%q, of which one byte was asked for: closed %v, want %v", text, body.closed, want)
		}
	}
}
