//go:build go1.21

package program

import (
	"strings"
)

// parseTemplate splits a template into its pieces, literal text and expressions in [[ ]]. Neighbouring texts are one piece.
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
