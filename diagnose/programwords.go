package diagnose

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

// fixesFor words what to do where the general sentence of a cause speaks of other vendors.
func (w *programmed) fixesFor(d *diagnosis) {
	for _, t := range w.templates {
		if t.Verb != "header" || !strings.EqualFold(t.Name, d.profile.ProofHeader) {
			continue
		}
		form := "Write the header " + t.Name + " as `" + shape(t.Parts) + "`."
		fixEach(d.fixes, "prefix_wrong prefix_missing token_separator basic_encoding wrong_scheme", form)
		d.details["token_separator"] = "the parts of " + t.Name + " are not joined as the vendor wants them"
	}
	encode := "Sign the target exactly as it is sent."
	if w.ordered != nil {
		encode = "Escape everything but A-Z a-z 0-9 - . _ ~ where the query is signed, with upper-case digits (RFC 3986)."
	}
	fixEach(d.fixes, escaped, encode)
	if digest := d.profile.Digest; digest != "" {
		d.fixes["wrong_digest"] = "Use " + strings.ToUpper(digest) + ": see `vendorsign explain`."
	}
	for _, filter := range []string{"base64", "hex"} {
		if strings.Contains(strings.Join(w.operations, " "), "|un"+filter) {
			d.fixes["secret_"+filter] = "Decode the secret and use the bytes as the key, not its text: the vendor decodes it first."
		}
	}
}

// shape is a template for people: values are names in braces.
//
//	SharedKey {account}:{signature}
//	Basic {base64 of {user}:{password}}
func shape(parts []program.TemplatePart) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Source == "" {
			b.WriteString(p.Text)
			continue
		}
		name := strings.TrimPrefix(p.Value, "opt.")
		switch {
		case slices.ContainsFunc(p.Filters, program.Hashes):
			name = "signature"
		case len(p.Parts) > 0 && slices.Contains(p.Filters, "base64"):
			b.WriteString("{base64 of " + shape(p.Parts) + "}")
			continue
		case len(p.Parts) > 0:
			b.WriteString(shape(p.Parts))
			continue
		case p.Value == "now":
			name = "date"
		case strings.HasPrefix(p.Value, "header_names:"):
			name = "signed headers"
		case strings.HasPrefix(p.Value, "'"):
			continue
		}
		b.WriteString("{" + name + "}")
	}
	return b.String()
}

// namesOf are the names under which clients keep an option's value: its own and those that it also has,
// the environment variable of the vendor's users, and the same with the vendor's name before them. A
// placeholder with such a name is a key that clients sign with by mistake: "{{ACME_API_KEY}}".
func (w *programmed) namesOf(d *diagnosis, option string) (all []string) {
	words := []string{"secret", "secret_key", "api_key", "key", "token"} // what pages call any secret
	prefixes := []string{d.Signer}
	for _, o := range w.scheme {
		if o.Name != option {
			continue
		}
		words = append(append([]string{o.Name}, o.Also...), words...)
		if o.Variable != "" {
			words = append([]string{strings.ToLower(o.Variable)}, words...)
			first, _, _ := strings.Cut(strings.ToLower(o.Variable), "_")
			prefixes = append(prefixes, first)
		}
	}
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, word := range words {
		for _, name := range append([]string{word}, joinEach(prefixes, "_"+word)...) {
			add(strings.ToUpper(name))
			add(name)
			add(strings.ReplaceAll(name, "_", "-"))
		}
		add(signers.Camel(word))
	}
	return all
}

// joinEach puts an ending behind each of some texts.
func joinEach(texts []string, ending string) (all []string) {
	for _, t := range texts {
		all = append(all, t+ending)
	}
	return all
}
