package diagnose

import (
	"slices"
	"strings"
)

// leaked records a secret that was sent where nobody reads it: in another header or the URL. It has been exposed
// then, which is more important than anything else.
func (d *diagnosis) leaked() {
	secret := d.trueSecret()
	if len(secret) < 8 || d.answer.kind == accepted || slices.Contains(d.facts, "secret_sent") {
		return
	}
	holds := func(text string) bool {
		_, rest := scheme(strings.TrimSpace(text))
		b, ok := anyBase64(rest)
		return strings.Contains(text, secret) || strings.Contains(unescape(text, false), secret) || ok && strings.Contains(string(b), secret)
	}
	switch {
	case holds(d.Request.Target):
		d.fact("secret_sent", "the secret itself was sent in the URL")
		return
	case !d.token && len(d.Request.Body) <= someWays && strings.Contains(string(d.Request.Body), secret):
		d.fact("secret_sent", "the secret itself was sent in the body")
		return
	case d.token && slices.Contains(d.facts, "header_not_sent"):
		return
	}
	var names []string
	for name, values := range d.Request.Header {
		if !d.own(name) && !(d.token && d.details["wrong_header"] != "") && slices.ContainsFunc(values, holds) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		d.fact("secret_sent", "the secret itself was sent in the header ", plain(slices.Min(names)))
	}
}

// own reports whether a header is one of those that the vendor's scheme uses.
func (d *diagnosis) own(name string) bool {
	return slices.Contains(d.profile.Headers, strings.ReplaceAll(strings.ToLower(name), "_", "-"))
}

// keyForID words ids_swapped where only the key of the hash was the public part, and the ID that was sent is right.
func (d *diagnosis) keyForID(m *match) {
	if !m.publicKey || slices.Contains(d.facts, "ids_swapped") || d.secretForID != "" {
		return
	}
	id, secret := d.profile.IDName, d.profile.SecretName
	d.details["ids_swapped"] = "the " + id + " was used as the key of the signature, in place of the " + secret
	d.fixes["ids_swapped"] = "Sign with the " + secret + "."
}
