package opsgen

import (
	"regexp"
	"slices"
	"strings"
)

// Mutant is a program with one thing changed.
type Mutant struct {
	Line       int // of the change, from 1
	What       string
	Operations []string
}

// neighbours are what a filter or value is easily mistaken for. One takes what the other takes, as far as that is possible.
var neighbours = func() map[string]string {
	all := map[string]string{}
	for _, ring := range []string{
		"md5 sha1 sha256 sha384 sha512", "hmac_sha1 hmac_sha256 hmac_sha384 hmac_sha512", "hex base64 base64url", "unhex unbase64",
		"upper lower", "trim collapse", "urlencode json", "canon_query sort_query azure_query", "after strip_prefix", "cosmos_type cosmos_link",
		"unix unix_ms", "http_date utc_date", "iso iso_ms iso_basic edgegrid", "date date_basic", "or end_with",
		"rsa_sha256 rsa_pss_sha512", "path target query", "method scheme host", "body_len nonce", "header_lines header_lines_trimmed header_names",
	} {
		names := strings.Fields(ring)
		for i, name := range names {
			all[name] = names[(i+1)%len(names)]
		}
	}
	return all
}()

// Mutants changes each part of a program in turn: an operation is dropped, or is no longer optional or becomes so; the value of a let
// is another one; a text loses its last character or gets another one; a filter is dropped or is one that it is mistaken for; a
// value or argument is another one.
func Mutants(operations []string) []Mutant {
	var all []Mutant
	named := names.FindAllString(strings.Join(operations, "\n"), -1)
	slices.Sort(named)
	named = slices.Compact(named)
	for i, line := range operations {
		change := func(what, changed string) {
			own := slices.Clone(operations)
			own[i] = changed
			if changed == "" {
				own = slices.Delete(own, i, i+1)
			}
			all = append(all, Mutant{i + 1, what, own})
		}
		verb, rest, _ := strings.Cut(line, " ")
		name, template, found := strings.Cut(rest, " =")
		if verb != "let" {
			change("dropped", "")
		}
		if !found {
			continue
		}
		if plain, optional := strings.CutSuffix(verb, "?"); optional {
			change("no longer optional", plain+" "+rest)
		}
		if verb == "let" {
			change("another value", verb+" "+name+" = mutant")
		}
		template = strings.TrimSpace(template)
		for at, part := range parts(template) {
			for _, m := range part.mutants(named) {
				own := parts(template)
				own[at] = templatePart{text: m.text}
				change(part.text+" "+m.what, verb+" "+name+" = "+join(own))
			}
		}
	}
	return all
}

// templatePart is a text, or an expression with its brackets.
type templatePart struct {
	text       string
	expression bool
}

func join(all []templatePart) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.text)
	}
	return b.String()
}

func parts(template string) (all []templatePart) {
	for template != "" {
		start := strings.Index(template, "[[")
		if start != 0 {
			if start < 0 {
				start = len(template)
			}
			all = append(all, templatePart{text: template[:start]})
			template = template[start:]
			continue
		}
		end := 2 + outside(template[2:], "]]")
		all = append(all, templatePart{template[:end+2], true})
		template = template[end+2:]
	}
	return all
}

// outside is where a mark begins that is in no quotes, or the end.
func outside(s, mark string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], mark):
			return i
		}
	}
	return len(s)
}

func split(s, mark string) (all []string) {
	for {
		i := outside(s, mark)
		all = append(all, s[:i])
		if i == len(s) {
			return all
		}
		s = s[i+len(mark):]
	}
}

type partMutant struct{ what, text string }

func (p templatePart) mutants(named []string) (all []partMutant) {
	if !p.expression {
		all = append(all, partMutant{"with ~ behind it", p.text + "~"})
		return append(all, partMutant{"is gone", ""})
	}
	calls := split(strings.TrimSuffix(strings.TrimPrefix(p.text, "[["), "]]"), "|")
	for i, call := range calls {
		with := func(changed string) {
			own := slices.Clone(calls)
			own[i] = changed
			all = append(all, partMutant{"with " + changed + " for " + call, "[[" + strings.Join(own, "|") + "]]"})
		}
		name, argument, has := strings.Cut(call, ":")
		if strings.HasPrefix(call, "'") {
			name, argument, has = call, "", false
		}
		if i > 0 {
			own := slices.Delete(slices.Clone(calls), i, i+1)
			all = append(all, partMutant{"without " + call, "[[" + strings.Join(own, "|") + "]]"})
		}
		if other := neighbours[name]; other != "" {
			if has {
				other += ":" + argument
			}
			with(other)
		}
		switch {
		case strings.HasPrefix(name, "'"):
			with(strings.TrimSuffix(name, "'") + "~'")
		case i == 0 && neighbours[name] == "" && !has && name != "now":
			with("'mutant'")
		}
		if !has {
			continue
		}
		arguments := split(argument, ":")
		for k, a := range arguments {
			for _, other := range mutantArguments(name, a, named) {
				own := slices.Clone(arguments)
				own[k] = other
				with(name + ":" + strings.Join(own, ":"))
			}
		}
	}
	return all
}

// names are those that an argument may have: options, and what is above.
var names = regexp.MustCompile(`\bopt\.[a-z0-9_]+|\blet [A-Za-z0-9_]+`)

func mutantArguments(filter, a string, named []string) (all []string) {
	switch {
	case strings.HasPrefix(filter, "hmac_"), filter == "when", strings.HasPrefix(a, "opt."):
		for _, name := range named {
			if name = strings.TrimPrefix(name, "let "); name != a {
				all = append(all, name)
			}
		}
		return all
	case filter == "if_method":
		return []string{"TRACE"}
	case filter == "first":
		return []string{a + "0"}
	case filter == "add":
		return []string{a + "1"}
	case strings.HasSuffix(a, "'"):
		return []string{strings.TrimSuffix(a, "'") + "~'"}
	}
	return []string{a + "~"}
}
