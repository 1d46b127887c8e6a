package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// placed is a header or parameter with the leaves in it.
type placed struct {
	template program.Template
	leaves   []*leaf
}

// read takes apart what was sent, notes what can be seen, and sets up the search. What is expected of
// the leaves comes from signing the request: parts that this configuration leaves empty are no missing
// parts.
func (w *programmed) read(d *diagnosis) {
	w.takeSecrets(d)
	w.fixesFor(d)
	d.hostIn()
	expected := w.expected(d)
	for _, p := range w.placed() {
		w.readPlace(d, p, expected)
	}
	if d.Request.Header.Get("Authorization") == "" && w.signs() && d.signedInQuery("AccessKeyId", "SecretId") {
		d.stuck = true
		d.facts = nil // the headers belong to another version
		d.fact("wrong_signature_version", "the query has a signature, as an older version of the vendor's scheme sends it")
		return
	}
	w.readDate(d)
	w.readIDs(d)
	w.readAddress(d)
	w.readNames(d, expected)
	d.lookForUnsent()
	w.search(d)
}

// takeSecrets takes the secret that the profile names, unless one that is needed is missing: the
// request can then not be signed at all.
func (w *programmed) takeSecrets(d *diagnosis) {
	d.takeSecret(d.profile.Secret)
	for _, l := range w.leaves {
		if l.kind == secretLeaf && !l.optional && d.Options[l.option] == "" {
			d.secret = ""
		}
	}
	d.token = !w.signs()
}

// placed are the headers and parameters of the scheme.
func (w *programmed) placed() []placed {
	var all []placed
	for _, t := range w.templates {
		p := placed{template: t}
		for _, l := range w.leaves {
			if l.place == t.Name && l.param == (t.Verb == "query") {
				p.leaves = append(p.leaves, l)
			}
		}
		all = append(all, p)
	}
	return all
}

// parameter reads a parameter of the scheme. One that is signed as a part of the target stays in it, at the place that the client
// chose, unless it holds what is made with the secret; others are taken out, as the program adds them after the text.
func (w *programmed) parameter(d *diagnosis, p placed) string {
	whole := d.Request.Target
	value := d.takeParameter(p.template.Name)
	if !carries(p.leaves) && w.inTarget[p.template.Name] {
		d.Request.Target = whole
	}
	return value
}

// readPlace reads one header or parameter, and gives its leaves what was sent in their places. The
// first value of a header counts; of others the proofs are further readings.
func (w *programmed) readPlace(d *diagnosis, p placed, expected map[string]string) {
	t := p.template
	values := []string{""}
	if t.Verb == "query" {
		values[0] = w.parameter(d, p)
	} else {
		values = d.headers(t.Name)
	}
	switch wanted := slices.ContainsFunc(p.leaves, func(l *leaf) bool { return expected[l.part.Source] != "" }); {
	case values[0] != "":
	case t.Optional && t.Verb == "query" && !carries(p.leaves):
		return
	case t.Optional && !(wanted && d.answer.refusing()):
		if wanted && carries(p.leaves) {
			d.notSent = append(d.notSent, t.Name)
		}
		return
	case t.Optional:
		d.missing(t.Name)
		return
	default:
		w.missing(d, p)
		return
	}
	if carries(p.leaves) && w.signs() && bearerJWT.MatchString(values[0]) {
		d.fact("wrong_scheme", "a bearer token was sent in ", t.Name, ", and the configured credential signs")
		d.stuck = true
		return
	}
	parts := w.present(t.Parts, expected)
	if len(parts) == 1 && parts[0].Source == "" { // a text that is always the same
		return
	}
	prefix, _ := prefixOf(parts)
	if prefix = strings.TrimSpace(prefix); d.token && carries(p.leaves) && prefix != "" && strings.EqualFold(values[0], prefix) {
		d.fact("secret_empty", "nothing follows ", prefix, " in ", t.Name)
		d.stuck = true
		return
	}
	for i, value := range eachProof(parts, values) {
		texts, causes, ok := w.take(d, parts, value)
		if ok {
			w.reorder(d, p, texts)
		}
		if !ok && i == 0 {
			w.unread(d, p, value, causes)
		}
		if !ok {
			continue
		}
		if !carries(p.leaves) {
			d.factsOf(causes)
		}
		for _, l := range p.leaves {
			text, found := texts[l.part.Source]
			switch {
			case !found:
			case !l.sent:
				l.sent, l.given, l.causes = true, text, causes
			default:
				l.also = append(l.also, text)
			}
		}
	}
}

// bearerJWT is a JSON Web Token under its scheme.
var bearerJWT = regexp.MustCompile(`^(?i)Bearer\s+eyJ[\w-]+\.[\w-]+\.[\w-]*$`)

// carries reports whether a place holds more than public values.
func carries(leaves []*leaf) bool {
	return slices.ContainsFunc(leaves, func(l *leaf) bool { return l.kind == secretLeaf || l.kind == proofLeaf })
}

// present are the parts of a template without those that this configuration leaves empty. A text that
// depends on something is a text then.
func (w *programmed) present(parts []program.TemplatePart, expected map[string]string) []program.TemplatePart {
	var all []program.TemplatePart
	if len(parts) > 1 && strings.HasPrefix(parts[1].Text, " ") { // the name of the scheme may be an option
		if name, ok := strings.CutPrefix(parts[0].Value, "opt."); ok && !w.required[name] && len(w.values[name]) == 1 {
			parts = append([]program.TemplatePart{{Text: w.values[name][0] + parts[1].Text}}, parts[2:]...)
		}
	}
	for _, p := range parts {
		text := expected[p.Source]
		switch conditional := slices.ContainsFunc(p.Filters, conditionalFilter); {
		case p.Source == "" || !conditional:
			all = append(all, p)
		case text == "":
		case strings.HasPrefix(p.Value, "'"):
			all = append(all, program.TemplatePart{Text: text})
		default:
			all = append(all, p)
		}
	}
	return all
}

// conditionalFilter reports whether a filter makes a value depend on the request or on an option.
func conditionalFilter(f string) bool {
	return strings.HasPrefix(f, "when:") || strings.HasPrefix(f, "if:") || strings.HasPrefix(f, "if_method:")
}
