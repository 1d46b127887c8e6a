//go:build go1.21

package traefikplugin

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"

	"github.com/vendorsign/vendorsign/outbound"
)

// serveLast sends r as the last request of its connection: if the vendor has not read the body, its bytes are the next
// request there. The vendor was asked to close it; one that does not is left when the answer is through. Over HTTP/2 a body
// is never anything else.
func serveLast(m *Middleware, w http.ResponseWriter, r *http.Request, signed *outbound.Outcome) {
	var used net.Conn
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		used = info.Conn
		if secure, ok := info.Conn.(*tls.Conn); ok && secure.ConnectionState().NegotiatedProtocol == "h2" {
			used = nil
		}
	}}))
	defer func() {
		if used != nil {
			used.Close()
		}
	}()
	serveCarefully(m, w, r, signed)
}
