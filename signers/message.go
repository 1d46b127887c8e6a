//go:build go1.21

package signers

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// ErrMessage is wrapped by every error of Sign that the message itself causes: the vendor's scheme cannot cover it,
// whatever the configuration. Its text names the reason and quotes nothing.
var ErrMessage = errors.New("request cannot be signed")

// ErrBody is wrapped in place of ErrMessage if signing the message would be too much work because of its body.
var ErrBody = errors.New("body cannot be signed")

// ErrRights is wrapped in place of ErrMessage where the configuration does not permit what the message asks for.
var ErrRights = errors.New("request is not permitted")

// Detail is the text of an error of Sign or Claims.Read without the kind that it wraps, for callers that branch by the kind:
//
//	"acme: the request has no body: request cannot be signed" -> "acme: the request has no body"
func Detail(err error) string {
	for _, kind := range []error{ErrMessage, ErrRights, ErrBody, ErrClaimDate, ErrUncovered} {
		if errors.Is(err, kind) {
			return strings.TrimSuffix(err.Error(), ": "+kind.Error())
		}
	}
	return err.Error()
}

// Message is a request exactly as it goes out on the wire.
type Message struct {
	Method string
	Scheme string      // of the vendor's URL; empty: https, as gateways leave it, even if the connection is plain http
	Host   string      // the Host header or :authority, with its port if it has one
	Target string      // the request target: escaped path and query, byte for byte
	Header http.Header // as sent; Sign adds to it
	Body   []byte      // as sent, or as much of it as Traits.BodyFirst says; nil if Traits.Body is NoBody
	Length int64       // of the whole body, where Body is only its start; a smaller number than Body has counts for nothing
}

// BodyLength is the length of the body that goes out.
func BodyLength(m *Message) int64 {
	if own := int64(len(m.Body)); own > m.Length {
		return own
	}
	return m.Length
}

// Moment is everything that differs between two signatures of one message. Several requests may share one.
type Moment struct {
	Time  time.Time
	Date  string // the date or timestamp verbatim: what Signer.Date says of Time
	Nonce string // a fresh one for every attempt, of the kind that Traits.Nonce says
	Token string // the fetched token, where Traits.Tokens is set
	// More are other values that came with the token, and those of Traits.Hint.
	More map[string]string
	// Hint is what Traits.Hint took from the message.
	Hint map[string]string
}

// Hinted is the moment with what the signer's Traits.Hint takes from m, the message as the client sent it; at, where it takes
// nothing.
func Hinted(t Traits, m *Message, at *Moment) (*Moment, error) {
	if t.Hint == nil {
		return at, nil
	}
	hint, err := t.Hint(m)
	if err != nil {
		return nil, err
	}
	hinted := *at
	hinted.Hint = hint
	return &hinted, nil
}

// Part is a labelled piece of canonical text. Text includes the separator that follows the piece, so the texts of
// all parts in a row are exactly the bytes that were hashed.
type Part struct {
	Label  string
	Text   string
	Secret bool // never show Text; show the label in braces
}

// Join joins the parts to the hashed text, with every secret part shown as its label in braces.
func Join(parts []Part) string {
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
