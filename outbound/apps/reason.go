//go:build go1.21

package apps

// The reasons why a request is not that of an app, or not one that it may make, in the order in which they are checked. Up to
// Signature the client has not proved to be an app, and is not told which of them it is.
const (
	Unsigned  = "unsigned"  // there is no signature, or more than one
	Key       = "key"       // no app has the key
	Date      = "date"      // the date cannot be read
	Uncovered = "uncovered" // the signature leaves out what it must cover
	Body      = "body"      // the body is another one than the signature says
	Signature = "signature" // another key made it, or for another request
	Clock     = "clock"     // the date is too far from the gateway's clock
	Revoked   = "revoked"   // the key is no longer good
	Replay    = "replay"    // the signature was used before
	Rights    = "rights"    // the app may not do this
	Rate      = "rate"      // the app's own limit is reached
	Full      = "full"      // no more signatures can be remembered
)

// Reasons lists all of them.
var Reasons = []string{Unsigned, Key, Date, Uncovered, Body, Signature, Clock, Revoked, Replay, Rights, Rate, Full}

// Proved reports whether a request that is refused for the reason proved to be an app's.
func Proved(reason string) bool {
	switch reason {
	case Unsigned, Key, Date, Uncovered, Body, Signature:
		return false
	}
	return true
}
