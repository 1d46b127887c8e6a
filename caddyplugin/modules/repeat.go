package modules

import (
	"net/http"
	"net/http/httptrace"

	"github.com/vendorsign/vendorsign/outbound"
)

// signRepetitions signs out again for each retry that Go's client makes on its own: after an idle connection
// broke, a GOAWAY, a refused stream (RFC 9113 section 8.7). A vendor that checks nonces may have seen the first.
// For other schemes the first signature is still good, and out is returned unchanged. Out must not share its
// header, which is changed while the client uses the request.
func (s *signing) signRepetitions(out *http.Request, target string, signed outbound.Outcome) *http.Request {
	if !signed.Once() {
		return out
	}
	tries := 0
	// The client asks for a connection before it reads the header, and after it has finished with the last one.
	return onConnection(out, func(httptrace.GotConnInfo) {
		if tries++; tries > 1 {
			s.gate.SignRepetition(out, target, signed)
		}
	})
}
