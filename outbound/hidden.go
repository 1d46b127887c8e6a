//go:build go1.21

package outbound

import "net/http"

// Hides are the headers of answers that clients must not get, such as the cookie of a session that the credential opened.
func (g *Gate) Hides() []string { return current(g).traits.Hides }

// Hide takes out of an answer's header what its client must not get.
func (o Outcome) Hide(h http.Header) { Hide(o.credential.traits.Hides, h) }

// Hide is the method of that name, for callers that are interpreted: see Sign.
func Hide(names []string, h http.Header) {
	for _, name := range names {
		delete(h, name)
	}
}
