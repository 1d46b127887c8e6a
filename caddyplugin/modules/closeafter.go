package modules

import (
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
)

// closeAfter has out be the last request of its connection: a vendor may take its body for the next one. Over HTTP/2 a body
// is never anything else, and to close such a connection fails the requests that share it, which Caddy would count as the
// vendor's failure. Which of the two a vendor speaks is known from its last answer; until the first it is closed.
func (t *sender) closeAfter(out *http.Request) *http.Request {
	if !t.multiplexes.Load() {
		out.Close = true
		return out
	}
	return onConnection(out, func(info httptrace.GotConnInfo) {
		delete(out.Header, "Connection")
		if secure, ok := info.Conn.(*tls.Conn); ok && secure.ConnectionState().NegotiatedProtocol != "h2" {
			out.Header["Connection"] = []string{"close"} // another upstream, or it speaks HTTP/1.1 by now
		}
	})
}
