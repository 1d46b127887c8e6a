package diagnose

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// leaf is a value that a program writes into a header or parameter.
type leaf struct {
	place    string // the header's name, or the parameter's
	param    bool
	optional bool
	part     program.TemplatePart
	kind     leafKind
	option   string   // that it is
	outer    []string // filters around the row that it belongs to

	sent   bool
	given  string
	causes []string // what is wrong with how it was written
	also   []string // further values that were given: the header came twice
}

type leafKind int

const (
	dateLeaf   leafKind = iota // now
	nonceLeaf                  // nonce
	idLeaf                     // the public part of the credential
	secretLeaf                 // the secret as it is
	proofLeaf                  // made with the secret
	sumLeaf                    // a hash without the secret
	otherLeaf                  // a list of names, a text that may be anything
)

// placed is a header or parameter with the leaves in it.
type placed struct {
	template program.Template
	leaves   []*leaf
}

// addLeaves notes the values of a template, those inside of a row that is encoded, too.
func (w *programmed) addLeaves(t program.Template, parts []program.TemplatePart, secret map[string]bool) {
	for i := range parts {
		part := parts[i]
		switch {
		case part.Source == "":
			continue
		case len(part.Parts) > 0:
			w.addLeaves(t, part.Parts, secret)
			continue
		}
		l := &leaf{place: t.Name, param: t.Verb == "query", optional: t.Optional, part: part, kind: otherLeaf}
		hashed := slices.ContainsFunc(part.Filters, program.Hashes)
		made := false
		for name := range part.Uses {
			option, ok := strings.CutPrefix(name, "opt.")
			made = made || ok && secret[option]
		}
		option, isOption := strings.CutPrefix(part.Value, "opt.")
		switch {
		case made && hashed:
			l.kind = proofLeaf
		case made && isOption:
			l.kind, l.option = secretLeaf, option
		case hashed:
			l.kind = sumLeaf
		case part.Layout != "":
			l.kind = dateLeaf
		case part.Value == "nonce":
			l.kind = nonceLeaf
		case isOption:
			l.kind, l.option = idLeaf, option
		}
		w.leaves = append(w.leaves, l)
	}
}

// read takes apart what was sent, notes what can be seen, and sets up the search.
func (w *programmed) read(d *diagnosis) {
	w.takeSecrets(d)
	d.hostIn()
	expected := w.expected(d)
	for _, p := range w.placed() {
		w.readPlace(d, p, expected)
	}
	w.readDate(d)
	w.readIDs(d)
	d.lookForUnsent()
	w.search(d)
}

// takeSecrets is the secret that the profile names, unless one that is needed is missing.
func (w *programmed) takeSecrets(d *diagnosis) {
	d.takeSecret(d.profile.Secret)
	for _, l := range w.leaves {
		if l.kind == secretLeaf && !l.optional && d.Options[l.option] == "" {
			d.secret = ""
		}
	}
	d.token = !w.signs()
}

// placed are the headers and parameters of the scheme. A parameter that holds public values alone stays what it is: the client
// chose its place, and it is signed as a part of the target.
func (w *programmed) placed() []placed {
	var all []placed
	for _, t := range w.templates {
		p := placed{template: t}
		for _, l := range w.leaves {
			if l.place == t.Name && l.param == (t.Verb == "query") {
				p.leaves = append(p.leaves, l)
			}
		}
		if t.Verb == "header" || carries(p.leaves) {
			all = append(all, p)
		}
	}
	return all
}

// readPlace reads one header or parameter.
func (w *programmed) readPlace(d *diagnosis, p placed, expected map[string]string) {
	t := p.template
	values := []string{""}
	if t.Verb == "query" {
		values[0] = d.takeParameter(t.Name)
	} else {
		values = d.headers(t.Name)
	}
	switch wanted := slices.ContainsFunc(p.leaves, func(l *leaf) bool { return expected[l.part.Source] != "" }); {
	case values[0] != "":
	case t.Optional && !(wanted && d.answer.refusing()):
		return
	case t.Optional:
		d.missing(t.Name)
		return
	default:
		w.missing(d, p)
		return
	}
	parts := present(t.Parts, expected)
	if len(parts) == 1 && parts[0].Source == "" { // a text that is always the same
		return
	}
	for i, value := range values {
		texts, causes, ok := w.take(d, parts, value)
		if !ok && i == 0 {
			w.unread(d, p, value, causes)
		}
		if !ok {
			continue
		}
		if !carries(p.leaves) {
			for _, c := range causes {
				d.fact(c)
			}
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

// carries reports whether a place holds more than public values.
func carries(leaves []*leaf) bool {
	return slices.ContainsFunc(leaves, func(l *leaf) bool { return l.kind == secretLeaf || l.kind == proofLeaf })
}

// present are the parts of a template without those that this configuration leaves empty. A text that depends on something is
// a text then.
func present(parts []program.TemplatePart, expected map[string]string) []program.TemplatePart {
	var all []program.TemplatePart
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

func conditionalFilter(f string) bool {
	return strings.HasPrefix(f, "when:") || strings.HasPrefix(f, "if:") || strings.HasPrefix(f, "if_method:")
}

// take finds the values of a template in a text that was sent, by their sources, in the ways in which clients write it.
func (w *programmed) take(d *diagnosis, parts []program.TemplatePart, value string) (texts map[string]string, causes []string, ok bool) {
	texts = make(map[string]string)
	for _, way := range spellings(parts, value) {
		found, ok := program.Match(way.parts, way.value)
		if !ok {
			continue
		}
		causes = way.causes
		for i, p := range way.parts {
			if p.Source == "" {
				continue
			}
			if len(p.Parts) == 0 {
				texts[p.Source] = found[i]
				continue
			}
			inner, wrong, ok := d.inner(p, found[i])
			causes = append(slices.Clone(causes), wrong...)
			if !ok {
				return nil, causes, false
			}
			more, wrong, ok := w.take(d, p.Parts, inner)
			causes = append(causes, wrong...)
			if !ok {
				return nil, causes, false
			}
			for source, text := range more {
				texts[source] = text
			}
		}
		return texts, causes, true
	}
	if named := byNames(parts, value); named != nil {
		return named, []string{"token_separator"}, true
	}
	return nil, nil, false
}

// inner undoes what encodes a row of values.
func (d *diagnosis) inner(p program.TemplatePart, text string) (string, []string, bool) {
	if slices.Contains(p.Filters, "base64") {
		plain, causes := d.basicText(text)
		return plain, causes, plain != ""
	}
	plain, ok := program.Undo(p.Filters, text)
	if ok && slices.Contains(p.Filters, "urlencode") && plain == text && strings.ContainsAny(text, "=&+/") {
		return plain, []string{"signature_encoding"}, true
	}
	return plain, nil, ok
}

// way is one reading of a value.
type way struct {
	parts  []program.TemplatePart
	value  string
	causes []string
}

// spellings are the readings of a value: as the template has it, in quotes, with another scheme before it, or none.
func spellings(parts []program.TemplatePart, value string) []way {
	all := []way{{parts: parts, value: value}}
	if bare := strings.Trim(value, "\"'"); bare != value {
		all = append(all, way{parts, bare, []string{"secret_quoted"}})
	}
	prefix, rest := prefixOf(parts)
	if prefix == "" {
		return all
	}
	name, after := scheme(value)
	trimmed := strings.TrimSpace(prefix)
	known := strings.EqualFold(trimmed, "basic") || strings.EqualFold(trimmed, "bearer") // RFC 9110, 11.1: in any letter case
	switch {
	case len(value) > len(prefix) && strings.EqualFold(value[:len(prefix)], prefix):
		w := way{rest, strings.TrimSpace(value[len(prefix):]), []string{"prefix_wrong"}}
		if known {
			w.causes = nil
		}
		all = append(all, w)
	case name != "":
		all = append(all, way{rest, after, []string{"prefix_wrong"}})
	}
	if len(trimmed) < len(prefix) && len(value) > len(trimmed) && strings.HasPrefix(value, trimmed) { // without the blank
		all = append(all, way{rest, value[len(trimmed):], []string{"prefix_wrong"}})
	}
	if i := strings.IndexAny(value, "=,:"); i > 0 && i < 12 && !strings.Contains(prefix, " ") {
		all = append(all, way{rest, value[i+1:], []string{"prefix_wrong"}})
	}
	all = append(all, way{rest, value, []string{"prefix_missing"}})
	if len(rest) == 2 && rest[0].Source == "" { // a name after the scheme is left out, too
		for _, w := range slices.Clone(all) {
			if len(w.causes) > 0 && len(w.parts) == 2 {
				all = append(all, way{rest[1:], w.value, w.causes})
			}
		}
	}
	return all
}

// prefixOf cuts the name of the scheme off a template: its text up to the first blank, or all of a short one.
func prefixOf(parts []program.TemplatePart) (prefix string, rest []program.TemplatePart) {
	if len(parts) < 2 {
		return "", nil
	}
	first := parts[0]
	if first.Source != "" {
		if strings.HasPrefix(first.Value, "opt.") && parts[1].Text == " " { // the scheme is an option
			return "Bearer ", parts[2:]
		}
		return "", nil
	}
	name, after, found := strings.Cut(first.Text, " ")
	if !found {
		return first.Text, parts[1:]
	}
	prefix, rest = name+" ", parts[1:]
	if after != "" {
		rest = append([]program.TemplatePart{{Text: after}}, rest...)
	}
	return prefix, rest
}

var nameBefore = regexp.MustCompile(`([A-Za-z][\w-]*)=$`)

// byNames reads NAME=value pairs in any order and with any separators, where a template has a name before each of its values.
func byNames(parts []program.TemplatePart, value string) map[string]string {
	texts := make(map[string]string)
	for i, p := range parts {
		if p.Source == "" {
			continue
		}
		if i == 0 || len(p.Parts) > 0 {
			return nil
		}
		name := nameBefore.FindStringSubmatch(parts[i-1].Text)
		if name == nil {
			return nil
		}
		found := regexp.MustCompile(`(?i)(?:^|[\s,;&"'])` + name[1] + `\s*[=:]\s*["']?([^\s,;&"']*)`).FindStringSubmatch(value)
		if found == nil {
			return nil
		}
		texts[p.Source] = found[1]
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// takeParameter takes a parameter out of the target and returns its value.
func (d *diagnosis) takeParameter(name string) string {
	path, query, asked := strings.Cut(d.Request.Target, "?")
	var rest []string
	value, found := "", false
	for _, pair := range strings.Split(query, "&") {
		key, text, _ := strings.Cut(pair, "=")
		if !asked || !strings.EqualFold(unescape(key, true), name) {
			rest = append(rest, pair)
			continue
		}
		if found {
			d.fact("header_twice", "the parameter ", name, " was sent twice: one is left over")
		}
		if unescape(key, true) != name {
			d.fact("wrong_header", "the parameter is written ", plain(key), ", and the vendor reads ", name)
		}
		if !found {
			value, found = unescape(strings.ReplaceAll(text, "+", "%2B"), false), true
		}
	}
	if found {
		d.Request.Target = path
		if len(rest) > 0 {
			d.Request.Target += "?" + strings.Join(rest, "&")
		}
		d.see(value, true)
		if trimmed := strings.TrimSpace(value); trimmed != value {
			d.padded = name
			value = trimmed
		}
	}
	return value
}

// missing notes a place that was not sent, and looks for what belongs there.
func (w *programmed) missing(d *diagnosis, p placed) {
	name := p.template.Name
	dated := slices.ContainsFunc(p.leaves, func(l *leaf) bool { return l.kind == dateLeaf })
	switch {
	case carries(p.leaves) && d.token && w.elsewhere(d, p):
	case carries(p.leaves) && p.template.Verb == "query":
		d.fact("header_not_sent", "the parameter ", name, " was not sent")
		d.stuck = true
	case carries(p.leaves):
		d.missing(name)
		d.stuck = true
	case dated:
		d.fact("date_not_sent", "the header ", name, " was not sent")
	default:
		d.missing(name)
	}
}

// elsewhere finds a secret that was sent in another header or as a parameter.
func (w *programmed) elsewhere(d *diagnosis, p placed) bool {
	var found string
	for name, values := range d.Request.Header {
		if d.own(name) || len(values) == 0 {
			continue
		}
		for _, l := range p.leaves {
			secret := d.Options[l.option]
			named := slices.ContainsFunc(keyHeaders, func(k string) bool { return strings.EqualFold(k, name) && k != "Cookie" })
			if l.kind == secretLeaf && (len(secret) >= 6 && holds(values[0], secret) || named) && (found == "" || name < found) {
				found = name
			}
		}
	}
	what := "the parameter"
	if p.template.Verb == "header" {
		what = "the header"
	}
	if found != "" {
		d.fact("wrong_header", "the credential was sent in the header ", plain(found), ", and the vendor reads ", what, " ", p.template.Name)
		d.stuck = true
		return true
	}
	return false
}

// holds reports whether a text has a secret in it, as it is or in Base64.
func holds(text, secret string) bool {
	if strings.Contains(text, secret) {
		return true
	}
	_, rest := scheme(strings.TrimSpace(text))
	b, err := base64.StdEncoding.DecodeString(rest)
	return err == nil && strings.Contains(string(b), secret)
}

// unread notes a value that is not in the scheme's form at all.
func (w *programmed) unread(d *diagnosis, p placed, value string, causes []string) {
	if !carries(p.leaves) {
		return
	}
	d.stuck = true
	for _, c := range causes {
		d.fact(c)
	}
	for _, l := range w.leaves {
		secret := strings.TrimSpace(d.Options[l.option])
		if l.kind == secretLeaf && secret != "" && holds(value, secret) && len(causes) == 0 {
			d.fact("token_separator", "the parts of ", p.template.Name, " are not joined as the vendor wants them")
			return
		}
	}
	if secret := d.trueSecret(); secret != "" && w.signs() && strings.Contains(value, secret) {
		d.fact("secret_sent")
		return
	}
	if len(causes) == 0 {
		d.fact("wrong_scheme", p.template.Name, " does not hold what this scheme sends")
	}
}
