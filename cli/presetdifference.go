package cli

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/cli/capture"
	"github.com/vendorsign/vendorsign/signers"
)

// difference finds where the signed request differs from the recorded one. Nothing that it shows holds
// a secret: values of secret options are replaced by their names, and of a scheme that sends its secret
// no header is shown. It compares the signed text, the target, the parameters and the headers, in this
// order, and ends at the first difference.
type difference struct {
	header  http.Header // of the request and of the signature
	target  string
	parts   []signers.Part
	reveals bool              // headers and parameters hold the secret, perhaps encoded: they are not shown
	hide    *strings.Replacer // names in place of secrets
}

// newDifference takes what was signed. The client's headers are compared too, but for those that the signer owns: a
// gateway removes them.
func newDifference(scheme signers.Scheme, values signers.Values, signer signers.Signer, signed http.Header, m *signers.Message,
	parts []signers.Part) *difference {
	d := &difference{header: maps.Clone(m.Header), target: m.Target, parts: parts, reveals: signer.Traits().SendsSecret}
	if d.header == nil {
		d.header = make(http.Header)
	}
	for _, name := range signer.Traits().Owns { // what a client sends of these does not go out
		delete(d.header, http.CanonicalHeaderKey(name))
	}
	maps.Copy(d.header, signed)
	var pairs []string
	hide := func(name, value string) {
		if len(value) >= 6 { // shorter ones are not secrets, and would match parts of other words
			pairs = append(pairs, value, "{"+name+"}")
		}
	}
	for _, o := range scheme.Options {
		for _, value := range values[o.Name] {
			if o.Secret {
				hide(o.Name, value)
			}
		}
	}
	for _, p := range parts {
		if p.Secret {
			hide(p.Label, p.Text)
		}
	}
	d.hide = strings.NewReplacer(pairs...)
	return d
}

// first describes the first difference; empty: none. What is signed is compared before the result: it
// says what to change, and a signature only that something is wrong.
func (d *difference) first(r *capture.Recorded) string {
	if r.Canonical != "" && signers.Join(d.parts) != r.Canonical {
		return d.canonical(r.Canonical)
	}
	if r.Target != "" && d.target != r.Target {
		return "the target differs\n" + d.texts(r.Target, d.target)
	}
	_, query, _ := strings.Cut(d.target, "?")
	parameters, _ := url.ParseQuery(query)
	for _, name := range slices.Sorted(maps.Keys(r.Query)) {
		if got := strings.Join(parameters[name], "\n"); got != r.Query[name] {
			return "the parameter " + name + differs(got) + d.texts(r.Query[name], got) + d.signed()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		got, want := strings.Join(d.header[http.CanonicalHeaderKey(name)], "\n"), strings.Join(r.Headers[name], "\n")
		if got != want {
			return "the header " + name + differs(got) + d.texts(want, got) + d.signed()
		}
	}
	return ""
}

// differs is the end of a sentence about a value.
func differs(got string) string {
	if got == "" {
		return " is missing\n"
	}
	return " differs\n"
}

// canonical names the part in which the signed text differs from the recorded one.
func (d *difference) canonical(want string) string {
	at := 0
	for _, p := range d.parts {
		switch {
		// Parts in a row are the text, so the first part that does not continue it is where the two
		// differ.
		case strings.HasPrefix(want[at:], p.Text):
			at += len(p.Text)
		case p.Secret:
			return "the signed text differs in the secret {" + p.Label + "}\n"
		default:
			return "the signed text differs in " + p.Label + "\n" + d.shown(want[at:], p.Text)
		}
	}
	return "the signed text ends too early\n" + d.shown(want[at:], "")
}

// signed lists what was signed, so that the reader can find what the vendor signs differently.
func (d *difference) signed() string {
	if len(d.parts) == 0 || d.reveals {
		return ""
	}
	var b strings.Builder
	b.WriteString("  this was signed:\n")
	width := labelWidth(d.parts)
	for _, p := range d.parts {
		fmt.Fprintf(&b, "    %-*s  %s\n", width, p.Label, shorten(d.hide.Replace(visible(p)), 100))
	}
	return b.String()
}

// texts shows what is sent, unless it may hold the secret: then only lengths are shown.
func (d *difference) texts(want, got string) string {
	if !d.reveals {
		return d.shown(want, got)
	}
	same := common(want, got)
	return fmt.Sprintf("  recorded are %d characters and made are %d, the first %d are the same; they are not shown, since they hold "+
		"the secret\n",
		utf8.RuneCountInString(want), utf8.RuneCountInString(got), same)
}

// shown shows two texts one above the other, from a little before their first difference.
//
//	recorded  GET␊/a␊1767323045
//	made      GET␊/b␊1767323045
//	               ^ first difference
func (d *difference) shown(want, got string) string {
	w, g := d.hide.Replace(visible(signers.Part{Text: want})), d.hide.Replace(visible(signers.Part{Text: got}))
	same := common(w, g)
	cut, dots := max(0, same-30), ""
	if cut > 0 {
		dots = "..."
	}
	end := func(s string) string { return dots + shorten(string([]rune(s)[cut:]), 90) }
	return fmt.Sprintf("  recorded  %s\n  made      %s\n            %s^ first difference\n", end(w), end(g),
		strings.Repeat(" ", len(dots)+same-cut))
}
