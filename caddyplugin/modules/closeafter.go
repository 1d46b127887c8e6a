package modules

import (
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
)

// closeAfter makes out the last request of its connection: a vendor may read its body as the next request. Over HTTP/2 that
// cannot happen, and closing such a connection fails the requests that share it, which Caddy would count as failures of the
// vendor. The vendor's last answer tells which of the two it speaks; before the first answer the connection is closed.
func (t *sender) closeAfter(out *http.Request) *http.Request {
	// Over HTTP/1.1: Go's client sends Connection: close, and closes.
	if !t.multiplexes.Load() {
		out.Close = true
		return out
	}
	// Decided when the connection is known, since an upstream may speak another version of HTTP than the last one.
	return onConnection(out, func(info httptrace.GotConnInfo) {
		delete(out.Header, "Connection")
		if secure, ok := info.Conn.(*tls.Conn); ok && secure.ConnectionState().NegotiatedProtocol != "h2" {
			out.Header["Connection"] = []string{"close"} // another upstream, or it speaks HTTP/1.1 by now
		}
	})
}
