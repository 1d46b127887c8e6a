//go:build go1.21

package outbound

import "net/http"

// Hides are the headers of answers that clients must not receive, such as the cookie of a session that the credential
// opened.
func Hides(g *Gate) []string { return current(g).traits.Hides }

// Hides are those of the credential that signed.
func (o Outcome) Hides() []string { return o.credential.traits.Hides }

// Hide removes from an answer's header or trailers what its client must not receive.
func Hide(names []string, h http.Header) {
	for _, name := range names {
		delete(h, name)
		delete(h, http.TrailerPrefix+name) // how proxies write a trailer that was not announced
	}
}
