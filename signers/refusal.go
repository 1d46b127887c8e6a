//go:build go1.21

package signers

import (
	"bytes"
	"net/http"
)

// Answer is what a vendor answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // its first AnswerHead bytes are enough
}

// Refusal is what a vendor's answer says about the credential and its signature.
type Refusal string

// What a refusal is for.
const (
	Unrefused        Refusal = ""          // the answer is about something else
	RefusedClock     Refusal = "clock"     // the date is out of the vendor's window
	RefusedDate      Refusal = "date"      // the date is missing or unreadable
	RefusedSignature Refusal = "signature" // the signature does not fit
	RefusedKey       Refusal = "key"       // the vendor says that it does not know the key, which no client's request can cause
	RefusedRights    Refusal = "rights"    // the key is right and may not do this
	RefusedRate      Refusal = "rate"      // too many requests
	RefusedUnclear   Refusal = "unclear"   // refused, and the vendor says no more
)

// Refusals lists what a refusal can be for.
var Refusals = []Refusal{RefusedClock, RefusedDate, RefusedSignature, RefusedKey, RefusedRights, RefusedRate, RefusedUnclear}

// AnswerHead is how much of an answer's body Refusal needs to see.
const AnswerHead = 4 << 10

// Says reports whether the start of the answer's body holds text, which is in lower case, in any letter case. It is not a
// method: interpreted, the first two concurrent calls of a method race for its type (yaegi 0.16.1).
func Says(a Answer, text string) bool {
	body := a.Body
	if len(body) > AnswerHead {
		body = body[:AnswerHead]
	}
	return bytes.Contains(bytes.ToLower(body), []byte(text))
}

// RefusalOf is what a status alone says (RFC 9110, 15.5; RFC 6585).
func RefusalOf(status int) Refusal {
	switch status {
	case http.StatusUnauthorized:
		return RefusedUnclear
	case http.StatusForbidden:
		return RefusedRights
	case http.StatusTooManyRequests:
		return RefusedRate
	}
	return Unrefused
}
