package diagnose

import (
	"cmp"
	"slices"
	"strings"
)

// leaked records a secret that was sent where nobody reads it: in another header or the URL. It has
// been exposed then, which is more important than anything else, because URLs and unknown headers are
// in the logs of servers and proxies. A secret that has to be sent as it is, and went to the vendor's
// own host in another header, is as safe as before: only the header's name is wrong.
//
// Secrets of less than eight characters are not looked for: they are parts of other words.
func (d *diagnosis) leaked() {
	if d.program == nil {
		d.leak(d.trueSecret())
		return
	}
	for _, o := range d.program.options {
		if o.Secret {
			d.leak(cmp.Or(strings.TrimSpace(d.Options[o.Name]), d.Options[o.Name]))
		}
	}
}

// leak records the places of one secret that leaked looks for.
func (d *diagnosis) leak(secret string) {
	if len(secret) < 8 || d.answer.kind == accepted || slices.Contains(d.facts, "secret_sent") {
		return
	}
	if d.token {
		d.fixes["secret_sent"] = "Send the secret in its own place alone, and replace it: it has been on the wire."
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
	}
	own := !slices.Contains(d.facts, "host_differs")
	var names []string
	for name, values := range d.Request.Header {
		if !d.own(name) && !(own && d.token && d.details["wrong_header"] != "") && slices.ContainsFunc(values, holds) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	name := slices.Min(names)
	missing := ""
	for _, n := range d.notSent {
		if d.carriesSecret(n) {
			missing = n
		}
	}
	switch {
	case !own || missing == "":
		d.fact("secret_sent", "the secret itself was sent in the header ", plain(name))
	case !slices.ContainsFunc(names, func(n string) bool { return misspelt(n, missing) }):
		d.facts = slices.DeleteFunc(d.facts, func(c string) bool { return c == "header_not_sent" })
		d.fact("wrong_header", "the credential was sent in the header ", plain(name), ", and the vendor reads ", missing)
	}
}

// carriesSecret reports whether a header of the scheme has a secret in it, as it is.
func (d *diagnosis) carriesSecret(name string) bool {
	return d.token && strings.EqualFold(name, d.profile.ProofHeader) ||
		slices.ContainsFunc(d.profile.secretHeaders, func(h string) bool { return strings.EqualFold(h, name) })
}

// own reports whether a header is one of those that the vendor's scheme uses, also under a look-alike
// name with _ for -.
func (d *diagnosis) own(name string) bool {
	return slices.Contains(d.profile.Headers, strings.ReplaceAll(strings.ToLower(name), "_", "-"))
}

// keyForID words ids_swapped where only the key of the hash was the public part, and the ID that was
// sent is right. "Exchange the two values" would be wrong advice there.
func (d *diagnosis) keyForID(m *match) {
	if !m.publicKey || slices.Contains(d.facts, "ids_swapped") || d.secretForID != "" {
		return
	}
	id, secret := d.profile.IDName, d.profile.SecretName
	d.details["ids_swapped"] = "the " + id + " was used as the key of the signature, in place of the " + secret
	d.fixes["ids_swapped"] = "Sign with the " + secret + "."
}
