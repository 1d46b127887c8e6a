package diagnose

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// The forms are read more loosely than RFC 9651 defines them, so that what is wrong with them can be
// said.
var (
	// label= at the beginning of a member of a dictionary.
	memberForm = regexp.MustCompile(`^\s*([A-Za-z*][\w.*-]*)\s*=\s*`)
	// The components: an inner list in brackets.
	listForm = regexp.MustCompile(`^\(([^()]*)\)`)
	// One component with its parameters, with or without its quotes.
	itemForm = regexp.MustCompile(`"?(@?[^\s";(),]+)"?((?:;[a-z]+(?:=(?:"(?:[^"\\]|\\.)*"|[^;\s)"]+))?)*)`)
	// All components as the RFC writes them, but for the number of blanks.
	exactForm = regexp.MustCompile(`^(?:"[^"A-Z\s,]+"(?:;[a-z]+(?:=(?:"(?:[^"\\]|\\.)*"|[^;\s)"]+))?)*(?: +|$))*$`)
	// One parameter behind the list.
	alongForm = regexp.MustCompile(`^\s*;\s*([A-Za-z_][\w-]*)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]+))?`)
	// A byte sequence: Base64 between two colons.
	bytesForm = regexp.MustCompile(`^:([A-Za-z0-9+/]*={0,2}):$`)
)

// readMessage reads Signature-Input and Signature (RFC 9421, 4); false: there is nothing to check.
//
//	Signature-Input: sig1=("@method" "@path");created=1700000000;keyid="1"
//	Signature: sig1=:BASE64:
//
// Of several signatures the one with the configured label counts, else the first.
func (s *signedMessage) readMessage() bool {
	d := s.d
	s.header = "Signature"
	input, signature := s.combined("Signature-Input"), s.combined("Signature")
	switch draft := strings.Contains(signature, "keyId=") || strings.HasPrefix(d.Request.Header.Get("Authorization"), "Signature "); {
	case draft:
		d.fact("wrong_scheme", "the signature is one of draft-cavage-http-signatures, which came before RFC 9421 and is verified otherwise")
		return false
	case input == "" && signature == "":
		d.missing("Signature")
		return false
	case input == "":
		d.missing("Signature-Input")
		return false
	case signature == "":
		d.missing("Signature")
		return false
	}
	inputs, signatures := dictionary(input), dictionary(signature)
	if len(inputs) == 0 {
		d.fact("signature_input", "Signature-Input is not of the form label=(components);parameters")
		return false
	}
	chosen := inputs[0]
	for _, one := range inputs {
		if one[0] == d.option("label", "sig1") {
			chosen = one
		}
	}
	s.label = chosen[0]
	text := ""
	for _, one := range signatures {
		if one[0] == s.label {
			text = one[1]
		}
	}
	if text == "" && len(signatures) > 0 {
		d.fact("signature_label", "Signature-Input has the label "+plain(s.label)+", and Signature has "+plain(signatures[0][0]))
		text = signatures[0][1]
	} else if text == "" {
		d.fact("signature_label", "Signature is not of the form label=:BASE64:, with the label of Signature-Input")
		text = signature
	}
	return s.readInput(chosen[1]) && s.readSignature(text)
}

// combined is the value of a header whose members may be spread over several lines (RFC 9421, 4.3).
func (s *signedMessage) combined(name string) string {
	if values := s.d.Request.Header.Values(name); len(values) > 1 {
		labels := make(map[string]bool)
		for _, one := range dictionary(strings.Join(values, ", ")) {
			if labels[one[0]] {
				s.d.fact("header_twice", "the label "+plain(one[0])+" appears twice in "+name+": one is left over")
			}
			labels[one[0]] = true
		}
		return strings.Join(values, ", ")
	}
	return s.d.header(name)
}

// dictionary splits the members of a dictionary at the commas that are neither in quotes nor in
// brackets. Each is its label and the rest.
//
//	sig1=("@method" "@path");keyid="a,b", sig2=("date")  ->  sig1 and sig2
func dictionary(text string) (all [][2]string) {
	depth, quoted, begin := 0, false, 0
	end := func(at int) {
		if found := memberForm.FindStringSubmatch(text[begin:at]); found != nil {
			all = append(all, [2]string{found[1], strings.TrimSpace(text[begin+len(found[0]) : at])})
		}
		begin = at + 1
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			end(i)
		}
	}
	end(len(text))
	return all
}

// readInput reads the covered components and the parameters; false: there is no list, and so no text to
// check.
func (s *signedMessage) readInput(text string) bool {
	d := s.d
	s.input = text
	list := listForm.FindStringSubmatch(text)
	if list == nil {
		d.fact("signature_input", "Signature-Input has no list of components in brackets behind its label")
		return false
	}
	var items []string
	for _, found := range itemForm.FindAllStringSubmatch(list[1], -1) {
		name := strings.ToLower(found[1]) + found[2]
		if slices.Contains(s.names, name) {
			d.fact("signature_input", "the component "+plain(name)+" appears twice in Signature-Input (RFC 9421, 2)")
		}
		s.names, items = append(s.names, name), append(items, found[0])
	}
	exact := exactForm.MatchString(strings.Trim(list[1], " "))
	if !exact {
		d.fact("signature_input", "the components in Signature-Input are not names in quotes and lower case, with a blank between two of them")
	}
	rest, strict := text[len(list[0]):], ""
	for rest != "" {
		found := alongForm.FindStringSubmatch(rest)
		if found == nil {
			d.fact("signature_input", "the parameters in Signature-Input are not of the form ;name=value")
			exact = false
			break
		}
		if found[1] != strings.ToLower(found[1]) {
			d.fact("signature_parameter", "the parameter "+plain(found[1])+" of Signature-Input must be in lower case")
		}
		p := messageParam{name: found[1], text: found[2], bare: !strings.HasPrefix(found[2], `"`)}
		if !p.bare {
			p.text = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.Trim(p.text, `"`))
		}
		s.params = append(s.params, p)
		strict += ";" + found[1]
		if found[2] != "" {
			strict += "=" + found[2]
		}
		rest = rest[len(found[0]):]
	}
	if exact { // what is signed is not the text that was sent, but its strict form (RFC 9421, 2.3)
		s.input, s.inputSent = "("+strings.Join(items, " ")+")"+strict, text
	}
	for _, p := range s.params {
		number := p.name == "created" || p.name == "expires"
		if number != p.bare {
			form := "a text in quotes"
			if number {
				form = "a number without quotes"
			}
			d.fact("signature_parameter", "the parameter "+plain(p.name)+" of Signature-Input must be "+form)
		}
	}
	return true
}

// readSignature reads the signature, which is a byte sequence: Base64 between two colons.
func (s *signedMessage) readSignature(text string) bool {
	d := s.d
	if d.secretSent(strings.Trim(text, `":`)) {
		return false
	}
	if !bytesForm.MatchString(text) {
		d.fact("signature_encoding", "the signature is not base64 between two colons")
	} else if len(text)%4 != 2 && d.answer.kind != accepted {
		d.fact("signature_encoding", "the base64 of the signature has no padding (RFC 8941, 4.1.8)")
	}
	return s.takeRaw(strings.Trim(text, `": `))
}

// takeRaw decodes a signature that may be in another form than Base64, and records in which. false: it
// cannot be decoded.
func (s *signedMessage) takeRaw(text string) bool {
	if hexSum.MatchString(text) && len(text)%2 == 0 || len(text) > 128 && hexDigits.MatchString(text) {
		if wants := hexWants(text); len(wants) > 0 {
			s.d.fact("hex_for_base64")
			s.raw = wants[0].raw
			return true
		}
	}
	raw, ok := anyBase64(text)
	if !ok {
		s.d.fact("signature_encoding", "the signature is not base64")
		return false
	}
	if digits := strings.TrimRight(text, "="); s.draft && len(digits)%4 > 1 && len(text)%4 != 0 && s.d.answer.kind != accepted {
		s.d.fact("signature_encoding", "the base64 of the signature has no padding")
	}
	if strings.ContainsAny(text, "-_") {
		s.d.fact("signature_encoding", "the signature is written in the alphabet of base64url")
	} else if strings.ContainsAny(text, " \t\r\n") {
		s.d.fact("signature_encoding", "white space is in the base64 of the signature")
		raw, _ = anyBase64(strings.Join(strings.Fields(text), ""))
	}
	s.raw = raw
	s.unwrap()
	return true
}

// twiceForm is Base64 as encoders write it, of at least 26 digits.
var twiceForm = regexp.MustCompile(`^[A-Za-z0-9+/]{26,}={0,2}\s*$`)

// unwrap undoes a text that was encoded once more. Bytes of a signature do not happen to be such a
// text.
func (s *signedMessage) unwrap() {
	text := string(s.raw)
	switch inner, ok := anyBase64(strings.TrimSpace(text)); {
	case len(text) >= 32 && len(text)%2 == 0 && hexDigits.MatchString(text):
		s.d.fact("hex_for_base64", "the signature is the base64 of hexadecimal digits, and must be the base64 of the bytes")
		s.raw, _ = hex.DecodeString(text)
	case ok && twiceForm.MatchString(text):
		s.d.fact("signature_encoding", "the signature was encoded in base64 twice")
		s.raw = inner
	}
}

// hexDigits is a text of hexadecimal digits of any length: an RSA signature has 512 of them, more than
// hexSum takes.
var hexDigits = regexp.MustCompile(`^[0-9a-fA-F]+$`)
