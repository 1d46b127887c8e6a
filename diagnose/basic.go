package diagnose

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// readBasic reads Basic authentication (RFC 7617) with an ID as the user and an HMAC in hexadecimal as
// the password, as the rows with read "basic" have it:
//
//	Date: Fri, 02 Jan 2026 03:04:05 -0000
//	Authorization: Basic base64("DIXXXXXXXXXXXXXXXXXX:" + hex(HMAC-SHA512(skey, text)))
//
// The text depends on the signature version: see versions.go.
func (d *diagnosis) readBasic() {
	p := d.profile
	d.takeSecret(p.Secret)
	name := p.DateHeader
	date := d.header(name)
	if !d.sent(name) {
		name = p.OtherDate
		date = d.header(name)
	}
	if date == "" {
		d.fact("date_not_sent")
	}
	d.dateSent(name, date)
	d.hostIn()
	// A header that appears twice is read twice: a signature that is right in either of the two says
	// which one is left over.
	values := d.headers(p.ProofHeader)
	if d.unproved(values[0]) {
		return
	}
	for _, v := range values {
		d.basicPair(v)
	}
	d.lookForUnsent()
	// A form under a wrong Content-Type is a fact only if the answer does not name another reason: the
	// vendor may have read the parameters after all.
	if d.refused = d.uncoveredForm(); d.refused == "content_type" {
		switch d.answer.kind {
		case noAnswer, badSignature, unclear:
			d.fact("content_type", d.details["content_type"])
		}
	}
	if d.secret != "" {
		d.versionFrames()
		return
	}
	_, digest := d.version()
	d.lengths(digest)
}

// sha1Sum is an HMAC-SHA1 in hexadecimal, the signature of the former version 1 (versions.go).
var sha1Sum = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)

// basicPair reads one value of the header. It takes off one layer after the other, and every layer that
// does not belong there becomes a cause of the readings below it, so that it is proved only together
// with the signature:
//
//	"Basic: DIX:abc"       prefix_wrong, basic_encoding, then ID DIX and signature abc
//	"Basic b'REk...'"      basic_encoding: the text of a Python bytes object
//	"base64(abc:DIX)"      ids_swapped, if abc is hexadecimal and DIX is not
func (d *diagnosis) basicPair(value string) {
	var prefix []string
	rest := value
	if rest = strings.Trim(value, "\"'"); rest != value {
		prefix = []string{"basic_encoding"}
		d.details["basic_encoding"] = "quotes surround the value of Authorization"
	}
	switch name, after := scheme(rest); {
	case name == d.profile.Scheme:
		rest = after
	case name == d.profile.Scheme+":":
		rest, prefix = after, append(prefix, "prefix_wrong")
		d.details["prefix_wrong"] = "the scheme was written with a colon (" + name + "), as if it were the name of a header"
	case name == "":
		prefix = append(prefix, "prefix_missing")
	default:
		rest, prefix = after, append(prefix, "prefix_wrong")
	}
	if lines := strings.Fields(rest); len(lines) > 1 && len(lines[0]) >= 64 { // base64 and MIME write lines of 76 digits
		whole := strings.Join(lines, "")
		if b, ok := anyBase64(whole); ok && strings.Contains(string(b), ":") && base64.StdEncoding.EncodeToString(b) == whole {
			d.fact("basic_encoding", "the Base64 was written in several lines (base64 -w 0 writes one)")
			rest = whole
		}
	}
	if name, after := scheme(rest); name != "" && !strings.Contains(rest, ":") { // a second one
		rest, prefix = after, append(prefix, "prefix_wrong")
	}
	text, causes := d.basicText(rest)
	d.see(text, true)
	user, password, ok := strings.Cut(text, ":")
	if text == "" || !ok {
		d.factsOf(append(prefix, causes...))
		if hexSum.MatchString(rest) && len(prefix) > 0 { // the signature alone
			d.fact("wrong_scheme", "the signature is alone in the Authorization header, without the integration key and Base64")
			d.wants = append(d.wants, hexWants(rest)...)
			return
		}
		if len(d.facts) == 0 || !ok && len(causes) == 0 {
			d.fact("basic_encoding", "the Authorization header does not hold integration key and signature joined by a colon")
		}
		return
	}
	if d.signature == "" {
		d.signature = password
	}
	if !d.secretSent(password) {
		d.idSent(user, password)
	}
	if d.stamp.text == "" && sha1Sum.MatchString(password) && d.profile.Undated != "" {
		d.details["date_not_sent"] = d.profile.Undated
	}
	wants := hexWants(password)
	if strings.TrimSpace(password) != password {
		wants = withNote(wants, "signature_encoding", "a line end or a blank follows the signature inside of the Base64 (echo without -n)")
	}
	if hexSum.MatchString(user) && !hexSum.MatchString(password) { // signature:ikey
		wants = append(wants, withCause(hexWants(user), "ids_swapped")...)
	}
	d.wants = append(d.wants, withCause(wants, append(prefix, causes...)...)...)
	if len(wants) == 0 {
		d.wants = append(d.wants, candidate{raw: []byte(password), causes: append(prefix, causes...), exact: true})
	}
}

// basicText decodes the Base64 of Basic authentication, in the forms in which clients write it. text is
// empty if it cannot be decoded. causes are basic_encoding if the form is not the one that RFC 7617
// wants: not encoded at all, twice, without padding, as UTF-16, or as Python prints bytes.
func (d *diagnosis) basicText(rest string) (text string, causes []string) {
	wrong := []string{"basic_encoding"}
	if strings.Contains(rest, ":") {
		return rest, wrong
	}
	if inner, ok := bytesText(rest); ok {
		d.details["basic_encoding"] = "the Base64 is the text of a Python bytes object: b'...' around it"
		text, _ := d.basicText(inner)
		return text, wrong
	}
	b, ok := anyBase64(rest)
	if !ok {
		return "", wrong
	}
	if plain, ok := fromUTF16(b); ok {
		d.details["basic_encoding"] = "key and signature were turned into bytes as UTF-16 before Base64"
		return plain, wrong
	}
	if inner, ok := bytesText(string(b)); ok {
		d.details["basic_encoding"] = "key and signature are the text of a Python bytes object: b'...' around them"
		return inner, wrong
	}
	if !strings.Contains(string(b), ":") {
		if twice, ok := anyBase64(string(b)); ok && strings.Contains(string(twice), ":") {
			return string(twice), wrong
		}
	}
	if base64.StdEncoding.EncodeToString(b) != rest {
		causes = wrong
	}
	return string(b), causes
}
