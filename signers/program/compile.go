//go:build go1.21

package program

import (
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// maxWeight bounds what a program makes of a request: nested concatenations would double it with each line.
const maxWeight = 256

// tooLarge is the error of a program that goes beyond maxWeight.
const tooLarge = "too large: it may hold the request more than 256 times"

// compiler makes a program. Its first error ends it. For each value it knows where the bytes come from (types.go), so that a program
// which would send a secret unseen does not compile.
type compiler struct {
	p    *Program
	line int
	lets map[string]value
	// pieces are the templates of the lets.
	pieces map[string][]piece
	known  map[string]Option
	set    map[string]ownHeader // headers so far
	taken  map[string]bool      // what is set or taken away so far
	owned  *ignored             // all headers of the program
	// appends says that there are parameters to add.
	appends bool
}

// Compile checks operations and makes a program of them. Nonce is the kind of the nonce; without one, a program that has a
// nonce gets a uuid. Owns are headers that are removed from clients' requests in addition to those of the operations. An error
// names the line, the operation and the reason.
func Compile(operations []string, options []Option, nonce string, owns []string) (*Program, error) {
	c, parsed, err := compileOperations(operations, options, nonce, owns)
	if err != nil {
		return nil, err
	}
	for _, op := range parsed {
		if op.verb == "header" || op.verb == "query" {
			return c.p, nil
		}
	}
	return nil, errors.New("operations: nothing is set; a program needs a header or a query")
}

// compileOperations compiles lines, none of which has to set anything.
func compileOperations(operations []string, options []Option, nonce string, owns []string) (*compiler, []*operation, error) {
	if len(operations) > maxOperations {
		return nil, nil, fmt.Errorf("operations: too many: a program has at most %d", maxOperations)
	}
	c := &compiler{
		p:    &Program{options: options, nonce: nonce, regions: make(map[int]region), plans: make(map[string]*plan)},
		lets: make(map[string]value), pieces: make(map[string][]piece), known: make(map[string]Option), set: make(map[string]ownHeader),
		taken: make(map[string]bool),
		owned: &ignored{names: make(map[string]bool)},
	}
	c.grow(firstSlot)
	for _, o := range options {
		c.known[o.Name] = o
	}
	for _, name := range owns {
		if reason := checkOwned(name); reason != "" {
			return nil, nil, errors.New("owns: " + reason)
		}
		if lower := plain(name); strings.HasSuffix(lower, "*") {
			c.owned.prefixes = append(c.owned.prefixes, strings.TrimSuffix(lower, "*"))
		} else {
			c.owned.names[lower] = true
		}
	}
	parsed := make([]*operation, 0, len(operations))
	for i, line := range operations {
		if strings.Trim(line, blanks) == "" {
			continue
		}
		op, reason := parseOperation(i+1, line)
		if reason != "" {
			return nil, nil, fmt.Errorf("operations line %d: %s", i+1, reason)
		}
		if op.verb == "header" || op.verb == "delheader" {
			// All headers of the program are known before its first operation is compiled: a client's copy of one that is set below must
			// not be read above.
			c.owned.names[plain(op.name)] = true
		}
		c.appends = c.appends || op.verb == "query"
		parsed = append(parsed, op)
	}
	for _, op := range parsed {
		if reason := c.operation(op); reason != "" {
			what := op.verb + " " + op.name
			if op.optional {
				what = op.verb + "? " + op.name
			}
			return nil, nil, fmt.Errorf("operations line %d: %s: %s", op.line, what, reason)
		}
	}
	return c, parsed, nil
}

// operation compiles one line. The result is why it cannot be compiled; empty: it was.
func (c *compiler) operation(op *operation) string {
	c.line = op.line
	// A header or parameter is set or taken away once, in whatever spelling; lets have names of their own.
	key := strings.TrimPrefix(op.verb, "del") + " " + strings.ToLower(op.name)
	if strings.HasPrefix(key, "header ") {
		key = plain(key)
	} else if op.verb == "let" {
		key = "let " + op.name
	}
	if op.verb == "let" && builtins[op.name] || c.taken[key] {
		return "the name is taken"
	}
	c.taken[key] = true
	switch op.verb {
	case "delheader":
		c.p.removed = append(c.p.removed, op.name)
		return ""
	case "delquery":
		c.p.params = append(c.p.params, op.name)
		return ""
	}
	for _, p := range op.pieces {
		if op.verb != "let" && strings.ContainsAny(p.text, controls) {
			return "holds a line end or another control character, which cannot be sent"
		}
	}
	v, reason := c.template(op.pieces)
	if reason != "" {
		return reason
	}
	v.name = op.name
	switch op.verb {
	case "let":
		c.lets[op.name] = v
		c.p.lets = append(c.p.lets, v)
		c.pieces[op.name] = op.pieces
		return ""
	case "header":
		if reason := sendable(v); reason != "" {
			return reason
		}
		h := ownHeader{name: op.name, slot: v.slot, optional: op.optional, value: v, line: op.line}
		c.set[op.name] = h
		c.p.headers = append(c.p.headers, h)
		c.proves(op, v)
		if v.made || v.revealed || v.weak {
			c.p.madeHeaders = append(c.p.madeHeaders, op.name)
		}
	case "query":
		if reason := sendable(v); reason != "" {
			return reason
		}
		c.p.params = append(c.p.params, op.name)
		if v.made || v.revealed || v.weak {
			c.p.madeParams = append(c.p.madeParams, op.name)
		}
		c.emit(instruction{op: opAppend, dst: -1, a: v.slot, text: urlEncode(op.name), optional: op.optional})
		if v.revealed {
			c.warn("query " + op.name + " holds a secret, which access logs show")
		}
	}
	if v.revealed || v.weak {
		c.p.sends = true
	}
	if v.weak {
		c.warn(op.verb + " " + op.name + " is a hash of a secret alone, without now or nonce: whoever sees it can use it as the secret")
	}
	return ""
}

// warn adds a warning about the line that is being compiled.
func (c *compiler) warn(what string) {
	c.p.Warnings = append(c.p.Warnings, "operations line "+strconv.Itoa(c.line)+": "+what)
}

// sendable says why a value must not go out.
func sendable(v value) string {
	switch {
	case v.kind == bin:
		return "raw bytes; add |hex or |base64"
	case v.kind == moment:
		return "a time; add |unix, |iso or another form of a date"
	case v.kind == list:
		return "a list; it can only be used by header_list"
	case v.secret:
		return "would show a secret; hash it, or write |reveal where it must be sent"
	}
	return ""
}

// canonicalNames sorts header names without those that come twice.
func canonicalNames(names []string) []string {
	seen := make(map[string]bool, len(names))
	var own []string
	for _, name := range names {
		if !strings.HasSuffix(name, "*") {
			name = http.CanonicalHeaderKey(name)
		}
		if !seen[name] {
			seen[name] = true
			own = append(own, name)
		}
	}
	sort.Strings(own)
	return own
}
