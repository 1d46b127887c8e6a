//go:build go1.21

package apps

import (
	"net/http"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
)

// spent is what a request has used up of its app's: a signature that is good once, and a place in the app's rates. An SDK that repeats
// the same bytes after an answer of the gateway would be refused for good, so a request that was never sent gives both back.
//
// It has no function, which interpreted would keep the frames of all its callers alive.
type spent struct {
	memory     *Memory // nil: it is not remembered
	key, proof string
	place      *limits.Reservation // nil: no rate counts it

	unsent   atomic.Bool  // an attempt was refused, or got no connection
	attempts atomic.Int32 // those that were sent, or may have been
	returned atomic.Bool
}

// withSpent is a copy of the app for the request that has used s.
func withSpent(a *outbound.App, s *spent) *outbound.App {
	return &outbound.App{Name: a.Name, Vendor: a.Vendor, Rights: a.Rights, Secrets: a.Secrets, Spent: s}
}

// spentBy is what the request of an app has used; nil: nothing.
func spentBy(a *outbound.App) *spent {
	if a == nil || a.Spent == nil {
		return nil
	}
	return a.Spent.(*spent)
}

// Spends reports whether r has used up something of its app's, so that it matters whether it is sent.
func Spends(r *http.Request) bool { return spentBy(outbound.AppOf(r)) != nil }

// Repeats reports whether clients may send the same signature again after a failure. Those of a scheme with a nonce sign each attempt
// anew, so that a gateway in which it is expensive to watch for a connection need not.
func Repeats(v *Verifier) bool { return !v.claims.Nonce }

// GiveBack gives back what a verified request has used of its app's: the request is refused before it was sent. Further calls do
// nothing, since the same signature may have been used again meanwhile. For a request without an app, a is nil.
func GiveBack(a *outbound.App) {
	s := spentBy(a)
	if s == nil || s.attempts.Load() > 0 || !s.returned.CompareAndSwap(false, true) {
		return
	}
	if s.memory != nil {
		forget(s.memory, s.key, s.proof)
	}
	limits.Cancel(s.place)
}

// Sending says that an attempt of r is being sent, in a gateway that may make several.
func Sending(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.attempts.Add(1)
	}
}

// Unreached takes the last Sending back: the attempt got no connection.
func Unreached(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.attempts.Add(-1)
		s.unsent.Store(true)
	}
}

// Refused says that an attempt of r was refused in place of being sent.
func Refused(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.unsent.Store(true)
	}
}

// Done is GiveBack for a request that made attempts, if none of them was sent. A request of which no attempt is known may have been sent.
func Done(a *outbound.App) {
	if s := spentBy(a); s != nil && s.unsent.Load() {
		GiveBack(a)
	}
}
