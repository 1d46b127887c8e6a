package diagnose

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/program"
)

// way is one reading of a value: the parts that are left to match, and the text that they are in.
type way struct {
	parts  []program.TemplatePart
	value  string
	causes []string
	// The name of the scheme is in another letter case.
	loose bool
}

// spellings are the readings of a value: as the template has it, in quotes, with another scheme before
// it, or none.
//
//	template "Bearer [[token]]"   Bearer x, "Bearer x", bearer x, Token x, Bearer: x, x
func spellings(parts []program.TemplatePart, value string) []way {
	all := []way{{parts: parts, value: value}}
	add := func(parts []program.TemplatePart, value string, causes ...string) {
		all = append(all, way{parts: parts, value: value, causes: causes})
	}
	if bare := strings.Trim(value, "\"'"); bare != value {
		add(parts, bare, "secret_quoted")
	}
	prefix, rest := prefixOf(parts)
	if prefix == "" && len(parts) == 1 && slices.ContainsFunc(parts[0].Filters, program.Hashes) {
		if found := foreignPrefix.FindStringSubmatch(value); found != nil {
			return append([]way{{parts: parts, value: found[1], causes: []string{"prefix_wrong"}}}, all...)
		}
	}
	if prefix == "" {
		return all
	}
	name, after := scheme(value)
	trimmed := strings.TrimSpace(prefix)
	switch {
	case len(value) > len(prefix) && strings.EqualFold(value[:len(prefix)], prefix): // RFC 9110, 11.1: in any letter case
		all = append(all, way{parts: rest, value: strings.TrimSpace(value[len(prefix):]), loose: value[:len(prefix)] != prefix})
	case name != "":
		add(rest, after, "prefix_wrong")
	}
	if len(trimmed) < len(prefix) && len(value) > len(trimmed) && strings.HasPrefix(value, trimmed) { // without the blank
		add(rest, strings.TrimLeft(value[len(trimmed):], ": "), "prefix_wrong")
	}
	if last := nameBefore.FindString(prefix); last != "" && strings.Contains(value, last) { // other values before the same name
		add(rest, value[strings.LastIndex(value, last)+len(last):], "prefix_wrong")
	}
	if i := strings.IndexAny(value, "=,:"); i > 0 && i < 12 && !strings.Contains(prefix, " ") {
		add(rest, value[i+1:], "prefix_wrong")
	}
	add(rest, value, "prefix_missing")
	if len(rest) == 2 && rest[0].Source == "" { // a name after the scheme is left out, too
		for _, w := range slices.Clone(all) {
			if len(w.parts) == 2 && w.parts[0].Text == rest[0].Text {
				add(rest[1:], w.value, cmp.Or(strings.Join(w.causes, ""), "prefix_wrong"))
			}
		}
	}
	return all
}

// foreignPrefix is what other schemes write before a signature.
var foreignPrefix = regexp.MustCompile(`^(?i)(?:sha(?:1|256|384|512)|hmac(?:-sha\d+)?|sig(?:nature)?|v\d)=(.{20,})$`)

// prefixOf cuts the name of the scheme off a template: its text up to the first blank, or all of a
// short one.
//
//	"TC3-HMAC-SHA256 Credential="  ->  "TC3-HMAC-SHA256 ", and "Credential=" stays
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
