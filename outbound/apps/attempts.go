//go:build go1.21

package apps

import (
	"context"
	"net/http"

	"github.com/vendorsign/vendorsign/signers"
)

// Attempts is what the attempts of one client's request have in common: something in front of the gateway's plugin sends it
// again, such as Traefik's retry. It comes with the same signature each time, which is a replay in any other request alone.
// Attempts of one request follow each other, so that it needs no lock.
type Attempts struct {
	used map[string]bool // the proofs of attempts that have passed; nil: none has
}

// attemptsKey is the key of Attempts in a request's context. It is a pointer for the reason of outbound's appKey.
var attemptsKey = new(int)

// WithAttempts is r, known to be one of these attempts. It is called before Check.
func WithAttempts(r *http.Request, a *Attempts) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), attemptsKey, a))
}

// NoteAttempt notes the signature of an attempt that has passed Check. claim is what ReadClaim made of it before.
func NoteAttempt(a *Attempts, claim *signers.Claim, checked *Checked) {
	if checked.Verdict.Verified != nil {
		a.used = map[string]bool{claim.Proof: true}
	}
}

// attempted reports whether an earlier attempt of r has used the signature.
func attempted(r *http.Request, claim *signers.Claim) bool {
	a, _ := r.Context().Value(attemptsKey).(*Attempts)
	if a == nil {
		return false
	}
	return a.used[claim.Proof]
}
