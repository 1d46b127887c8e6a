package vendorsim

import (
	"fmt"
	"slices"
	"strings"
)

// parseOperations reads a program. Errors name the line, counted from 1. What the lines mean together is for the checker.
func parseOperations(lines []string) ([]operation, error) {
	if len(lines) > maxOperations {
		return nil, fmt.Errorf("operations: too many: %d, the limit is %d", len(lines), maxOperations)
	}
	var all []operation
	for i, line := range lines {
		o, err := parseOperation(line)
		if err != nil {
			return nil, fmt.Errorf("operations line %d: %w", i+1, err)
		}
		o.line = i + 1
		all = append(all, o)
	}
	return all, nil
}

// parseOperation reads VERB NAME = TEMPLATE, or VERB NAME of delheader and delquery.
//
//	let text = [[method]]\n[[path]]          header? X-Acme-Id = [[opt.id]]
//	query sig = [[text|sha256|hex]]          delheader X-Old
func parseOperation(line string) (o operation, err error) {
	if len(line) > maxOperationLength {
		return o, fmt.Errorf("too long: %d characters, the limit is %d", len(line), maxOperationLength)
	}
	if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return o, fmt.Errorf("a control character; write \\n or \\t")
	}
	// A ? after the verb makes it optional: header? is not set if its text is empty.
	verb, rest, _ := strings.Cut(strings.Trim(line, blanks), " ")
	o.verb, o.optional = strings.CutSuffix(verb, "?")
	if !slices.Contains([]string{"let", "header", "query", "delheader", "delquery"}, o.verb) || o.optional && !o.sets() {
		return o, fmt.Errorf("unknown operation %q", verb)
	}
	if strings.HasPrefix(o.verb, "del") {
		o.name = strings.Trim(rest, blanks)
		return o, checkOperationName(o)
	}
	// The first = is the operation's; others belong to the template.
	name, text, ok := strings.Cut(rest, "=")
	if !ok {
		return o, fmt.Errorf("%s: an = is missing", verb)
	}
	o.name = strings.Trim(name, blanks)
	if err := checkOperationName(o); err != nil {
		return o, err
	}
	if o.template, err = parseTemplate(strings.Trim(text, blanks)); err != nil {
		return o, fmt.Errorf("%s: %w", o, err)
	}
	return o, nil
}

// checkOperationName checks a name by what it names: a let, a header, or a parameter, whose name must not hold what separates
// parameters.
//
//	let text      a letter first, then letters, digits and _
//	header X-A    a token of RFC 9110
//	query a&b     refused: it would be two parameters
func checkOperationName(o operation) error {
	form := letForm
	switch o.verb {
	case "header", "delheader":
		form = headerForm
	case "query", "delquery":
		form = queryForm
	}
	if !form.MatchString(o.name) || strings.HasSuffix(o.verb, "query") && strings.ContainsAny(o.name, "&;=#") {
		return fmt.Errorf("%s: %q is no name", o.verb, o.name)
	}
	return nil
}

// parseTemplate reads text with [[ ]] in it: "ACME [[opt.id]]:x" is a literal, an expression, and a literal.
func parseTemplate(text string) (template, error) {
	var t template
	for n := 0; text != ""; {
		before, rest, found := strings.Cut(text, "[[")
		if before != "" {
			literal, err := unescape(before)
			if err != nil {
				return nil, err
			}
			t = append(t, piece{literal: literal})
		}
		if !found {
			break
		}
		// ]] in quotes does not close an expression.
		end := outside(rest, "]]")
		if end < 0 {
			return nil, fmt.Errorf("a [[ that does not close")
		}
		if n++; n > maxExpressions {
			return nil, fmt.Errorf("too many [[ ]], the limit is %d", maxExpressions)
		}
		e, err := parseExpression(rest[:end])
		if err != nil {
			return nil, err
		}
		t = append(t, piece{expr: e})
		text = rest[end+2:]
	}
	return t, nil
}

// parseExpression reads VALUE|FILTER|FILTER, where VALUE may be a text in quotes.
//
//	text|hmac_sha256:opt.secret|hex -> value text, filters hmac_sha256 with opt.secret, hex
func parseExpression(s string) (*expression, error) {
	// Two brackets within an expression are a [[ whose ]] is missing, so that the next expression would be swallowed.
	if slices.ContainsFunc(split(s, "[", -1), func(part string) bool { return part == "" }) {
		return nil, fmt.Errorf("a [[ that does not close")
	}
	// A | in quotes is text: [[query|after:'a|b']].
	parts := split(s, "|", -1)
	e := &expression{}
	first := strings.Trim(parts[0], blanks)
	if strings.HasPrefix(first, "'") {
		text, err := unquote(first)
		if err != nil {
			return nil, err
		}
		e.value = call{name: text, quoted: true}
	} else {
		var err error
		if e.value, err = parseCall(first, valueArguments); err != nil {
			return nil, err
		}
	}
	for _, part := range parts[1:] {
		f, err := parseCall(strings.Trim(part, blanks), func(name string) int {
			if spec, ok := filterTable[name]; ok {
				return spec.args
			}
			return -1
		})
		if err != nil {
			return nil, err
		}
		e.filters = append(e.filters, f)
	}
	return e, nil
}

// valueArguments tells how many arguments a value takes.
func valueArguments(name string) int {
	switch name {
	case "header_lines", "header_lines_trimmed", "header_names":
		return 1
	case "header_list":
		return 2
	}
	return 0
}

// parseCall reads NAME:ARGUMENT:ARGUMENT. The last argument takes the rest, colons too, so that format:15:04 needs no quotes.
// arity says how many arguments a name takes; below 0: there is no such name.
//
//	if:opt.mode:'two' -> if, with opt.mode and two        format:15:04 -> format, with 15:04
func parseCall(s string, arity func(string) int) (c call, err error) {
	name, rest, has := strings.Cut(s, ":")
	c.name = strings.TrimRight(name, blanks)
	want := arity(c.name)
	switch {
	case want < 0:
		return c, fmt.Errorf("unknown filter %s", c.name)
	case c.name == "":
		return c, fmt.Errorf("an empty value or filter")
	}
	var args []string
	if has {
		args = split(rest, ":", max(want, 1))
	}
	if len(args) != want {
		return c, fmt.Errorf("%s takes %d argument(s)", c.name, want)
	}
	for _, a := range args {
		a = strings.Trim(a, blanks)
		c.bare = !strings.HasPrefix(a, "'")
		switch {
		// a'b' could be meant as text or as a slip.
		case c.bare && strings.Contains(a, "'"):
			return c, fmt.Errorf("%s: a quote inside of an argument; quote all of it", c.name)
		case c.bare:
			a, err = unescape(a)
		default:
			a, err = unquote(a)
		}
		if err != nil {
			return c, err
		}
		if a == "" && c.bare {
			return c, fmt.Errorf("%s: an empty argument; write ''", c.name)
		}
		c.args = append(c.args, a)
	}
	return c, nil
}
