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

// missing notes a place that was not sent, and looks for what belongs there.
func (w *programmed) missing(d *diagnosis, p placed) {
	name := p.template.Name
	dated := slices.ContainsFunc(p.leaves, func(l *leaf) bool { return l.kind == dateLeaf })
	switch {
	case carries(p.leaves) && d.token && w.elsewhere(d, p):
	case carries(p.leaves) && p.template.Verb == "query" && w.otherParameter(d, p):
	case carries(p.leaves) && p.template.Verb == "query":
		d.fact("header_not_sent", "the parameter ", name, " was not sent")
		d.fixes["header_not_sent"] = "Send the parameter " + name + "."
		d.stuck = true
	case carries(p.leaves):
		d.missing(name)
		d.stuck = true
	case dated && p.template.Optional:
	case p.template.Verb == "query" && dated:
		d.fact("date_not_sent", "the parameter ", name, " was not sent")
		d.fixes["date_not_sent"] = "Send the date as the parameter " + name + "."
	case p.template.Verb == "query":
		d.fact("header_not_sent", "the parameter ", name, " was not sent")
		d.fixes["header_not_sent"] = "Send the parameter " + name + "."
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
	d.factsOf(causes)
	prefix, _ := prefixOf(p.template.Parts)
	name, _ := scheme(value)
	if strings.EqualFold(name, "Basic") && len(causes) == 0 && !strings.EqualFold(strings.TrimSpace(prefix), "Basic") {
		d.fact("prefix_wrong", "the credential was sent as Basic authentication")
		return
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
		if word := missingWord(p.template.Parts, value); word != "" {
			d.fact("signature_parameter", word, " is missing in ", p.template.Name)
			return
		}
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

// missingWord is the first word of a template that is always the same, names no part and is not in a value; empty: none. Tencent's
// scope ends with such a word: Credential=ID/DAY/SERVICE/tc3_request.
func missingWord(parts []program.TemplatePart, value string) string {
	for _, p := range parts {
		for _, word := range wordsIn.FindAllStringSubmatch(p.Text, -1) {
			if !strings.Contains(strings.ToLower(value), strings.ToLower(word[1])) {
				return word[1]
			}
		}
	}
	return ""
}

// wordsIn are the words in a text of a template, without the names of parts.
var wordsIn = regexp.MustCompile(`([A-Za-z]\w{3,})(?:[^\w=]|$)`)

// namesIn are the names in a text of a template, with what always follows them.
var namesIn = regexp.MustCompile(`([A-Za-z][\w-]*)=([^=&,]*)`)

// readAddress compares an address that a client says its signature is good for with the one that was asked.
func (w *programmed) readAddress(d *diagnosis) {
	addressed := append([]string{d.Request.Host, d.Address}, d.Hosts...)
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
		bare := strings.TrimSuffix(at.Hostname(), ".")
		switch below := strings.TrimSuffix(strings.ToLower(unescape(at.Path, false)), "/"); {
		case strings.HasSuffix(at.Host, ":") && strings.HasPrefix(at.Path, "//"): // https://https://
			d.fact("host_with_scheme", "the address that the signature is good for has its scheme twice")
		case bare != at.Hostname() && slices.ContainsFunc(addressed, func(h string) bool { return strings.EqualFold(wire.WithoutPort(h), bare) }):
			d.fact("host_with_scheme", "the address that the signature is good for has a final dot behind its host")
		case !slices.ContainsFunc(addressed, asked):
			d.fact("host_differs", "the signature is good for the host ", plain(at.Host), ", but another host was asked")
		case !strings.HasPrefix(strings.ToLower(unescape(path, false))+"/", below+"/"):
			d.fact("token_audience", "the signature is good for what is below ", plain(at.Path), ", and another path was asked")
		}
	}
}

// headerWord is the name of a header as lists of signed headers have it.
var headerWord = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// readNames notes headers that the client lists as signed and that were not sent, and those that the vendor wants signed and that
// the client does not list.
func (w *programmed) readNames(d *diagnosis, expected map[string]string) {
	for _, l := range w.leaves {
		if !l.sent || !strings.HasPrefix(l.part.Value, "header_names:") {
			continue
		}
		var unsigned []string
		given := strings.Split(strings.ToLower(l.given), ";")
		for _, name := range given {
			sent := name == "host" || name == "content-length" || len(d.Request.Header.Values(name)) > 0
			if !sent && headerWord.MatchString(name) && slices.Contains(given, "host") {
				d.fact("header_not_sent", "the header ", plain(name), " is among the signed headers, and was not sent")
			}
		}
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
