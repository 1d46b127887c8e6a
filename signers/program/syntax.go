//go:build go1.21

package program

import (
	"regexp"
	"strings"
)

// foreign are values as the templates of other tools have them. As literal text they would be sent.
var foreign = regexp.MustCompile(`\{\{ *(?:(?:opt|header)\.|(?:now|nonce|method|path|query|target|body|token)[ |}])`)

// parseTemplate splits a template into its pieces, literal text and expressions in [[ ]]. Neighbouring texts are
// one piece.
//
//	ACME [[opt.id]]:[[text|hex]]  ->  "ACME ", opt.id, ":", text|hex
//
// Its error is a reason without the line.
func parseTemplate(text string) ([]piece, string) {
	var pieces []piece
	expressions := 0
	for text != "" {
		start := strings.Index(text, "[[")
		// Everything up to the next [[ is literal text: a single [ or ]] in it means itself.
		literal := text
		if start >= 0 {
			literal = text[:start]
		}
		if foreign.MatchString(literal) {
			return nil, "a value is in [[ ]] here, not in {{ }}"
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
		// Each takes a slot and an instruction at least, for every request.
		if expressions++; expressions > maxExpressions {
			return nil, "too many [[ ]]: an operation has at most 32"
		}
		pieces = append(pieces, piece{expr: e})
		text = rest
	}
	return pieces, ""
}

// cutExpression finds the ]] that ends an expression, outside of quotes. text is what follows [[.
//
//	opt.id]]:[[text]]   ->  opt.id  and  :[[text]]
//	'a]]b'|upper]] c    ->  'a]]b'|upper  and   c
func cutExpression(text string) (inner, rest, reason string) {
	at, quoted := 0, false
	for {
		// From one sign that matters to the next, in calls of the library: byte by byte would take milliseconds in
		// an interpreter.
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

// parseExpression reads value|filter:argument|filter. The first part is the value. For now|format:15:04|first:2:
//
//	value now; filters format with the argument 15:04, and first with the argument 2
func parseExpression(text string) (*expression, string) {
	// [[a [[b]]: the first one was not closed.
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

// parseCall reads NAME:ARGUMENT:ARGUMENT. The last argument takes the rest, colons too, so that format:15:04 needs
// no quotes. How many arguments there are is for the compiler to check: here the number only says where the last
// one begins.
func parseCall(text string, isValue bool) (call, string) {
	name, rest, found := strings.Cut(text, ":")
	if strings.HasPrefix(strings.Trim(text, blanks), "'") {
		// A quoted text as the value: a colon in it begins no argument.
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
	// A filter that is unknown or takes none has 0, which is no limit here. The compiler then says what is wrong.
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
		// An empty argument is more often a mistake than meant, so it has to be quoted.
		if w.text == "" && !w.quoted {
			return c, c.name.text + " has an empty argument; write ''"
		}
		c.args = append(c.args, w)
	}
	return c, ""
}

// parseWord reads a bare word or a 'quoted text'. Blanks around it do not count.
//
//	 X-Acme-*      ->  the bare word X-Acme-*
//	'a|b '         ->  the text "a|b "
//	it's           ->  an error: quote all of it
func parseWord(raw string) (word, string) {
	text := strings.Trim(raw, blanks)
	if !strings.HasPrefix(text, "'") {
		if strings.Contains(text, "'") {
			return word{}, "a quote is inside of " + shown(text) + "; quote all of it"
		}
		plain, reason := unescapeBare(text)
		return word{text: plain}, reason
	}
	// A second quote ends the text early: 'a'b, or 'a' 'b'.
	if len(text) < 2 || !strings.HasSuffix(text, "'") || len(splitOutside(text[1:len(text)-1], '\'', -1)) > 1 {
		return word{}, "a quoted text is not closed, or something follows it"
	}
	plain, reason := unescape(text[1 : len(text)-1])
	return word{text: plain, quoted: true}, reason
}
