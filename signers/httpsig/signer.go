//go:build go1.21

package httpsig

import (
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// signer signs as RFC 9421 says, for httpsig and web_bot_auth. It never changes after New, and may
// be used concurrently.
type signer struct {
	// vendor is the scheme's name, with which errors begin.
	vendor string
	key    *key
	// label is the signature's name in Signature and Signature-Input.
	label string

	// components are covered in this order.
	components []component
	// ids are those of all components, with a blank between: what Signature-Input has in
	// parentheses.
	ids string
	// skipAbsent says that a field that is absent is left out.
	skipAbsent bool
	// mayLack says that one may be: ids is not the same for all requests then.
	mayLack    bool
	parameters []parameter
	// expires is how long a signature is valid, in seconds, where parameters have expires.
	expires int64
	// nonce is the kind of the nonce, as in signers.Traits; empty: none is signed.
	nonce string

	// digest is the algorithm of Content-Digest: auto, sha-256 or sha-512; off: it is signed as the
	// client sent it.
	digest string
	// digestOnly says that nothing is signed.
	digestOnly bool
	// agent is the value of Signature-Agent; empty: it is not sent.
	agent string
	// isBot says that it is web_bot_auth.
	isBot bool

	warnings []string
}

// computesDigest reports whether the signer sets Content-Digest, for which it needs the whole body.
func (s *signer) computesDigest() bool { return s.digest != "off" && s.covers("Content-Digest") }

// Traits follow from components and parameters. Without a nonce one signature serves all equal requests of a second.
// Every configuration owns Signature and Signature-Input: a client's signature under another label
// would go out with the gateway's otherwise, and a verifier might take that one.
func (s *signer) Traits() signers.Traits {
	t := signers.Traits{
		Owns:     []string{"Signature", "Signature-Input"},
		Nonce:    s.nonce,
		Second:   s.nonce == "",
		Encoded:  true, // a digest is of the content as it is sent, with its encoding (RFC 9530, 2)
		Warnings: s.warnings,
		Unproven: s.digestOnly,
	}
	if s.digestOnly {
		t.Owns = []string{"Content-Digest"}
		t.Body = signers.WholeBody
		return t
	}
	if s.isBot {
		t.Owns = append(t.Owns, "Signature-Agent")
	}
	if s.computesDigest() {
		t.Owns = append(t.Owns, "Content-Digest")
		t.Body = signers.WholeBody
	} else if s.coversLength() {
		t.Body = signers.WholeBody
		t.BodyFirst = -1 // its length is enough
	}
	t.Proof = signers.Proof{Header: "Signature", How: howSigned(s.key)}
	t.Hints = map[signers.Refusal]string{
		signers.RefusedUnclear: "key_id, algorithm and components must be what the vendor expects",
	}
	if s.isBot {
		t.Hints = map[signers.Refusal]string{
			signers.RefusedUnclear: "signature_agent must show the key (vendorsign keys), or signature_agent_form must be string",
		}
	}
	return t
}

// coversLength reports whether the length of the body is signed: it is then announced, and the body need not be read for it.
func (s *signer) coversLength() bool {
	for i := range s.components {
		if s.components[i].kind == contentLength {
			return true
		}
	}
	return false
}

// Date is empty: the time of a signature is one of its parameters.
func (s *signer) Date(t time.Time) string { return "" }

// Sign adds Signature and Signature-Input, and what they cover of the signer's own.
//
//	Signature-Input: sig1=("@method" "@path");created=1767323045;keyid="k1"
//	Signature: sig1=:<base64>:
//
// Both are dictionaries, whose values are an inner list and bytes (RFC 9421, sections 4.1 and 4.2).
// With an error m is unchanged.
func (s *signer) Sign(m *signers.Message, at *signers.Moment) error {
	if s.digestOnly {
		digest, err := digestOf(s, m)
		if err == nil {
			m.Header["Content-Digest"] = []string{digest}
		}
		return err
	}
	var b base
	if err := prepare(s, &b, m, at); err != nil {
		return err
	}
	signature, err := sign(s.key, b.text)
	if err != nil {
		return err
	}
	// Set last, so that a failure changes nothing of m.
	if b.digest != "" {
		m.Header["Content-Digest"] = []string{b.digest}
	}
	if s.agent != "" {
		m.Header["Signature-Agent"] = []string{s.agent}
	}
	m.Header["Signature-Input"] = []string{s.label + "=" + b.input}
	m.Header["Signature"] = []string{s.label + "=:" + signature + ":"}
	return nil
}

// Canonical returns the signature base, a part for each line. Its labels are the names of the
// components without their quotes: @query-param;name="a". It has no secret parts.
func (s *signer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	if s.digestOnly {
		return nil, nil
	}
	var b base
	if err := prepare(s, &b, m, at); err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(b.text, "\n")
	parts := make([]signers.Part, 0, len(lines))
	for _, line := range lines {
		id, _, _ := strings.Cut(line, ": ")
		parts = append(parts, signers.Part{Label: strings.Replace(id, `"`, "", 2), Text: line})
	}
	return parts, nil
}

// Refusal goes by the status: RFC 9421 defines no answers.
func (s *signer) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }
