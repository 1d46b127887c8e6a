package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// signature is what proves an arrival, and must not come twice where vendors know nonces.
func signature(a *arrival) string {
	return a.header.Get("X-Xdr-Nonce") + a.header.Get("X-Xdr-Timestamp") + a.header.Get("Authorization") + a.header.Get("Dtapi-Signature")
}

// Go's client repeats a request without a body by itself when a kept connection breaks before the answer begins. The vendor
// has seen the first, and one that knows nonces takes no second with the same: the transport, which knows of it, signs it
// afresh. The other forms do not learn of it; then the client gets the vendor's refusal, and nothing goes out unsigned.
func TestWhatGoRepeatsAfterABrokenConnectionIsSignedAfreshOrRefused(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		nonce, dated := find("cortex-advanced").route(t, f), find("darktrace").route(t, f)
		g := start(t, f, nonce, dated)
		for _, route := range []*route{nonce, dated} {
			for n, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
				t.Run(route.name+" "+method, func(t *testing.T) {
					g.accepted(t, route, request{method: "GET", target: "/first"}) // so that a connection is kept
					before := route.vendor.count()
					got := g.send(t, route, request{method: method, target: fmt.Sprintf("/%d", n), header: []string{behave + ": " + behaveBreak}, length: method == "POST"})
					all := route.vendor.since(before)
					for _, a := range all {
						if a.fault != nil || signature(a) == "" {
							t.Errorf("arrived unsigned or broken: %v\n%s", a.fault, a.text())
						}
					}
					if method == "POST" { // which is not repeated: it may have had an effect
						if len(all) != 1 || got.status != http.StatusBadGateway {
							t.Errorf("%d arrived, answered %d; want it once and 502", len(all), got.status)
						}
						return
					}
					if len(all) != 2 {
						t.Fatalf("%d arrived, want 2: Go repeats other requests now, correct docs/wire.md", len(all))
					}
					same, want := signature(all[0]) == signature(all[1]), http.StatusOK
					if route == nonce && f == traefik {
						want = http.StatusUnauthorized
					}
					if route == nonce && same != (f == traefik) || got.status != want {
						t.Errorf("answered %d, want %d; the same signature twice: %v", got.status, want, same)
					}
				})
			}
		}
	})
}

// turnVendor speaks HTTP/2 and turns requests away as the protocol permits, each target once: it ends the connection
// (GOAWAY) or refuses the stream. In both it says that it has not processed the request.
type turnVendor struct {
	vendor
	turned map[string]bool
}

func newTurnVendor(t testing.TB, name string, credential map[string]string, certificate *tls.Certificate) *turnVendor {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*certificate}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	v := &turnVendor{turned: make(map[string]bool)}
	v.name, v.addr, v.conns = name, listener.Addr().String(), make(map[net.Conn]bool)
	v.judge(simulate(t, name, credential))
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			v.keep(conn, true)
			served.Go(func() { v.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		v.mu.Lock()
		for conn := range v.conns {
			conn.Close()
		}
		v.mu.Unlock()
		served.Wait()
	})
	return v
}

func (v *turnVendor) serve(conn net.Conn) {
	defer v.keep(conn, false)
	defer conn.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if framer.WriteSettings() != nil {
		return
	}
	var answered uint32
	arriving := make(map[uint32]*arrival)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				framer.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				framer.WritePing(true, frame.Data)
			}
		case *http2.MetaHeadersFrame:
			a := &arrival{method: frame.PseudoValue("method"), target: frame.PseudoValue("path"), host: frame.PseudoValue("authority"), header: http.Header{}}
			for _, field := range frame.RegularFields() {
				a.header.Add(field.Name, field.Value)
			}
			arriving[frame.StreamID] = a
			if frame.StreamEnded() && !v.end(framer, frame.StreamID, &answered, a) {
				return
			}
		case *http2.DataFrame:
			a := arriving[frame.StreamID]
			a.body = append(a.body, frame.Data()...)
			if frame.StreamEnded() && !v.end(framer, frame.StreamID, &answered, a) {
				return
			}
		}
	}
}

// end answers a request, or turns it away, and reports whether the connection lives on.
func (v *turnVendor) end(framer *http2.Framer, stream uint32, answered *uint32, a *arrival) bool {
	v.mu.Lock()
	v.arrivals = append(v.arrivals, a)
	way := a.header.Get(behave)
	turn := way != "" && !v.turned[a.target]
	v.turned[a.target] = true
	v.mu.Unlock()
	if turn {
		if way == "goaway" {
			framer.WriteGoAway(*answered, http2.ErrCodeNo, nil)
			return false
		}
		return framer.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
	}
	a.answer = (*v.judging.Load())(&vendorsim.Request{Method: a.method, Host: a.host, Target: a.target, Header: a.header, Body: a.body})
	*answered = stream
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	encoder.WriteField(hpack.HeaderField{Name: ":status", Value: fmt.Sprint(a.answer.Status)})
	return framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true}) == nil
}

func TestWhatGoRepeatsOverHTTP2IsSignedAfreshOrUnchanged(t *testing.T) {
	ca := newAuthority(t)
	const host = "api.cortex.example"
	eachForm(t, func(t *testing.T, f form) {
		m := find("cortex-advanced")
		v := newTurnVendor(t, m.signer, m.credential(), ca.leaf(t, host))
		route := &route{name: "turned", signer: m.signer, options: m.options.with(options{"host": host}), vendor: &v.vendor,
			scheme: "https", ca: ca.file, serverName: host, headerUp: "Host " + host}
		g := start(t, f, route)
		for _, way := range []string{"goaway", "refused"} {
			for _, r := range []request{{method: "GET"}, {method: "HEAD"}, {method: "POST", length: true}, {method: "DELETE"}, {method: "POST", header: []string{asJSON}, body: []byte(`{"a":1}`)}} {
				name := fmt.Sprintf("%s %s %d", way, r.method, len(r.body))
				t.Run(name, func(t *testing.T) {
					if got := g.send(t, route, request{method: "GET", target: "/first"}); got.status != http.StatusOK {
						t.Fatalf("answered %d", got.status)
					}
					r.target = "/" + way + fmt.Sprint(len(r.body)) + r.method
					r.header = append(r.header, behave+": "+way)
					before := v.count()
					got := g.send(t, route, r)
					all := v.since(before)
					if len(r.body) > 0 { // it was read, and cannot be sent again
						if len(all) != 1 || got.status < http.StatusInternalServerError {
							t.Errorf("%d arrived, answered %d; want it once and an error", len(all), got.status)
						}
						return
					}
					if len(all) != 2 || got.status != http.StatusOK {
						t.Fatalf("%d arrived, answered %d; want two and 200", len(all), got.status)
					}
					if same := signature(all[0]) == signature(all[1]); same != (f == traefik) || signature(all[0]) == "" {
						t.Errorf("the same signature twice: %v", same)
					}
				})
			}
		}
	})
}
