//go:build go1.21

package signers

import (
	"errors"
	"net/http"
	"time"
)

// What may be wrong with the signature that an application made, as far as it can be seen without its key. Errors of Claims.Read
// wrap one of them; their texts quote nothing.
var (
	// ErrUnsigned means that the message has no signature of the scheme, or more than one.
	ErrUnsigned = errors.New("request is not signed")
	// ErrClaimDate means that the date or the nonce of the signature cannot be read.
	ErrClaimDate = errors.New("date of the signature cannot be read")
	// ErrUncovered means that the signature leaves out something that changes what the request does.
	ErrUncovered = errors.New("request is not covered by its signature")
)

// Claims is how to verify what an application signed with a local key. The application signs as if it talked to the vendor;
// the gateway signs the same message again with that key, for the moment that the application claims, and compares the proofs.
// So there is no second formula.
type Claims struct {
	// Key and Secret are the options that the two halves of a local key fill.
	Key, Secret string
	// Fixed are further options that the signer needs to verify, whatever the message.
	Fixed Values
	// Nonce says that every signature has a nonce, so that two of one application never are the same.
	Nonce bool
	// Method says that the signature covers the method. If it does not, the signature of a harmless request is valid for
	// others, too.
	Method bool
	// Scheme says that the signature covers the scheme of the URL. The app's may differ from what the gateway sees if something
	// between them terminates TLS, so both are tried.
	Scheme bool
	// Portless says that clients may sign the host without its port, which the host that the gateway sees may have: both are tried,
	// also if the signer itself leaves the port out.
	Portless bool
	// Hex says that proofs are in hex, and that a Claim has them in lower case, so that another spelling does not count as
	// another signature.
	Hex bool
	// Nothing says that the signature covers no part of the request: anyone who sees it can use it for another one.
	Nothing bool
	// Coarse is the precision of the signed date: with an hour, anyone can change the minutes.
	Coarse time.Duration
	// Spelled says that the scheme takes a secret in more than one spelling, as in hex or behind a region's prefix: two texts may be
	// one secret.
	Spelled bool
	// KeySent is the key ID as a message has it, where that differs from the option; nil: it does not.
	KeySent func(id string) string
	// Read reads the signature of m, which is as the application sent it, and whose Body need not be there. It changes nothing
	// of m. With an error that wraps ErrUnsigned there is no Claim; with any other, it has the key all the same.
	Read func(m *Message) (*Claim, error)
	// Prove returns what makes the proofs of a signer of the scheme, in the form of Claim.Proof, by the same formula as its Sign. What
	// it returns takes a message whose Target and Header are those of a Claim, and changes nothing of it.
	Prove func(s Signer) ProveFunc
}

// ProveFunc makes the proof of a message, as Sign does, without adding it.
type ProveFunc func(m *Message, at *Moment) (string, error)

// Claim is what a message says about its own signature.
type Claim struct {
	// Key is the public half of the key.
	Key string
	// At is the moment that was signed, with the date verbatim. It is never nil.
	At *Moment
	// Proof is the signature.
	Proof string
	// Life is how long the signature says that it is valid after At.Time; 0 if it does not say.
	Life time.Duration
	// Target and Header are what was signed: those of the message without the signature. Header is nil where it is the message's own,
	// of which the signer takes what was signed.
	Target string
	Header http.Header
	// Placeholder is what Authorization contains in a verified request whose signature was in the query, for the Hint of the
	// scheme's signer: see Traits.Hint. Empty: the signature was in headers.
	Placeholder string
	// Tries are sets of options that the message does not reveal, such as the version of the scheme: one of them must fit. Empty
	// if there are no such options.
	Tries []Try
	// BodyHash is the SHA-256 in hex that the body must have; empty: the signature covers the body itself, or not at all.
	BodyHash string
	// Unsigned says that the signature leaves the body out, as the vendor permits; it need not be read.
	Unsigned bool
	// WithBody is an error that wraps ErrUncovered if the message must not have a body; nil: it may.
	WithBody error
}

// Try is a set of options that a message may have been signed with.
type Try struct {
	// Name tells the tries of a scheme apart.
	Name    string
	Options Values
	// Claimed says that name and options are words of the client, which has proved nothing yet: there may be any number of them.
	Claimed bool
}

// Single is the value of a header that occurs exactly once; empty if it does not, or has no value.
func Single(h http.Header, name string) string {
	if values := h[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}
