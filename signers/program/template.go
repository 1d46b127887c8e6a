//go:build go1.21

package program

import (
	"fmt"
	"strings"
)

// Template is how a program writes a header or parameter, to parse requests that others have signed. The diagnosis
// of a foreign signature takes it apart by that, and then finds which value differs. For
//
//	let pair = [[opt.id]]:[[opt.key]]
//	header X = v=[[pair|reveal]];[[method|hmac_sha256:opt.key|hex]]
//
// the parts are "v=", opt.id, ":", opt.key, ";" and method|hmac_sha256:opt.key|hex.
type Template struct {
	Verb     string // header or query
	Name     string // as it is written
	Optional bool   // it is not sent if it is empty
	Parts    []TemplatePart
}

// TemplatePart is a piece of a template: a literal text, or a value. Lets that are concatenations are split into
// their parts, unless a filter is applied to the whole: of [[pair|base64]] there is one part, and Parts has what
// Undo uncovers.
type TemplatePart struct {
	Text   string // of a value: empty
	Source string // of a value: the expression, as an operation has it between [[ and ]]
	// Value is what the expression begins with: now, nonce, opt.NAME, another value, or a let.
	Value string
	// Filters are what the value goes through, with their arguments, those of its lets included.
	Filters []string
	// Parts are what the value is a row of, where every filter is one that Undo undoes.
	Parts []TemplatePart
	// Uses are the values that it is made of in the end; keys of MACs and signatures are among them.
	Uses map[string]bool
	// Layout is how a value now is written, as time.Format takes it, or unix or unix_ms.
	Layout string
	// Offset is a number of seconds that is added to now, or an option: opt.NAME.
	Offset string
}

// reader expands lets, and headers that are read again as header.NAME. Both are those of the lines above.
type reader struct {
	lets    map[string][]piece
	headers map[string][]piece // by lower-case name
}

// Templates reads what operations set, in their order. They must be those of a program that compiles: mistakes
// other than those of form are not found here.
func Templates(operations []string) ([]Template, error) {
	r := &reader{lets: make(map[string][]piece), headers: make(map[string][]piece)}
	var all []Template
	for i, line := range operations {
		if strings.Trim(line, blanks) == "" {
			continue
		}
		op, reason := parseOperation(i+1, line)
		if reason != "" {
			return nil, fmt.Errorf("operations line %d: %s", i+1, reason)
		}
		// Each header knows the lets and headers above it alone, as when the program is compiled.
		switch op.verb {
		case "let":
			r.lets[op.name] = op.pieces
		case "header", "query":
			_, name, _ := strings.Cut(strings.Trim(line, blanks), " ")
			name, _, _ = strings.Cut(name, "=")
			// The name as the author wrote it, and not in canonical case: people know it by that.
			all = append(all, Template{Verb: op.verb, Name: strings.Trim(name, blanks), Optional: op.optional, Parts: parts(r, op.pieces)})
			if op.verb == "header" {
				r.headers[strings.ToLower(op.name)] = op.pieces
			}
		}
	}
	return all, nil
}

// parts are pieces with lets that are rows put in their place.
func parts(r *reader, pieces []piece) []TemplatePart {
	var all []TemplatePart
	for _, p := range pieces {
		if p.expr == nil {
			all = append(all, TemplatePart{Text: p.text})
			continue
		}
		all = append(all, expand(r, p.expr)...)
	}
	return all
}

// expand is an expression as the parts that it is made of. Of a let or header of the lines above it is one of
// these:
//
//	a let of one expression      that one, with the filters of both
//	a row, at most reveal        the parts of the row in its place
//	a row, encoded               one part, with the row in Parts, if Match could tell its values apart
//	a row, hashed or changed     one part: what went in cannot be had from it
func expand(r *reader, e *expression) []TemplatePart {
	part := TemplatePart{Value: e.value.source, Source: written(e), Uses: make(map[string]bool)}
	uses(r, e, part.Uses)
	for _, f := range e.filters {
		part.Filters = append(part.Filters, f.source)
	}
	if row := row(r, e.value); row != nil {
		inner := parts(r, row)
		switch {
		case len(inner) == 1 && inner[0].Source != "":
			part.Value, part.Parts = inner[0].Value, inner[0].Parts
			part.Filters = append(append([]string(nil), inner[0].Filters...), part.Filters...)
			if !undoable(part.Filters, true) {
				part.Parts = nil
			}
		case undoable(part.Filters, false):
			return inner
		case undoable(part.Filters, true) && apart(inner):
			part.Parts = inner
		}
	}
	if part.Value == "now" {
		dated(&part)
	}
	return []TemplatePart{part}
}

// row is what a value is a name of: a let, or a header that is set above; nil: neither.
func row(r *reader, value call) []piece {
	if value.name.quoted {
		return nil
	}
	if name := strings.TrimPrefix(value.name.text, "header."); name != value.name.text {
		return r.headers[strings.ToLower(name)]
	}
	return r.lets[value.name.text]
}

// written is an expression as an operation has it, without blanks around its parts:
// "text|hmac_sha256:opt.key|hex".
func written(e *expression) string {
	source := e.value.source
	for _, f := range e.filters {
		source += "|" + f.source
	}
	return source
}

// uses notes the values that an expression is made of in the end: for text|hmac_sha256:opt.key, whose let is
// [[method]] [[target]], these are method, target and opt.key. Operations of a program that compiles cannot refer
// to each other in a circle, so this ends.
func uses(r *reader, e *expression, into map[string]bool) {
	words := []word{e.value.name}
	for _, f := range e.filters {
		if _, isMAC := macs[f.name.text]; isMAC || isSignature(f.name.text) || f.name.text == "when" {
			words = append(words, f.args...)
		}
	}
	for _, w := range words {
		if w.quoted {
			continue
		}
		inner := row(r, call{name: w})
		if inner == nil {
			into[w.text] = true
		}
		for _, p := range inner {
			if p.expr != nil {
				uses(r, p.expr, into)
			}
		}
	}
}

// isSignature reports whether a filter is a signature with a private key.
func isSignature(name string) bool {
	_, ok := signatures[name]
	return ok
}

// Hashes reports whether a filter is a hash, a MAC or a signature: what goes in cannot be had from what comes out.
// filter is as in TemplatePart.Filters, with its arguments.
func Hashes(filter string) bool {
	name, _, _ := strings.Cut(filter, ":")
	_, isHash := hashes[name]
	_, isMAC := macs[name]
	return isHash || isMAC || isSignature(name)
}

// apart reports whether a text is between any two values. Without one Match could only guess where the first of
// them ends.
func apart(all []TemplatePart) bool {
	for i := 1; i < len(all); i++ {
		if all[i].Source != "" && all[i-1].Source != "" {
			return false
		}
	}
	return true
}

// dated reads how a time is written: the first filter of dates is the layout, since those behind it change a text.
func dated(part *TemplatePart) {
	for _, f := range part.Filters {
		name, argument, _ := strings.Cut(f, ":")
		switch layout, ok := layouts[name]; {
		case ok && part.Layout == "":
			part.Layout = layout
		case name == "format" && part.Layout == "":
			w, _ := parseWord(argument)
			part.Layout = w.text
		case name == "add":
			part.Offset = argument
		}
	}
}
