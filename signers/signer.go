//go:build go1.21

// Package signers holds the signature schemes of security vendors' APIs.
//
// A signer is a pure function of a message and a moment: it reads no clock, draws no random number, does no
// I/O and logs nothing. The caller decides what leaves and when; the signer says which headers prove it.
// Every file builds with the standard library of Go 1.21 alone and also runs interpreted by yaegi, so generics,
// custom error types and loops over bytes are avoided on purpose. Helpers of a type are functions rather than methods
// where every request needs them: interpreted, calling a method costs several times as much.
package signers

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// ErrMessage is wrapped by every error of Sign that the message itself causes: it has a form that the vendor's
// scheme cannot cover, and no configuration would help. Its text names the reason and quotes nothing.
var ErrMessage = errors.New("request cannot be signed")

// ErrBody is wrapped in place of ErrMessage where the body is what makes it too much work to sign the message.
var ErrBody = errors.New("body cannot be signed")

// Message is a request exactly as it goes out on the wire.
type Message struct {
	Method string
	Host   string      // the Host header or :authority, with its port if it has one
	Target string      // the request target: escaped path and query, byte for byte
	Header http.Header // as sent, without the headers that the signer adds
	Body   []byte      // as sent; only read if the signer's Needs say so
}

// Moment is all that differs between two signatures of one message.
type Moment struct {
	Time  time.Time
	Date  string // the date or timestamp text verbatim; empty: made from Time
	Nonce string // a fresh one for every attempt, where Needs.Nonce is set
	Token string // the fetched token, where Needs.Token is set
}

// Needs says what a signature takes beyond request line and headers.
type Needs struct {
	Body  bool // Message.Body is covered
	Nonce bool // Moment.Nonce is covered
	Token bool // Moment.Token is sent
}

// Part is a labelled piece of canonical text. Text includes the separator that follows the piece, so the texts of
// all parts in a row are exactly the bytes that were hashed.
type Part struct {
	Label  string
	Text   string
	Secret bool // never show Text; show the label in braces
}

// Signer signs messages with one credential. It is safe for concurrent use.
type Signer interface {
	// Owns lists the canonical names of the headers of every mode of this vendor. A trailing * stands for all names
	// with that prefix, which ends in a dash. A client's copies of them must not reach the vendor.
	Owns() []string
	// Guards lists the vendor's endpoints that read, reset or make a credential, as "METHOD|METHOD /path" with * for any
	// method, * inside a path segment and ** for any segments or none, in lower case. Each closes what is below it, too.
	Guards() []string
	// Needs says what Sign wants beside method, host, target and headers.
	Needs() Needs
	// SendsSecret reports whether Sign sends the secret, or a token that is as good, as it is: whoever sees one request
	// has it then, and not only a signature.
	SendsSecret() bool
	// Date is what Sign writes for every time within t's second, so that callers need not have it made for each
	// request; empty if the scheme has no date or a finer one.
	Date(t time.Time) string
	// Sign sets the headers that prove m in out, and writes nothing if it fails. The returned target must go out
	// in place of m.Target; mostly it is the same.
	Sign(m *Message, at Moment, out http.Header) (target string, err error)
	// Refusal says whether the vendor's answer, of whose body the first AnswerHead bytes are enough, refuses the
	// credential, and why.
	Refusal(status int, header http.Header, body []byte) Refusal
	// Probe is the vendor's cheapest harmless call, to see whether the credential works.
	Probe() (method, target string)
	// Canonical returns the text that Sign hashes, for people and tests. It is empty where nothing is hashed.
	Canonical(m *Message, at Moment) ([]Part, error)
}

// Quick is what a signer also is if most of its signatures take nothing but the request's head and a date that is the
// same for a second. A gateway that is interpreted spares a request half of what Sign costs by it.
type Quick interface {
	// Quick returns a function that signs as Sign does, or nil if the options leave nothing for it to sign. The
	// function signs r, which has no body if bodies are covered, by headers in r, at a time whose Date is date. The
	// target is r.RequestURI. It puts the target that must go out there, or does nothing and reports that Sign must be
	// called.
	Quick() func(r *http.Request, date string) bool
}

// QuickFresh is Quick for signatures that take a nonce and the time itself.
type QuickFresh interface {
	QuickFresh() func(r *http.Request, at Moment) bool
}

// Working is what a signer also is if Sign takes memory in proportion to the message.
type Working interface {
	// Working is the memory in bytes that Sign takes for m at most, in addition to m itself.
	Working(m *Message) int64
}

// Hinter is what a signer also is if a refusal has a usual reason in its options.
type Hinter interface {
	// Hint names the option and the other value that it may need; empty: there is nothing to say.
	Hint(refusal Refusal) string
}

// Text joins the parts to the hashed text, with every secret part shown as its label in braces.
func Text(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Secret {
			b.WriteString("{" + p.Label + "}")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
