package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// draftPart is a parameter of the header: name="text", name=number, or a text without quotes. Of a text in quotes twice,
// as in keyId=""Test"" or keyId="\"Test\"", the inner ones belong to it.
var draftPart = regexp.MustCompile(`([A-Za-z]+)\s*=\s*(?:"(\\?"[^",=]+")"|"([^"]*)"|([0-9.]+)|([^\s",]+))`)

// readDraft reads the header with a signature of draft-cavage; false: there is nothing to check.
//
//	Authorization: Signature keyId="1",algorithm="rsa-sha256",headers="(request-target) host date",signature="BASE64"
//
// The draft knows two headers: Signature, and Authorization with the scheme Signature. Each vendor
// reads one of them.
func (s *signedMessage) readDraft() bool {
	d := s.d
	s.header = "Authorization"
	if !s.oracle {
		s.header = d.option("header", "Signature")
	}
	value := d.header(s.header)
	other := map[string]string{"Authorization": "Signature", "Signature": "Authorization"}[s.header]
	if value == "" && strings.Contains(d.Request.Header.Get(other), "keyId") {
		d.fact("wrong_header", "the signature was sent in the header "+other+", and the vendor reads "+s.header)
		s.header = other
		value = d.header(other)
	}
	switch {
	case value == "" && d.Request.Header.Get("Signature-Input") != "":
		d.fact("wrong_scheme", "the signature is one of RFC 9421, which came after draft-cavage and is verified otherwise")
		return false
	case value == "":
		d.missing(s.header)
		return false
	}
	name, rest := scheme(value)
	switch {
	case name != "" && strings.EqualFold(name, "signature") && s.header == "Authorization":
		value = rest
	case s.header == "Authorization" && name == "":
		d.fact("prefix_missing", "Authorization does not begin with Signature and a blank")
	case name != "" && !strings.Contains(name, "="):
		d.fact("prefix_wrong", "the value of "+s.header+" begins with "+plain(name)+", which does not belong there")
		value = rest
	}
	d.profile.ProofHeader = s.header
	for _, found := range draftPart.FindAllStringSubmatch(value, -1) {
		text := strings.ReplaceAll(found[2], `\"`, `"`) + found[3] + found[4] + found[5]
		p := messageParam{name: found[1], text: text, bare: found[4]+found[5] != ""}
		if _, again := s.param(p.name); again {
			d.fact("header_twice", "the parameter "+plain(p.name)+" appears twice in "+s.header)
			continue
		}
		s.params = append(s.params, p)
	}
	return s.readDraftParams(value)
}

// readDraftParams judges the parameters that were found, and takes from them what is covered. A
// signature without the parameter headers covers (created) or Date alone, as the drafts say.
func (s *signedMessage) readDraftParams(value string) bool {
	d := s.d
	signature, ok := s.param("signature")
	if !ok {
		if d.trueSecret() != "" && holds(value, d.trueSecret()) {
			d.fact("secret_sent")
			return false
		}
		d.fact("signature_parameter", s.header+" has no signature=\"...\"")
		return false
	}
	if id, _ := s.param("keyId"); id == "" {
		d.fact("signature_parameter", s.header+" has no keyId=\"...\"")
	}
	names, ok := s.param("headers")
	switch {
	case !ok && s.algorithmSent() == "hs2019":
		names = "(created)" // draft, 2.1.6
	case !ok:
		names = "date" // and before draft 11
	}
	s.names = strings.FieldsFunc(names, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	if lower := strings.ToLower(names); lower != names || strings.ContainsAny(names, ",;") {
		if strings.ContainsAny(names, ",;") {
			d.fact("signature_input", "headers in "+s.header+" are not names in lower case with a blank between two of them")
		} else { // some verifiers read the names in either case
			d.suspicion = "signature_input"
			d.doubt = "the names of headers in " + s.header + " are in capitals, and the drafts want them in lower case"
		}
		for i, n := range s.names {
			s.names[i] = strings.ToLower(n)
		}
	}
	if timed := slices.Contains(s.names, "(created)") || slices.Contains(s.names,
		"(expires)"); timed && s.algorithmSent() != "hs2019" &&
		s.algorithmSent() != "" {
		d.fact("signature_parameter", "(created) and (expires) must not be covered with the algorithm "+plain(s.algorithmSent())+
			", but with hs2019 (draft-cavage-http-signatures-12, 2.3)")
	}
	for _, p := range s.params {
		timed := (p.name == "created" || p.name == "expires") && s.covers("("+p.name+")")
		if timed && (!p.bare || !digitsOnly.MatchString(p.text)) {
			d.fact("signature_parameter", "the parameter "+p.name+" must be a whole number without quotes")
		}
	}
	if s.oracle {
		if version, _ := s.param("version"); version != "1" {
			d.fact("signature_parameter", "Authorization has no version=\"1\"")
		}
	}
	return s.takeRaw(signature)
}

// algorithmSent is the algorithm as the signature says it; empty: it does not.
func (s *signedMessage) algorithmSent() string {
	name := "alg"
	if s.draft {
		name = "algorithm"
	}
	text, _ := s.param(name)
	return text
}
