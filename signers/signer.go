//go:build go1.21

package signers

import "time"

// Signer signs messages with one credential. It is safe for concurrent use, and its errors show no secret.
type Signer interface {
	// Traits says what a gateway must know about the signer. It is called once, when the credential is loaded.
	Traits() Traits
	// Date is what Sign writes as the date or timestamp at t; empty if the scheme has none.
	Date(t time.Time) string
	// Sign adds the headers that prove m to m.Header, which is not nil, and may change m.Target: the query may have to be
	// sent in another order. It is the only way to sign. If it fails it has changed nothing; an error that the message
	// itself causes wraps ErrMessage or ErrBody.
	Sign(m *Message, at *Moment) error
	// Canonical returns the text that Sign hashes, for people and tests; nothing where nothing is hashed.
	Canonical(m *Message, at *Moment) ([]Part, error)
	// Refusal says whether an answer of the vendor refuses the credential or its signature, and why.
	Refusal(a Answer) Refusal
}

// Traits are what a gateway must know about a signer before it sees a request.
type Traits struct {
	// Owns are the canonical names of the headers of every mode of the vendor: a client's copies must not reach it. A
	// trailing * matches all names with that prefix, which ends in a dash.
	Owns []string
	// Params are the parameters of a query that the signer sets or takes away: a client's copies must not reach the vendor
	// or the signer. Names are compared decoded and in any letter case; a semicolon separates parameters, too.
	Params []string
	// Guards are the vendor's endpoints that read, reset or make a credential, as "METHOD|METHOD /path" with * for any
	// method, * inside a path segment and ** for any segments or none, in lower case. Each closes what is below it too.
	Guards []string
	// OnlyHosts are the only hosts that the credential may be sent to, in the form of Scheme.Hosts; nil: any.
	OnlyHosts []string
	// Multiplexed are the paths of endpoints that choose what they do by a parameter or a body, written as in Guards: rules for
	// paths say nothing about what such a request does. They are closed without allow_multiplexed.
	Multiplexed []string
	// File is the name of the scheme if it is that of a file: see RegisterFiles. Empty: it is the vendor's.
	File string
	// Body says how much of a body the signature covers.
	Body Cover
	// Streams reports whether a covered body is not needed for m, whose Length is that of the body, or -1 if it is not known:
	// the vendor accepts it unsigned, or the client says its hash. max is the option max_body. nil: it is always needed.
	Streams func(m *Message, max int64) bool
	// Unprotected names the option by which bodies are not signed, so that TLS alone protects them; empty: none does.
	Unprotected string
	// Unsigned reports whether a client asks not to sign the body of m, so that TLS alone protects it. nil: clients cannot.
	Unsigned func(m *Message) bool
	// Encoded says that the vendor verifies a body as it arrives, before anything decodes it. For other schemes, a body with
	// a Content-Encoding is refused if the signature covers it.
	Encoded bool
	// Hint takes from a message as the client sent it, before owned headers are removed, what decides how it is signed, such as
	// the region. It is Moment.Hint when Sign is called; its errors are those of Sign. nil: nothing.
	Hint func(m *Message) (map[string]string, error)
	// Sets are those of Owns that Sign sets whatever a message has, where Hint is set, so that a client's need not be removed first.
	Sets []string
	// Closed reports whether a message with these values of Hint is for a service that reads, resets or makes credentials, as
	// Guards do for paths. nil: none is.
	Closed func(m *Message, hint map[string]string) bool
	// BodyFirst says how much of a covered body Sign needs, so that the rest can stream behind it: n for the first n bytes,
	// -1 for none but the length, 0 for all of it. Giving it more is never wrong.
	BodyFirst int64
	// BodyMethods are the methods whose bodies are covered; nil: all.
	BodyMethods []string
	// Nonce is the kind of Moment.Nonce: alnum:64, uuid, hex:16, base64:64, digits:19 and the like; empty: none is signed.
	Nonce string
	// Second says that one Date serves all requests of a second.
	Second bool
	// SendsSecret says that Sign sends the secret itself, or an equivalent token: whoever sees one request has it, and
	// not only a signature.
	SendsSecret bool
	// Probe is the vendor's cheapest harmless call, to see whether the credential works.
	Probe Probe
	// Tokens is the source of Moment.Token; nil: the scheme has none.
	Tokens *TokenSource
	// Proof says how to compute the header that authenticates a request, for people and their shells.
	Proof Proof
	// Hints name the option, and its other value, that may fix a refusal.
	Hints map[Refusal]string
	// Quotes is the text that an answer says Sign should have hashed, for Differing; empty: the answer has none. nil: the
	// vendor's answers never have it.
	Quotes func(a Answer) string
	// AsSent is that text for a message as it was sent, with its signature, so that an answer's can be compared with it; nil
	// where the message has none. It is set where Quotes is.
	AsSent func(m *Message) []Part
	// Hides are the canonical names of headers of the vendor's answers that contain a credential: clients must not
	// receive them.
	Hides []string
	// Unproven says that Sign proves nothing, which is for the command sign alone: a gateway refuses such a configuration.
	Unproven bool
	// Warnings are what an operator should know of the scheme when it is loaded.
	Warnings []string
	// DoubtHost says what is odd about a host that the credential is bound to, as when it contradicts other options; empty:
	// nothing. nil: any host fits.
	DoubtHost func(host string) string
	// Working is the most memory, in bytes, that Sign needs for m in addition to m itself; nil if it needs next to none.
	Working func(m *Message) int64
}

// Cover says how much of a body a signature covers.
type Cover int

// What is covered.
const (
	NoBody    Cover = iota // bodies stream through, and Message.Body is nil
	WholeBody              // bodies are read first, up to the option max_body
)

// Proof is the last step of a scheme: what becomes of the canonical text.
type Proof struct {
	// Header is the canonical name of the header that holds the proof.
	Header string
	// Value is what it holds. {signature} is the encoded hash, {token} a token that is fetched, any other name in braces the
	// value of that option; basic(user:password) is a value of HTTP basic authentication.
	Value string
	// Hash is HMAC-SHA1, HMAC-SHA256, HMAC-SHA512, or SHA-256 of a text that begins with the key; empty: nothing is hashed.
	Hash string
	// Encoding of the signature: hex in lower case, or base64 with padding.
	Encoding string
	// Key is the option whose value keys the hash.
	Key string
	// How says what is hashed in words, where Hash cannot.
	How string
	// Curl are options of curl with which it makes the proof itself. A name in braces is the value of that option, or of
	// its variable if it is secret.
	Curl string
}

// Probe is a request without a body.
type Probe struct{ Method, Target string }
