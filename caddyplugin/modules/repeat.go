package modules

import (
	"net/http"
	"net/http/httptrace"

	"github.com/vendorsign/vendorsign/outbound"
)

// signRepetitions has out signed afresh for each repetition that Go's client makes of it by itself: after a kept connection
// broke, a GOAWAY, a refused stream. A vendor that knows nonces may have seen the first. For other schemes the first
// signature does as well, and out is returned as it is. Its header must be its own.
func (s *signing) signRepetitions(out *http.Request, target string, signed outbound.Outcome) *http.Request {
	if !signed.Once() {
		return out
	}
	tries := 0
	// The client asks for a connection before it reads the header, and has ended what it did with the last one.
	return onConnection(out, func(httptrace.GotConnInfo) {
		if tries++; tries > 1 {
			s.gate.SignRepetition(out, target, signed)
		}
	})
}
