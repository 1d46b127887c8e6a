package diagnose

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/wire"
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

// placed are the headers and parameters of the scheme. A parameter that holds public values alone stays
// what it is: the client chose its place, and it is signed as a part of the target.
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

// readPlace reads one header or parameter, and gives its leaves what was sent in their places. The
// first value of a header counts; of others the proofs are further readings.
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

// missing notes a place that was not sent, and looks for what belongs there.
func (w *programmed) missing(d *diagnosis, p placed) {
	name := p.template.Name
	dated := slices.ContainsFunc(p.leaves, func(l *leaf) bool { return l.kind == dateLeaf })
	switch {
	case carries(p.leaves) && d.token && w.elsewhere(d, p):
	case carries(p.leaves) && p.template.Verb == "query" && w.otherParameter(d, p):
	case carries(p.leaves) && p.template.Verb == "query":
		d.fact("header_not_sent", "the parameter ", name, " was not sent")
		d.stuck = true
	case carries(p.leaves):
		d.missing(name)
		d.stuck = true
	case dated && p.template.Optional:
	case dated:
		d.fact("date_not_sent", "the header ", name, " was not sent")
	default:
		d.missing(name)
	}
}

// credentialHeaders are where clients send keys.
var credentialHeaders = []string{"Authorization", "X-Api-Key", "X-Api-Token", "Api-Key", "X-Auth-Token", "X-Access-Token", "Token",
	"Proxy-Authorization"}

// elsewhere finds a secret that was sent in another header, and reports whether there was one. Without
// the secret only the name of a header speaks for it. A misspelt name is left to missing, whose words
// are better.
func (w *programmed) elsewhere(d *diagnosis, p placed) bool {
	held, named := "", ""
	for name, values := range d.Request.Header {
		if d.own(name) || len(values) == 0 {
			continue
		}
		for _, l := range p.leaves {
			secret := strings.TrimSpace(d.Options[l.option])
			if l.kind == secretLeaf && len(secret) >= 6 && holds(values[0], secret) && (held == "" || name < held) {
				held = name
			}
		}
		usual := func(k string) bool { return strings.EqualFold(k, name) }
		if slices.ContainsFunc(credentialHeaders, usual) && (named == "" || name < named) {
			named = name
		}
	}
	what := "the parameter "
	if p.template.Verb == "header" {
		what = "the header "
	}
	switch {
	case held != "" && p.template.Verb == "header" && misspelt(held, p.template.Name):
		return false
	case held != "":
		d.fact("wrong_header", "the credential was sent in the header ", plain(held), ", and the vendor reads ", what, p.template.Name)
	case named != "" && d.secret == "":
		d.fact("wrong_header", "a credential was sent in the header ", plain(named), ", and the vendor reads ", what, p.template.Name)
	default:
		return false
	}
	d.fixes["wrong_header"] = "Send it as " + what + p.template.Name + "."
	d.stuck = true
	return true
}

// otherParameter finds a secret that was sent in another parameter than the vendor reads it from.
func (w *programmed) otherParameter(d *diagnosis, p placed) bool {
	_, query, _ := strings.Cut(d.Request.Target, "?")
	for _, one := range splitParams(query) {
		for _, l := range p.leaves {
			secret := strings.TrimSpace(d.Options[l.option])
			if l.kind != secretLeaf || len(secret) < 6 || one.value != secret {
				continue
			}
			d.takeParameter(one.key) // it is no leak: the vendor reads it from the URL
			d.fact("wrong_header", "the credential was sent as the parameter ", plain(one.key), ", and the vendor reads ", p.template.Name)
			d.fixes["wrong_header"] = "Send it as the parameter " + p.template.Name + "."
			d.stuck = true
			return true
		}
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

// unread notes a value that is not in the scheme's form at all. Nothing can be reproduced then.
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
	switch missing, has := missingName(p.template.Parts, value); {
	case !has || len(causes) > 0:
	case missing != "":
		d.fact("signature_parameter", missing, " is missing in ", p.template.Name)
		return
	default:
		d.fact("token_separator", "the parts of ", p.template.Name, " are not joined as the vendor wants them")
		return
	}
	if len(causes) == 0 {
		d.fact("wrong_scheme", p.template.Name, " does not hold what this scheme sends")
	}
}

// missingName is the first of a template's names that a value lacks or has with another text that is always the same, where it has
// others of them; empty: none. has is whether it has any.
func missingName(parts []program.TemplatePart, value string) (first string, has bool) {
	for _, p := range parts {
		for _, name := range namesIn.FindAllStringSubmatch(p.Text, -1) {
			found := regexp.MustCompile(`(?i)(?:^|[\s,;&"'])` + name[1] + `\s*[=:]`).MatchString(value)
			switch {
			case found && (name[2] == "" || strings.Contains(strings.ToLower(value), strings.ToLower(name[2]))):
				has = true
			case first == "":
				first = name[1]
			}
		}
	}
	return first, has
}

// namesIn are the names in a text of a template, with what always follows them.
var namesIn = regexp.MustCompile(`([A-Za-z][\w-]*)=([^=&,]*)`)

// readAddress compares an address that a client says its signature is good for with the one that was asked.
func (w *programmed) readAddress(d *diagnosis) {
	for _, l := range w.leaves {
		if l.kind != otherLeaf || !l.sent {
			continue
		}
		at, err := url.Parse(unescape(l.given, false))
		if err != nil || at.Host == "" {
			continue
		}
		path, _, _ := strings.Cut(d.Request.Target, "?")
		asked := func(host string) bool { return strings.EqualFold(wire.WithoutPort(host), at.Hostname()) }
		switch below := strings.TrimSuffix(strings.ToLower(unescape(at.Path, false)), "/"); {
		case !slices.ContainsFunc(append([]string{d.Request.Host, d.Address}, d.Hosts...), asked):
			d.fact("host_differs", "the signature is good for the host ", plain(at.Host), ", and another one was asked")
		case !strings.HasPrefix(strings.ToLower(unescape(path, false))+"/", below+"/"):
			d.fact("token_audience", "the signature is good for what is below ", plain(at.Path), ", and another path was asked")
		}
	}
}

// readNames notes headers that the vendor wants signed and that the client does not list as signed.
func (w *programmed) readNames(d *diagnosis, expected map[string]string) {
	for _, l := range w.leaves {
		if !l.sent || !strings.HasPrefix(l.part.Value, "header_names:") {
			continue
		}
		var unsigned []string
		given := strings.Split(strings.ToLower(l.given), ";")
		for _, name := range strings.Split(expected[l.part.Source], ";") {
			if name != "" && !slices.Contains(given, name) {
				unsigned = append(unsigned, name)
			}
		}
		if len(unsigned) > 0 {
			w.doubt(d, "header_not_signed")
			d.details["header_not_signed"] = listed(unsigned) + " is sent and not among the signed headers, and the vendor wants it signed"
			if len(unsigned) > 1 {
				d.details["header_not_signed"] = listed(unsigned) + " are sent and not among the signed headers, and the vendor wants them signed"
			}
		}
	}
}
