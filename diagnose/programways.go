package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

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
