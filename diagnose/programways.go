package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// take finds the values of a template in a text that was sent, by their sources, in the ways in which
// clients write it: exactly first, then without or with another prefix, and at last by the names before
// the values. ok is false if none fits; causes says what was wrong with the way that did.
func (w *programmed) take(d *diagnosis, parts []program.TemplatePart, value string) (texts map[string]string, causes []string, ok bool) {
	texts = make(map[string]string)
	if bare := strings.TrimRight(value, ";, "); bare != value && byNames(parts, value) != nil {
		value = bare
		w.doubt(d, "token_separator")
	}
	named := byNames(parts, value)
	for _, way := range spellings(parts, value) {
		found, ok := program.Match(way.parts, way.value)
		if !ok || named != nil && slices.ContainsFunc(found, furtherName.MatchString) {
			continue
		}
		causes = way.causes
		if way.loose {
			w.doubt(d, "prefix_wrong")
		}
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
	if named != nil {
		if missing, has := missingName(parts, value); has && missing != "" {
			d.details["signature_parameter"] = missing + " is missing, or is not what the vendor expects"
			return named, []string{"signature_parameter"}, true
		}
		for _, p := range parts {
			if name := nameBefore.FindStringSubmatch(p.Text); name != nil && strings.Contains(value, name[1]+":") {
				return named, []string{"token_separator"}, true
			}
		}
		w.doubt(d, "token_separator")
		return named, nil, true
	}
	return nil, nil, false
}

// inner undoes what encodes a row of values, such as the Base64 of Basic authentication.
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

// doubt notes a form that is not the vendor's, and that vendors may take anyway: it is a cause if
// nothing else is.
func (w *programmed) doubt(d *diagnosis, cause string) { d.profile.Refused = cause }

// furtherName is the beginning of another pair of a name and a value, which the template does not have.
var furtherName = regexp.MustCompile(`[,;]\s*[A-Za-z]\w*=.`)

// eachProof are header values with one proof each: where a name appears twice, as with two secrets at a
// time during a rotation, either counts.
//
//	t=1767323045,v1=AAA,v1=BBB  ->  t=1767323045,v1=AAA and t=1767323045,v1=BBB
func eachProof(parts []program.TemplatePart, values []string) (all []string) {
	last := nameBefore.FindStringSubmatch(strings.Join(literals(parts), ""))
	for _, value := range values {
		if items := marked(parts, value); len(items) > 0 {
			all = append(all, items...)
			continue
		}
		var others, proofs []string
		for _, pair := range strings.Split(value, ",") {
			if last != nil && strings.HasPrefix(strings.TrimSpace(pair), last[1]+"=") {
				proofs = append(proofs, pair)
			} else {
				others = append(others, pair)
			}
		}
		if len(proofs) < 2 {
			all = append(all, value)
			continue
		}
		for _, proof := range proofs {
			all = append(all, strings.Join(append(slices.Clone(others), proof), ","))
		}
	}
	return all
}

// marked are the proofs of a list with blanks, where the template has a mark before its one value:
//
//	v1,AAA v1,BBB  ->  v1,AAA and v1,BBB
func marked(parts []program.TemplatePart, value string) (all []string) {
	fields := strings.Fields(value)
	if len(parts) != 2 || len(fields) < 2 || parts[0].Source != "" || !strings.HasSuffix(parts[0].Text, ",") {
		return nil
	}
	for _, one := range fields {
		if strings.HasPrefix(one, parts[0].Text) {
			all = append(all, one)
		}
	}
	return all
}

// literals are the texts of a template that are always the same.
func literals(parts []program.TemplatePart) (all []string) {
	for _, p := range parts {
		all = append(all, p.Text)
	}
	return all
}

// nameBefore is the name before a value, as in Signature=.
var nameBefore = regexp.MustCompile(`([A-Za-z][\w-]*)=$`)

// byNames reads NAME=value pairs in any order and with any separators, where a template has a name
// before each of its values; nil if it has not, or if one is missing.
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
		found := regexp.MustCompile(`(?i)(?:^|[\s,;&"'])` + name[1] + `\s*[=:]\s*(.*)$`).FindStringSubmatch(value)
		if found == nil {
			return nil
		}
		texts[p.Source] = found[1][:len(found[1])-len(untilName.FindString(found[1]))]
		if !strings.HasPrefix(p.Value, "header_names:") { // but for a list of names, no value has a separator in it
			texts[p.Source] = regexp.MustCompile(`^[^\s,;&]*`).FindString(found[1])
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// untilName is what follows a value: a separator and the next name, and all after it.
var untilName = regexp.MustCompile(`[\s,;&]+[A-Za-z][\w-]*\s*[=:].*$`)

// takeParameter takes a parameter out of the target and returns its value, decoded; empty: it was not
// sent. A plus sign is no blank here: signatures in Base64 have them, and clients forget to encode
// them.
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
