//go:build go1.21

package program

import (
	"strings"
)

// The limits of a program: it is data that somebody may have got from elsewhere. They are far above what presets
// need; the longest of those that come with the project, Tencent's, has 13 operations.
const (
	maxOperations  = 64
	maxLength      = 2048 // of one operation, in bytes
	maxExpressions = 32   // in one operation
)

// operation is one line of a program, read. "header? X-Date = [[ts|upper]]" has the verb header, is optional, and
// has one piece.
type operation struct {
	// line counts from 1, empty lines included.
	line int
	verb string // let, header, query, delheader or delquery
	// optional is header? and query?: it is not sent if it is empty.
	optional bool
	name     string
	pieces   []piece
}

// piece is a part of a template: a text, or an expression. "ACME [[opt.id]]:" has three: "ACME ", the expression,
// and ":".
type piece struct {
	text string
	expr *expression // nil: the piece is text
}

// expression is what is between [[ and ]]: a value and the filters that it goes through.
type expression struct {
	value   call
	filters []call
}

// call is a value or a filter with its arguments: "format:15:04" has the name format and the argument 15:04.
type call struct {
	name   word
	args   []word
	source string // as written, for people
}

// word is a name or an argument. A quoted one is a text, whatever it looks like: 'now' is three letters and no
// time.
type word struct {
	text   string
	quoted bool
}

// parseOperation reads one line. Its error is a reason without the place. It checks form alone: what names mean,
// and what may be sent, is checked when the line is compiled.
func parseOperation(line int, text string) (*operation, string) {
	if len(text) > maxLength {
		return nil, "too long: an operation has at most 2048 bytes"
	}
	if strings.ContainsAny(text, controls) {
		return nil, `holds a control character; write \n and \t`
	}
	// "header? X-Date = 1" -> "header?" and "X-Date = 1"
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

// verbs are for hints at misspelt ones.
var verbs = []string{"let", "header", "header?", "query", "query?", "delheader", "delquery"}

// controls are the ASCII control characters. A tab is one of them, although headers may hold it (RFC 9110 section
// 5.5): an operation writes \t where a canonical text needs one.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"
