//go:build go1.21

package apps

import (
	"net/http"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
)

// spent is what a request has used up of its app's: a signature that is good once, and a place in the app's rates. An SDK
// that repeats the same bytes after an answer of the gateway would be refused for good, so a request that was never sent
// gives both back.
//
//	Check               -> a spent in the request's App, if it used something
//	refused before      -> GiveBack by the plugin (a full rate of the credential, a body that is too large)
//	each attempt        -> Sending; Unreached if it got no connection; Refused if it was refused in its place
//	the answer is sent  -> Done: GiveBack if no attempt was sent
//
// It is data without a function, which interpreted would keep the frames of all its callers alive.
type spent struct {
	memory     *Memory // nil: it is not remembered
	key, proof string
	place      *limits.Reservation // nil: no rate counts it

	unsent   atomic.Bool  // an attempt was refused, or got no connection
	attempts atomic.Int32 // those that were sent, or may have been
	returned atomic.Bool
}

// withSpent is a copy of the app for the request that has used s. The table's own App is shared by all requests, and stays
// without a spent.
func withSpent(a *outbound.App, s *spent) *outbound.App {
	return &outbound.App{Name: a.Name, Vendor: a.Vendor, File: a.File, Rights: a.Rights, Secrets: a.Secrets, Spent: s}
}

// spentBy is what the request of an app has used; nil: nothing. a may be nil.
func spentBy(a *outbound.App) *spent {
	if a == nil || a.Spent == nil {
		return nil
	}
	return a.Spent.(*spent)
}

// Spends reports whether r has used up something of its app's, so that it matters whether it is sent. A gateway then watches
// the connection, which it saves for other requests.
func Spends(r *http.Request) bool { return spentBy(outbound.AppOf(r)) != nil }

// Repeats reports whether clients may send the same signature again after a failure. Those of a scheme with a nonce sign each
// attempt again, so that a gateway in which it is expensive to watch for a connection need not: Traefik, where a trace is
// interpreted.
func Repeats(v *Verifier) bool { return !v.claims.Nonce }

// GiveBack gives back what a verified request has used of its app's: the request is refused before it was sent. Further calls
// do nothing, since the same signature may have been used again meanwhile, by the client's next attempt. For a request
// without an app, a is nil. It may be called concurrently with the attempts.
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

// Sending says that an attempt of r is being sent, in a gateway that may make several. It comes before the first byte: from
// then on the vendor may have seen the signature.
func Sending(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.attempts.Add(1)
	}
}

// Unreached takes the last Sending back: the attempt got no connection, so that the vendor saw nothing of it.
func Unreached(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.attempts.Add(-1)
		s.unsent.Store(true)
	}
}

// Refused says that an attempt of r was refused in place of being sent, as by a full rate of the credential.
func Refused(r *http.Request) {
	if s := spentBy(outbound.AppOf(r)); s != nil {
		s.unsent.Store(true)
	}
}

// Done is GiveBack for a request that made attempts, if none of them was sent. A request of which no attempt is known may
// have been sent: another handler may have done so, which does not report.
func Done(a *outbound.App) {
	if s := spentBy(a); s != nil && s.unsent.Load() {
		GiveBack(a)
	}
}
