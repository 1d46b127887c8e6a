//go:build go1.21

package program

import (
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// maxWeight bounds what a program makes of a request: nested concatenations would double it with each line.
//
//	let a = [[target]][[target]]
//	let b = [[a]][[a]]            four times the target; 64 lines would hold it 2^64 times
//
// Weights add up in rows and double in hex, so a program is refused when it is compiled and not when it has used
// up the memory.
const maxWeight = 256

// tooLarge is the error of a program that goes beyond maxWeight.
const tooLarge = "too large: it may hold the request more than 256 times"

// compiler makes a program. Its first error ends it. For each value it knows where the bytes come from (types.go),
// so that a program which would send a secret unseen does not compile. It is used once, by one goroutine.
type compiler struct {
	p *Program
	// line is that of the operation being compiled, from 1; 0 before the first. It is in each instruction, for
	// errors.
	line int
	// lets are the values of the lines above by name; a let knows none below it, so there are no loops.
	lets map[string]value
	// pieces are the templates of the lets.
	pieces map[string][]piece
	known  map[string]Option
	// set are the headers of the lines above, in canonical case: header.NAME below is their value.
	set map[string]ownHeader
	// taken are the names used so far, as "header x-date", "query key" or "let ts".
	taken map[string]bool
	// owned are all headers of the program, those of lines below included.
	owned *ignored
	// appends says that there are parameters to add.
	appends bool
}

// Compile checks operations and makes a program of them. Nonce is the kind of the nonce; without one, a program
// that has a nonce gets a uuid. Owns are headers that are removed from clients' requests in addition to those of
// the operations. An error names the line, the operation and the reason, and quotes no more than a name:
//
//	operations line 1: header X: would show a secret; hash it, or write |reveal where it must be sent
//	operations line 1: header X: the key opt.id is public; a MAC is made with a secret, or with a let that was made with one
//	operations line 1: header X: unknown value methd; did you mean method?
//
// Operations may come from anywhere, so Compile is bounded: by the number and length of lines, the expressions in
// each, and maxWeight.
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

// compileOperations compiles lines, none of which has to set anything: those of a token request may be lets alone.
// It reads all lines first and compiles then, since what a line may read depends on the headers of all lines.
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
		// Empty lines count, so that line numbers are those of the file.
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

// operation compiles one line. The result is why it cannot be compiled; empty: it was. A second header of one name
// is refused, as is one that differs in case or has _ for -: X-Acme-Key and x_acme_key may be the same header at
// the vendor (see plain).
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
	// Literal text is checked here, once. A let may hold line ends, which canonical texts are made of; a header
	// that uses it is then not safe and is checked when it is sent.
	for _, p := range op.pieces {
		if op.verb != "let" && strings.ContainsAny(p.text, controls) {
			return "contains a line end or another control character, which cannot be sent"
		}
	}
	v, reason := c.template(op.pieces)
	if reason != "" {
		return reason
	}
	v.name = op.name
	switch op.verb {
	case "let":
		// The value is labelled with the let's name from here on: people find it in the preset by that.
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
		// It is part of the proof, which a vector of the scheme must compare: see MadeWithSecrets.
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
		// The target changes while the program runs, so target and query below this line have the parameter.
		c.emit(instruction{op: opAppend, dst: -1, a: v.slot, text: wire.PercentEncode(op.name), optional: op.optional})
		// URLs are in access logs of servers and proxies, and headers as a rule are not.
		if v.revealed {
			c.warn("query " + op.name + " contains a secret, which access logs show")
		}
	}
	if v.revealed || v.weak {
		c.p.sends = true
	}
	if v.weak {
		c.warn(op.verb + " " + op.name + " is a hash of a secret alone, without now or nonce: anyone who sees it can use it as the secret")
	}
	return ""
}

// warn adds a warning about the line that is being compiled.
func (c *compiler) warn(what string) {
	c.p.Warnings = append(c.p.Warnings, "operations line "+strconv.Itoa(c.line)+": "+what)
}

// sendable says why a value must not go out; empty: it may. The part behind "; " is a hint that other errors use,
// too.
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

// canonicalNames sorts header names without those that come twice. A pattern such as X-Acme-* is kept as it is:
// Traits.Owns takes both.
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
