//go:build go1.21

package apps

// The reasons why a request is not that of an app, or not one that it may make, in the order in which they are checked. Up to
// Signature the client has not proved to be an app, and is not told which of them it is: the answer is the same 401. The
// others are answered with 403, 429 or 503 and the reason. They are written to logs, metrics and audit, and `vendorsign
// verify` prints them, so that they never change.
const (
	Unsigned  = "unsigned"  // there is no signature, or more than one
	Key       = "key"       // no app has the key
	Date      = "date"      // the date cannot be read
	Uncovered = "uncovered" // the signature leaves out what it must cover
	Body      = "body"      // the body does not have the hash that the signature says
	Signature = "signature" // another key made it, or for another request
	Clock     = "clock"     // the date is too far from the gateway's clock
	Revoked   = "revoked"   // the key is no longer good
	Replay    = "replay"    // the signature was used before
	Rights    = "rights"    // the app may not do this
	Rate      = "rate"      // the app's own limit is reached
	Full      = "full"      // no more signatures can be remembered
)

// Reasons lists all of them, in the order in which they are checked, for help texts and tests.
var Reasons = []string{Unsigned, Key, Date, Uncovered, Body, Signature, Clock, Revoked, Replay, Rights, Rate, Full}

// Proved reports whether a request that is refused for the reason proved to be an app's. Only then is the name of the app
// certain, and may be counted or told apart in logs; before that anybody can write any key ID into a request.
func Proved(reason string) bool {
	switch reason {
	case Unsigned, Key, Date, Uncovered, Body, Signature:
		return false
	}
	return true
}
