//go:build go1.21

package program

import (
	"strings"
)

// The limits of a program: it is data that somebody may have got from elsewhere.
const (
	maxOperations  = 64
	maxLength      = 2048 // of one operation, in bytes
	maxExpressions = 32   // in one operation
)

// operation is one line of a program, read.
type operation struct {
	line     int    // from 1
	verb     string // let, header, query, delheader or delquery
	optional bool   // header? and query?: not sent if empty
	name     string
	pieces   []piece
}

// piece is a part of a template: a text, or an expression.
type piece struct {
	text string
	expr *expression // nil: the piece is text
}

// expression is what is between [[ and ]]: a value and the filters that it goes through.
type expression struct {
	value   call
	filters []call
}

// call is a value or a filter with its arguments.
type call struct {
	name   word
	args   []word
	source string // as written, for people
}

// word is a name or an argument. A quoted one is a text, whatever it looks like.
type word struct {
	text   string
	quoted bool
}

// parseOperation reads one line. Its error is a reason without the place.
func parseOperation(line int, text string) (*operation, string) {
	if len(text) > maxLength {
		return nil, "too long: an operation has at most 2048 bytes"
	}
	if strings.ContainsAny(text, controls) {
		return nil, `holds a control character; write \n and \t`
	}
	verb, rest, _ := strings.Cut(strings.Trim(text, blanks), " ")
	op := &operation{line: line, verb: strings.TrimSuffix(verb, "?"), optional: strings.HasSuffix(verb, "?")}
	switch op.verb {
	case "delheader", "delquery":
		op.name = strings.Trim(rest, blanks)
		if op.optional || op.name == "" || strings.ContainsAny(op.name, " =[") {
			return nil, op.verb + " takes one name and nothing else"
		}
		return op, checkName(op)
	case "let", "header", "query":
		if op.verb == "let" && op.optional {
			return nil, "unknown operation let?; did you mean let?"
		}
	default:
		return nil, "unknown operation " + shown(verb) + didYouMean(verb, verbs)
	}
	name, template, found := strings.Cut(rest, "=")
	if !found {
		return nil, "has no =; write " + verb + " NAME = TEXT"
	}
	op.name = strings.Trim(name, blanks)
	if reason := checkName(op); reason != "" {
		return nil, reason
	}
	var reason string
	op.pieces, reason = parseTemplate(strings.Trim(template, blanks))
	return op, reason
}

var verbs = []string{"let", "header", "header?", "query", "query?", "delheader", "delquery"}

// controls are the ASCII control characters.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

// parseTemplate splits a template into its pieces. Neighbouring texts are one piece.
func parseTemplate(text string) ([]piece, string) {
	var pieces []piece
	expressions := 0
	for text != "" {
		start := strings.Index(text, "[[")
		literal := text
		if start >= 0 {
			literal = text[:start]
		}
		if literal != "" {
			plain, reason := unescapeBare(literal)
			if reason != "" {
				return nil, reason
			}
			pieces = append(pieces, piece{text: plain})
		}
		if start < 0 {
			break
		}
		inner, rest, reason := cutExpression(text[start+2:])
		if reason != "" {
			return nil, reason
		}
		e, reason := parseExpression(inner)
		if reason != "" {
			return nil, reason
		}
		if expressions++; expressions > maxExpressions {
			return nil, "too many [[ ]]: an operation has at most 32"
		}
		pieces = append(pieces, piece{expr: e})
		text = rest
	}
	return pieces, ""
}

// cutExpression finds the ]] that ends an expression, outside of quotes.
func cutExpression(text string) (inner, rest, reason string) {
	at, quoted := 0, false
	for {
		i := strings.IndexAny(text[at:], `'\]`)
		if i < 0 {
			if quoted {
				return "", "", "a quoted text is not closed"
			}
			return "", "", "[[ is not closed by ]]"
		}
		at += i
		switch {
		case text[at] == '\'':
			quoted = !quoted
		case text[at] == '\\':
			if at++; at == len(text) {
				return "", "", `ends in a \`
			}
		case !quoted && strings.HasPrefix(text[at:], "]]"):
			return text[:at], text[at+2:], ""
		}
		at++
	}
}

// parseExpression reads value|filter:argument|filter.
func parseExpression(text string) (*expression, string) {
	if strings.Contains(unquoted(text), "[[") {
		return nil, "[[ is not closed by ]]"
	}
	e := &expression{}
	for i, part := range splitOutside(text, '|', -1) {
		c, reason := parseCall(part, i == 0)
		if reason != "" {
			return nil, reason
		}
		if i == 0 {
			e.value = c
		} else {
			e.filters = append(e.filters, c)
		}
	}
	return e, ""
}

// parseCall reads NAME:ARGUMENT:ARGUMENT. The last argument takes the rest, colons too, so that format:15:04 needs no quotes.
func parseCall(text string, isValue bool) (call, string) {
	name, rest, found := strings.Cut(text, ":")
	if strings.HasPrefix(strings.Trim(text, blanks), "'") {
		name, found = text, false
	}
	c := call{source: strings.Trim(text, blanks)}
	var reason string
	if c.name, reason = parseWord(name); reason != "" {
		return c, reason
	}
	if c.name.text == "" && !c.name.quoted {
		return c, "a value or filter has no name"
	}
	if !found {
		return c, ""
	}
	most := arguments[c.name.text]
	if isValue {
		most = 1
		if c.name.text == "header_list" {
			most = 2
		}
	}
	for _, raw := range splitOutside(rest, ':', most) {
		w, reason := parseWord(raw)
		if reason != "" {
			return c, reason
		}
		if w.text == "" && !w.quoted {
			return c, c.name.text + " has an empty argument; write ''"
		}
		c.args = append(c.args, w)
	}
	return c, ""
}

// parseWord reads a bare word or a 'quoted text'.
func parseWord(raw string) (word, string) {
	text := strings.Trim(raw, blanks)
	if !strings.HasPrefix(text, "'") {
		if strings.Contains(text, "'") {
			return word{}, "a quote is inside of " + shown(text) + "; quote all of it"
		}
		plain, reason := unescapeBare(text)
		return word{text: plain}, reason
	}
	if len(text) < 2 || !strings.HasSuffix(text, "'") || len(splitOutside(text[1:len(text)-1], '\'', -1)) > 1 {
		return word{}, "a quoted text is not closed, or something follows it"
	}
	plain, reason := unescape(text[1 : len(text)-1])
	return word{text: plain, quoted: true}, reason
}

// splitOutside splits at a separator outside of quotes, into at most so many parts; below 1 there is no limit.
func splitOutside(text string, separator byte, most int) []string {
	if !strings.ContainsAny(text, `\'`) {
		if most < 1 {
			most = -1
		}
		return strings.SplitN(text, string(rune(separator)), most)
	}
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == separator && !quoted && (most < 1 || len(parts) < most-1):
			parts = append(parts, text[start:i])
			start = i + 1
		case c == '\'':
			quoted = !quoted
		}
	}
	return append(parts, text[start:])
}

// unquoted is text without its quoted parts.
func unquoted(text string) string {
	if !strings.Contains(text, "'") {
		return text
	}
	parts := splitOutside(text, 0, -1)
	plain := ""
	for _, part := range parts {
		for i, piece := range strings.Split(part, "'") {
			if i%2 == 0 {
				plain += piece
			}
		}
	}
	return plain
}

// unescapeBare is unescape for text that is not quoted, in which a quote is itself.
func unescapeBare(text string) (plain, reason string) {
	if !strings.Contains(text, `\`) {
		return text, ""
	}
	if strings.Contains(strings.ReplaceAll(text, `\\`, ""), `\'`) {
		return "", `knows no escape but \n, \t and \\`
	}
	return unescape(text)
}

// unescape replaces \n, \t, \\ and \'.
func unescape(text string) (plain, reason string) {
	if !strings.Contains(text, `\`) {
		return text, ""
	}
	var b strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found {
			break
		}
		if after == "" {
			return "", `ends in a \`
		}
		switch after[0] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\', '\'':
			b.WriteByte(after[0])
		default:
			return "", `knows no escape but \n, \t, \\ and \'`
		}
		text = after[1:]
	}
	return b.String(), ""
}
