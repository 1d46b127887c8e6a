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
	// More are other values that came with it and are sent with it, such as a cookie; nil: there are none.
	More map[string]string
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

// TokenStep is how far the renewal of a token is. The gateway fills it; a TokenSource only reads it.
type TokenStep struct {
	// Host is the one that the credential is bound to, with a port if that is configured; of several the first.
	Host string
	// Plain says that the host is of this machine and speaks plain http, as a simulated vendor does.
	Plain bool
	// Current is the token to be replaced, which may have expired; without a text there is none.
	Current Token
	// Answers are those of the requests so far.
	Answers []TokenAnswer
	// Time is the gateway's.
	Time time.Time
	// Nonce is a fresh one for each request, of the kind that TokenSource.Nonce says.
	Nonce string
}

// TokenSource says how to get a vendor's token: what to send to which service, and how to read the answers. It sends nothing
// itself. A gateway calls Next and sends until there is nothing more to send, and then calls Parse. The functions are safe for
// concurrent use. They are fields rather than methods because yaegi calls those several times as fast.
type TokenSource struct {
	// First is the token in the configuration, or one without a text.
	First Token
	// Next is the request that follows the answers so far. There are no more if the answers are enough for Parse, or show that
	// Parse will fail. A token that is made locally, such as a JWT, needs no request at all.
	Next func(s *TokenStep) (r TokenRequest, more bool, err error)
	// Parse makes the token from the answers. Its errors name the status and what to look at, and show neither the token nor
	// an answer's body.
	Parse func(s *TokenStep) (Token, error)
	// End is the request that ends the session of TokenStep.Current; nil: sessions end by themselves.
	End func(s *TokenStep) (TokenRequest, error)
	// Refused reports whether an answer of the vendor says that the token is no longer valid; nil: the status 401 does.
	Refused func(a Answer) bool
	// Denied reports whether the last answer refuses the credential itself, so that asking again may lock an account, if its status
	// and the codes of OAuth 2.0 do not say so; nil: they do.
	Denied func(s *TokenStep) bool
	// Replaces says that a new token ends the previous one: nothing is sent with that one while it is renewed.
	Replaces bool
	// Endless says that the lifetime of a token is not known: only an answer of the vendor shows that it has expired.
	Endless bool
	// Nonce is the kind of TokenStep.Nonce; empty: there is none.
	Nonce string
	// More names the other values that come with the token: the keys of Token.More.
	More []string
	// Addresses are the addresses, other than the vendor's API, that credentials and tokens are sent to if the credential is bound
	// to host. A source always returns the same number of them, in the same order, and none if the token is made locally.
	Addresses func(host string) []string
	// Grant is the word with which a gateway's operator permits the source to others who write configurations, such as labels: it uses
	// the identity of the gateway's own machine or container, and not a secret that only they have. Empty if no permission is needed.
	Grant string
	// Machine says that Addresses are fixed ones of an agent on the gateway's machine, over plain http on purpose: they are reached
	// without a proxy, and Grant permits them.
	Machine bool
	// Hosted says that the gateway answers the requests itself instead of sending them, because it has something that a signer lacks,
	// such as a vendor's SDK.
	Hosted bool
	// Certified says that the service knows the client by its TLS certificate alone, which is in the gateway's options (RFC 8705, 2).
	Certified bool
	// Unshared says that the tokens are for this gateway alone, and are not stored.
	Unshared bool
	// Warnings are what an operator should know of what the tokens are fetched or made with.
	Warnings []string
	// Options are those to look at when the token service refuses the credential.
	Options []string
}
