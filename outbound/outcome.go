//go:build go1.21

package outbound

import (
	"github.com/vendorsign/vendorsign/outbound/limits"
)

// Outcome is the result of signing a request, and what the gateway still has to do. With a Problem there is nothing to do but
// to answer with it: what the request took was given back. A gateway keeps the Outcome until the answer is there and gives it
// to Learn, so that the answer is judged for the credential that signed.
type Outcome struct {
	Problem *Problem // why the request must not be sent; nil: it was signed

	Target string // goes out as the request target
	Body   []byte // what was read to be signed; nil if the body streams
	Held   int64  // of the bodies' memory; Release it when the request is done, unless there is a Problem

	CloseAfter bool // the connection must carry no other request: the vendor may not have read the body

	ClockDue  bool // pass the answer to Learn, even if it is no refusal
	SettleDue bool // call Settle when the request is done
	FirstDue  bool // the vendor has not judged the credential yet: pass the answer's status to Learn
	AnswerDue bool // of Quick: ClockDue or FirstDue, or all answers are observed

	// What a repetition needs: the same token, hint and credential.
	credential *credential
	token      string
	more       map[string]string // that came with the token
	hint       map[string]string // of the client's request: see signers.Traits.Hint
	repeated   bool
	probe      bool
	turn       *limits.Reservation // in the rates; nil: no rate counts it
	round      int64               // of pauses: see limits.PauseFor
}

// Fingerprint is that of the credential that signed, or should have: the gate may have switched to another one since.
func (o Outcome) Fingerprint() string { return o.credential.fingerprint }
