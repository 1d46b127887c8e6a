package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

// longBase64 is what a hash, a MAC (base64Sum) or a longer signature may be.
var longBase64 = regexp.MustCompile(`[A-Za-z0-9+/]{20,}={0,2}`)

// placeholderIn looks for what a page writes in the place of a value: <token>, YOUR_KEY,
// COMPUTED_SIGNATURE. Each part between colons and slashes is looked at by itself.
//
//	Bearer YOUR_TOKEN  ->  YOUR_TOKEN
func (d *diagnosis) placeholderIn(value string) {
	if elided.MatchString(value) && !d.known(value) {
		d.placeholder = "..."
		return
	}
	if _, rest := scheme(value); rest != value && rest != "" && !placeholderText.MatchString(value) && !strings.ContainsAny(value[:1],
		"<{[(") {
		value = rest
	}
	value = longBase64.ReplaceAllStringFunc(value, func(text string) string { // by chance it holds any word between two slashes
		if base64Sum(text) || len(text) >= 64 && random(text) {
			return ""
		}
		return text
	})
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ':' || r == '/' }) {
		part = strings.TrimSpace(part)
		bare := strings.Trim(part, "<>{}[]()")
		bracketed := bare != part && bracketedWords.MatchString(part)
		if d.known(bare) || d.known(part) {
			continue
		}
		if bracketed || placeholderText.MatchString(part) || capitalWords.MatchString(part) || hiddenText.MatchString(part) {
			d.placeholder = part
			return
		}
	}
	for _, part := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(":/,;&= \t\"", r) }) {
		if hiddenText.MatchString(part) { // of a parameter, as in Signature=REDACTED
			d.placeholder = part
			return
		}
	}
}

// known reports whether a text is a part of the credential, or a signature, and so no placeholder,
// however it looks.
func (d *diagnosis) known(text string) bool {
	if hexSum.MatchString(text) || digitsOnly.MatchString(text) || len(text) > 40 || base64Sum(text) {
		return true
	}
	for _, p := range profiles {
		if p.KeyShape != nil && (p.IDShape.MatchString(text) || p.KeyShape.MatchString(text)) {
			return true
		}
	}
	for _, v := range d.Options {
		if strings.TrimSpace(v) == text {
			return true
		}
	}
	return false
}

// hiddenText is what people and logs write over a value before they show it, or over most of it: ***, [Filtered], AKIA...7Q.
var hiddenText = regexp.MustCompile(`(?i)^\W*([x█■•.#]{4,}|(x{3,}-)+x{3,}|redacted|hidden|removed|masked|omitted|snip(ped)?|` +
	`filtered|scrubbed|saniti[sz]ed|sensitive|secure)\W*$|` +
	`^\W*[\w+-]{0,12}(\*{3,}|\.{3,}|…|•{3,}|█{3,}|#{4,})[\w+-]{0,12}\W*$`)

// elided are the dots with which people end what they cut off: neither Base64 nor digits have them.
var elided = regexp.MustCompile(`(\.{3,}|…)[\])>]*$`)

var (
	bracketedWords = regexp.MustCompile(`^[<\[{(]+[A-Za-z][^<>\[\]{}()]*[>\]})]+$`)
	capitalWords   = regexp.MustCompile(`^[A-Z]{2,}([_ ][A-Z]{2,})+$`)
)

// unfilled answers for a request that was sent with a page's placeholder in the place of a value; nil:
// it was not. A value that somebody hid before pasting the request here is no mistake of the client,
// and the fix says so.
func (d *diagnosis) unfilled(m *match) *Finding {
	hidden := hiddenText.MatchString(d.placeholder)
	switch {
	case d.placeholder == "" || d.template != "" || d.answer.kind == rights || slices.Contains(d.facts, "secret_sent"):
		return nil
	case !hidden && (d.matched || m.has("secret_placeholder") || m.has("secret_quoted")):
		return nil
	case hidden && d.matched && !d.idHidden:
		return nil
	}
	if hidden {
		d.details["secret_placeholder"] = "a value was hidden (" + plain(d.placeholder) +
			") in what was given here: give the request as it was sent"
		d.fixes["secret_placeholder"] = "Give the request with its values; no answer shows them."
		return d.finding([]string{"secret_placeholder"}, false, nil)
	}
	d.details["secret_placeholder"] = "the placeholder " + plain(d.placeholder) + " was sent in the place of a value"
	return d.finding([]string{"secret_placeholder"}, d.secret != "", nil)
}

// hidesID records an ID over which something was written, and reports whether it was: it may be the configured one.
func (d *diagnosis) hidesID(id string) bool {
	if !hiddenText.MatchString(id) {
		return false
	}
	d.placeholder, d.idHidden = id, true
	return true
}

// base64Sum reports whether a text is as long as a hash or a MAC in Base64 and looks as random. One of some thousands begins with
// "My" or "Your", which is no placeholder then.
func base64Sum(text string) bool {
	sum, ok := anyBase64(text)
	return ok && slices.Contains([]int{16, 20, 28, 32, 48, 64}, len(sum)) && random(text)
}

// random reports whether a text has digits and letters of both cases, as Base64 of what is random.
func random(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.ToLower(text) != text && strings.ToUpper(text) != text
}
