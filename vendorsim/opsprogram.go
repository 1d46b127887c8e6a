package vendorsim

import "regexp"

// The limits of a program. They are those of docs/operations.md, so that no file loads in one place and not in the other.
const (
	maxOperations      = 64
	maxOperationLength = 2048
	maxExpressions     = 32
)

// operation is one line of a program: let, header, query, delheader or delquery. A token request has further ones of the kind
// text, which no file can write: its address and its body (readRequest).
type operation struct {
	verb     string
	optional bool // header? and query?: not set if empty
	name     string
	template template
	line     int
}

// String names the operation in errors: "header Authorization".
func (o operation) String() string { return o.verb + " " + o.name }

// sets reports whether the operation puts something into the request.
func (o operation) sets() bool { return o.verb == "header" || o.verb == "query" }

// template is text with expressions in it: "ACME [[opt.id]]" is the literal "ACME " and an expression.
type template []piece

// piece is literal text, or an expression.
type piece struct {
	literal string
	expr    *expression
}

// expression is the content of [[ ]]: a value, and filters, which are applied from left to right.
type expression struct {
	value   call
	filters []call
}

// call is a value or a filter with its arguments. quoted makes a value of 'text', whose text is the name.
type call struct {
	name   string
	quoted bool
	args   []string
	bare   bool // the last argument had no quotes: it may name a value
}

// The forms of names. The one of headers is a token of RFC 9110, section 5.6.2, of at most 128 characters.
var (
	letForm    = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,63}$`)
	headerForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	queryForm  = regexp.MustCompile(`^[!-~]{1,128}$`)
)
