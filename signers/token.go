//go:build go1.21

package signers

import (
	"net/http"
	"time"
)

// Token is what a TokenSource yields.
type Token struct {
	Text    string
	Expires time.Time // zero: not known
}

// TokenRequest is a request that fetches a token. URL, Header and Body hold secrets and must not be logged.
type TokenRequest struct {
	Method, URL string
	Header      http.Header
	Body        string
}

// TokenAnswer is what comes back. Body holds a secret and must not be logged.
type TokenAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// TokenSource is how a vendor's token is fetched: it says what to send and reads what comes back, and sends nothing
// itself. A token takes one request; sources of several steps get the answers so far with the first scheme that needs them.
type TokenSource interface {
	// First is the token that the configuration brings, or one without a text.
	First() Token
	// Next fetches a token in place of current, which may be expired.
	Next(current Token) TokenRequest
	// Parse reads the answer. Its errors show neither the token nor the body.
	Parse(answer TokenAnswer, now time.Time) (Token, error)
	// Replaces reports whether a new token ends the one before: nothing is sent with that one while it is renewed.
	Replaces() bool
}
