package e2e

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// message is what a client of HTTP/2 sends on a stream, field by field: Go's own client would not send most of these.
type message struct {
	fields   [][2]string // after the pseudo-headers of a GET of /api, which they replace if they begin with a colon
	body     string
	open     bool // the stream is not ended
	canceled bool // it is reset after the body
	first    bool // the head of the answer is enough
}

// frames sends a message over HTTP/2 in clear, and returns what is answered; a status of 0 is a stream or connection that
// the gateway ended without an answer.
func frames(t testing.TB, addr, host string, m message) *reply {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil && !isClosed(err) {
			t.Fatal(err)
		}
	}
	must(framer.WriteSettings())
	all := [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", host}, {":path", "/api"}}
	for _, f := range m.fields {
		replaced := false
		for i := range all {
			if all[i][0] == f[0] && f[0][0] == ':' {
				all[i], replaced = f, true
			}
		}
		if !replaced && f[0][0] == ':' {
			all = append([][2]string{f}, all...)
		} else if !replaced {
			all = append(all, f)
		}
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range all {
		must(encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
	}
	head := block.Bytes()
	first := head[:min(len(head), 16000)]
	must(framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: first, EndHeaders: len(first) == len(head), EndStream: m.body == "" && !m.open && !m.canceled}))
	for rest := head[len(first):]; len(rest) > 0; {
		n := min(len(rest), 16000)
		must(framer.WriteContinuation(1, n == len(rest), rest[:n]))
		rest = rest[n:]
	}
	if m.body != "" {
		must(framer.WriteData(1, !m.open && !m.canceled, []byte(m.body)))
	}
	if m.canceled {
		must(framer.WriteRSTStream(1, http2.ErrCodeCancel))
		must(framer.WritePing(false, [8]byte{1})) // answered when the reset was read
	}
	got := &reply{header: http.Header{}}
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			if !isClosed(err) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("reading frames: %v", err)
			}
			return got
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			for _, f := range frame.Fields {
				if f.Name == ":status" {
					got.status, _ = strconv.Atoi(f.Value)
				} else {
					got.header.Add(f.Name, f.Value)
				}
			}
			if frame.StreamEnded() || m.first {
				return got
			}
		case *http2.DataFrame:
			got.body = append(got.body, frame.Data()...)
			if frame.StreamEnded() {
				return got
			}
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return got
		case *http2.PingFrame:
			if frame.IsAck() && m.canceled {
				return got
			}
		}
	}
}
