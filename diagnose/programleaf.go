package diagnose

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// leaf is a value that a program writes into a header or parameter, and what was sent in its place.
// Tencent's Authorization has five:
//
//	TC3-HMAC-SHA256 Credential={secret_id}/{date}/{service}/tc3_request, SignedHeaders={names}, Signature={proof}
type leaf struct {
	// The name of its header or parameter.
	place string
	// It is a parameter of the query.
	param bool
	// The header is not sent if it is empty.
	optional bool
	part     program.TemplatePart
	kind     leafKind
	// The option that it is. Empty: it is not an option.
	option string

	// It was found in what was sent, as given.
	sent  bool
	given string
	// What is wrong with how it was written.
	causes []string
	// Further values that were given: the header came twice.
	also []string
}

// leafKind is what a leaf is made of, which decides what may be wrong with it.
type leafKind int

const (
	dateLeaf   leafKind = iota // now
	nonceLeaf                  // nonce
	idLeaf                     // the public part of the credential
	secretLeaf                 // the secret as it is
	proofLeaf                  // made with the secret
	sumLeaf                    // a hash without the secret
	otherLeaf                  // a list of names, a text that may be anything
)

// addLeaves notes the values of a template, those inside of a row that is encoded, too. secret has the
// options that are secrets: a hash of anything made with one is a proof, and any other use of one is
// the secret itself.
func (w *programmed) addLeaves(t program.Template, parts []program.TemplatePart, secret map[string]bool) {
	for i := range parts {
		part := parts[i]
		switch {
		case part.Source == "":
			continue
		case len(part.Parts) > 0:
			w.addLeaves(t, part.Parts, secret)
			continue
		}
		l := &leaf{place: t.Name, param: t.Verb == "query", optional: t.Optional, part: part, kind: otherLeaf}
		hashed := slices.ContainsFunc(part.Filters, program.Hashes)
		made := false
		for name := range part.Uses {
			option, ok := strings.CutPrefix(name, "opt.")
			made = made || ok && secret[option]
		}
		option, isOption := strings.CutPrefix(part.Value, "opt.")
		switch {
		case made && hashed:
			l.kind = proofLeaf
		case made && isOption:
			l.kind, l.option = secretLeaf, option
		case hashed:
			l.kind = sumLeaf
		case part.Layout != "":
			l.kind = dateLeaf
		case part.Value == "nonce":
			l.kind = nonceLeaf
		case isOption:
			l.kind, l.option = idLeaf, option
		}
		w.leaves = append(w.leaves, l)
	}
}

// encoders are the filters after the hash: hex, base64, urlencode.
func (l *leaf) encoders() (all []string) {
	for _, f := range l.part.Filters {
		switch {
		case program.Hashes(f):
			all = nil
		case !conditionalFilter(f):
			all = append(all, f)
		}
	}
	return all
}

// digest is the hash of a proof, and how it is written, for the profile.
func (l *leaf) digest() (name, form string) {
	for _, f := range l.part.Filters {
		if program.Hashes(f) {
			name, _, _ = strings.Cut(strings.TrimPrefix(f, "hmac_"), ":")
		}
	}
	form = "hex"
	if slices.Contains(l.encoders(), "base64") {
		form = "base64"
	}
	return name, form
}

// bytes is a leaf without its encoding, if it is written rightly; else it is the text itself. Proofs
// are compared as bytes, so that a wrong letter case of the digits is no wrong signature.
func (l *leaf) bytes(text string) string {
	if l.kind != proofLeaf {
		return text
	}
	plain, ok := program.Undo(l.encoders(), text)
	if !ok {
		return text
	}
	return plain
}

// wants are the readings of a leaf that was sent. A secret as it is has one, and another one behind a
// scheme.
func (l *leaf) wants(given string) []candidate {
	if l.kind == proofLeaf {
		return encodedWants(l.encoders(), given)
	}
	all := []candidate{{raw: []byte(given), exact: true}}
	if name, rest := scheme(given); name != "" { // a second scheme, or that of another vendor
		all = append(all, candidate{raw: []byte(rest), exact: true, causes: []string{"prefix_wrong"}})
	}
	return all
}

// noted marks readings as written in another form, and says in which.
func noted(wants []candidate, note string) []candidate {
	for i := range wants {
		wants[i].says = map[string]string{"signature_encoding": note}
	}
	return withCause(wants, "signature_encoding")
}

// encodedWants are the readings of a proof that encoders wrote. hex and base64 are read as loosely as
// those of vendors with a row; a percent-encoded signature may have been sent bare.
func encodedWants(encoders []string, given string) []candidate {
	exactly := []candidate{{raw: []byte(given), exact: true}}
	if len(encoders) == 0 {
		return exactly
	}
	last := encoders[len(encoders)-1]
	inner := encoders[:len(encoders)-1]
	switch {
	case last == "urlencode":
		plain := unescape(given, false)
		if plain == given && strings.ContainsAny(given, "+/=") {
			return noted(encodedWants(inner, given), "the signature was sent without percent escapes")
		}
		return encodedWants(inner, plain)
	case last == "hex" && len(inner) == 0:
		return hexWants(given)
	case last == "base64" && len(inner) == 0:
		return base64Wants(given)
	case last == "base64" && slices.Equal(inner, []string{"hex"}):
		var all []candidate
		if b, ok := anyBase64(given); ok {
			all = append(all, hexWants(string(b))...)
			all = append(all, noted([]candidate{{raw: b}}, "the bytes of the digest were written in Base64, and the vendor wants "+
				"Base64 of its hexadecimal form")...)
		}
		if hexSum.MatchString(given) {
			all = append(all, withCause(hexWants(given), "hex_for_base64")...)
		}
		return all
	}
	if plain, ok := program.Undo(encoders, given); ok {
		return []candidate{{raw: []byte(plain), exact: true}}
	}
	return exactly
}
