package diagnose

import (
	"slices"
	"strings"
)

// leaked notes a secret that was sent in a place where nobody reads it: another header or the URL. It is on the wire
// then, and that comes before all else.
func (d *diagnosis) leaked() {
	secret := d.trueSecret()
	if len(secret) < 8 || d.answer.kind == accepted || slices.Contains(d.facts, "secret_sent") {
		return
	}
	holds := func(text string) bool {
		if strings.Contains(text, secret) || strings.Contains(unescape(text, false), secret) {
			return true
		}
		_, rest := scheme(strings.TrimSpace(text))
		b, ok := anyBase64(rest)
		return ok && strings.Contains(string(b), secret)
	}
	if holds(d.Request.Target) {
		d.fact("secret_sent", "the secret itself was sent in the URL")
		return
	}
	if !d.token && len(d.Request.Body) <= someWays && strings.Contains(string(d.Request.Body), secret) {
		d.fact("secret_sent", "the secret itself was sent in the body")
		return
	}
	if d.token && slices.Contains(d.facts, "header_not_sent") {
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

// own tells whether a header is one of those that the vendor's scheme uses.
func (d *diagnosis) own(name string) bool {
	return slices.Contains(schemeHeaders[d.Signer], strings.ReplaceAll(strings.ToLower(name), "_", "-"))
}

// schemeHeaders are the headers that the vendors' schemes use, one by one.
var schemeHeaders = map[string][]string{
	"duo":           {"authorization", "date", "x-duo-date"},
	"darktrace":     {"dtapi-token", "dtapi-date", "dtapi-signature"},
	"threatconnect": {"authorization", "timestamp"},
	"cortex":        {"authorization", "x-xdr-auth-id", "x-xdr-nonce", "x-xdr-timestamp"},
	"carbonblack":   {"x-auth-token"},
}

// credentialNames are what the vendors call the two parts of a credential.
var credentialNames = map[string][2]string{
	"duo":           {"integration key", "secret key"},
	"darktrace":     {"public token", "private token"},
	"threatconnect": {"access ID", "secret key"},
	"cortex":        {"key's ID", "key"},
	"carbonblack":   {"API ID", "API secret key"},
}

// keyForID words ids_swapped where only the key of the hash was the public part, and the ID that was sent is right.
func (d *diagnosis) keyForID(m *match) {
	if !m.publicKey || slices.Contains(d.facts, "ids_swapped") {
		return
	}
	names := credentialNames[d.Signer]
	d.details["ids_swapped"] = "the " + names[0] + " was used as the key of the signature, in place of the " + names[1]
	d.fixes["ids_swapped"] = "Sign with the " + names[1] + "."
}
