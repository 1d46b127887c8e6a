//go:build go1.21

package traefikplugin

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound"
)

// serveLast sends r as the last request of its connection: if the vendor has not read the body, it would read its
// bytes as the next request (request smuggling, RFC 9112 section 11.2). The vendor was asked to close the
// connection; if it does not, the gateway closes it after the answer. Over HTTP/2 a body cannot be mistaken for a
// request.
//
// The middleware has no transport of its own, so the trace of the request is the only way to the connection.
func serveLast(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	var used net.Conn
	// Only HTTP/1 writes a Host: without TLS, nothing else tells the connection of one request from one that others share. Another goroutine
	// may write it.
	alone := new(atomic.Bool)
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		// The proxy may try again on another connection; the last one is the one that carried the request.
		used = info.Conn
		alone.Store(false)
	}, WroteHeaderField: func(name string, values []string) {
		if name == "Host" {
			alone.Store(true)
		}
	}}))
	// After the answer has been copied to the client: to close the connection earlier would cut it off.
	defer func() {
		if alone.Load() {
			used.Close()
		}
	}()
	serveCarefully(m, w, r, signed)
}
