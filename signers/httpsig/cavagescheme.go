//go:build go1.21

package httpsig

import (
	"net/textproto"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// cavage has the options of the draft. The draft calls rsa-sha256 and hmac-sha256 deprecated in
// favour of hs2019, and many APIs still take nothing else, so rsa-sha256 is the default.
func init() {
	signers.Register(signers.Scheme{
		Name:  "cavage",
		Title: "HTTP Signatures (draft-cavage)",
		Options: append(append([]signers.Option{
			{Name: "key_id", Kind: signers.ID, Apart: `",\`, Required: true, Sample: "1", Also: []string{"keyid", "kid"},
				Doc: "The key's name at the vendor."},
			{Name: "algorithm", Values: []string{"rsa-sha256", "hmac-sha256", "hs2019"}, Also: []string{"alg"},
				Doc: "rsa-sha256 (the default), hmac-sha256, or hs2019, which hides the algorithm: RSASSA-PSS, ECDSA on P-256 or HMAC with " +
					"SHA-512, or Ed25519, as the key is."},
		}, keyOptions...), []signers.Option{secretOption,
			// (created) and (expires) are numbers, which Signature repeats as parameters; a date is
			// a header of its own.
			{Name: "headers", Kind: signers.List, Also: []string{"signed_headers"},
				Doc: "What is signed, in this order: headers, (request-target), and with hs2019 (created) and (expires). By default " +
					"(request-target) host date, and digest where the request has a body; with hs2019 (created) in place of date."},
			// off is for clients whose Digest is already right, and for bodies that must stream.
			{Name: "digest", Values: []string{"auto", sha256Digest, sha512Digest, "off"},
				Doc: "The hash in Digest where digest is signed: by default (auto) sha-256. off signs what the client sent."},
			{Name: "header", Values: []string{"Signature", "Authorization"}, Also: []string{"placement"},
				Doc: "The header that the signature is sent in: Signature (the default) or Authorization."},
			{Name: "expires_in", Kind: signers.Duration, Doc: "With (expires): how long a signature is valid, as in 5m (the default)."},
		}...),
		New: newCavage,
	})
}

// newCavage refuses what the draft forbids, and combinations in which an option would do nothing.
// It collects all faults, so that an operator sees them at once. Without the option headers it
// signs
//
//	(request-target) host date             a request without a body
//	(request-target) host date digest      one with a body
//	(request-target) host (created) ...    with hs2019
func newCavage(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &cavage{vendor: "cavage", digest: v.Text("digest"), header: v.Text("header")}
	algorithm := v.Text("algorithm")
	var faults []signers.Fault
	add := func(option, text string) { faults = append(faults, fault(option, text)) }
	// The fault of a key must not hide those of other options.
	k, warnings, more := newCavageKey(v, algorithm)
	faults = append(faults, more...)
	s.warnings = warnings
	chosen := v["headers"]
	if len(chosen) == 0 {
		// The draft's own default is (created) alone (2.1.6), with which a signature would fit any other request, too.
		chosen = []string{"(request-target)", "host", "date"}
		if algorithm == "hs2019" {
			chosen[2] = "(created)"
		}
		// A request without a body has no digest: its signature has the lines before that one.
		s.bare = len(chosen)
		s.short = strings.Join(chosen, " ")
		if s.digest != "off" {
			chosen = append(chosen, "digest")
			s.skipDigest = true
		}
	}
	if text := s.cover(chosen, algorithm != "hs2019"); text != "" {
		add("headers", text)
	}
	// A digest that no signature covers would protect nothing.
	if s.digest != "auto" && len(v["headers"]) > 0 && !s.coversDigest {
		add("digest", "digest needs digest among the headers")
	}
	var text string
	if s.expires, text = lifetime(v.Text("expires_in")); text != "" {
		add("expires_in", text)
	}
	if v.Has("expires_in") && !s.timed {
		add("expires_in", "expires_in needs (expires) among the headers")
	}
	if len(faults) > 0 {
		return nil, faults
	}
	s.key = k
	// Option checks have refused quotes and backslashes in key_id (Apart), so it needs no escapes.
	s.before = `keyId="` + v.Text("key_id") + `",algorithm="` + algorithm + `",`
	if s.header == "Authorization" {
		s.before = "Signature " + s.before
	}
	s.after = `",signature="`
	return s, nil
}

// newCavageKey makes the key of an algorithm. That of hs2019 is chosen by the key (draft, appendix
// E.2): RSASSA-PSS with SHA-512, ECDSA with SHA-512, HMAC with SHA-512, or Ed25519.
func newCavageKey(v signers.Values, algorithm string) (*key, []string, []signers.Fault) {
	switch algorithm {
	case "rsa-sha256":
		return newKey(v, wire.RSASHA256, newSHA256, algorithm)
	case "hmac-sha256":
		return newKey(v, isMAC, newSHA256, algorithm)
	}
	k, warnings, faults := newKey(v, anySignature, newSHA512, algorithm)
	// RFC 9421 has r and s in a row and SHA-256; the draft has SHA-512, and clients of it write
	// DER.
	if len(faults) == 0 && k.n == wire.ECDSAP256SHA256 {
		k.n = wire.ECDSAP256SHA512ASN1
	}
	return k, warnings, faults
}

// headerName is what a header's name may be, in lower case (RFC 9110, section 5.6.2).
var headerName = regexp.MustCompile(`^[0-9a-z!#$%&'*+.^_|~-]{1,200}$`)

// cover sets the lines, or says what is wrong with them. Old algorithms must not sign the times in
// parentheses (draft, section 2.3). chosen is written in lower case.
func (s *cavage) cover(chosen []string, old bool) string {
	seen := make(map[string]bool)
	for i, name := range chosen {
		name = strings.ToLower(name)
		// The draft wants names in lower case, in headers="..." and in the text (2.1.6 and 2.3).
		chosen[i] = name
		// Every other name is a header that the client sends.
		l := line{kind: field, begin: name + ": ", name: textproto.CanonicalMIMEHeaderKey(name)}
		switch name {
		case "(request-target)":
			l.kind = targetLine
		case "(created)":
			l.kind = createdLine
			s.created = true
		case "(expires)":
			l.kind = expiresLine
			s.timed = true
		case "host":
			l.kind = hostField
		// The gateway sets Date, so a client cannot choose it.
		case "date":
			l.kind = dateLine
			s.setsDate = true
		// The gateway's client writes it; of the body only the length is needed.
		case "content-length":
			l.kind = contentLength
			s.coversLength = true
		case "digest":
			s.coversDigest = true
			if s.digest != "off" {
				l.kind = digestLine
			}
		}
		switch {
		// A verifier might take either line of the two.
		case seen[name]:
			return "header " + name + " appears twice"
		case old && (l.kind == createdLine || l.kind == expiresLine):
			return name + " needs algorithm hs2019: the draft forbids it with rsa-sha256 and hmac-sha256"
		// Also a word in parentheses that the draft does not have.
		case l.kind == field && !headerName.MatchString(name):
			return "headers must be names of headers, (request-target), (created) and (expires)"
		}
		if l.kind == field {
			if why := fieldFault(name); why != "" {
				return "header " + why
			}
			if why := fieldWarning(name); why != "" {
				s.warnings = append(s.warnings, "headers: "+why)
			}
		}
		seen[name] = true
		s.lines = append(s.lines, l)
	}
	if len(s.lines) > maxComponents {
		return "headers has too many entries"
	}
	// This is a warning and not a fault, since some APIs ask for no date.
	if !s.setsDate && !s.created && !s.timed {
		s.warnings = append(s.warnings, "headers has neither date nor (created) nor (expires): a signature is valid for ever")
	}
	s.names = strings.Join(chosen, " ")
	return ""
}
