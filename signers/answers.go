//go:build go1.21

package signers

// KnownAnswer is what a vendor is known to say when it refuses a credential. Signers judge a refusal by such answers, and
// diagnosis reads an answer with them.
type KnownAnswer struct {
	Code    int    // in the field code of the vendor's JSON; 0: any
	Text    string // in the body, in lower case; empty: any
	Refusal Refusal
}

// KnownRefusal is what an answer with this code says, and whether it is a known one.
func KnownRefusal(known []KnownAnswer, code int, a Answer) (Refusal, bool) {
	for _, k := range known {
		if (k.Code == 0 || k.Code == code) && (k.Text == "" || Says(a, k.Text)) {
			return k.Refusal, true
		}
	}
	return Unrefused, false
}
