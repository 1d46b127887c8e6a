//go:build go1.21

package program

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// builtins are the values that every program has. The names with a dot behind are given without it. A let cannot
// have one of these names.
var builtins = map[string]bool{
	"method": true, "scheme": true, "host": true, "path": true, "query": true, "target": true, "nonce": true, "body_len": true, "body": true,
	"now": true, "token": true, "opt": true, "header": true, "header_lines": true, "header_lines_trimmed": true,
	"header_names": true, "header_list": true,
}

// valueNames lists the names of the values that every program has, sorted. The pages on operations and the hints for
// misspelt names use it.
func valueNames() []string {
	names := make([]string, 0, len(builtins))
	for name := range builtins {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// expression compiles a value and its filters. The result is in slot dst if that is not -1 and anything had to be
// computed. Filters run from left to right, each on the result of the one before it.
func (c *compiler) expression(e *expression, dst int) (value, string) {
	// Filters such as if_method wrap all that the expression has emitted since here.
	start := len(c.p.code)
	v, reason := c.value(e.value, dst)
	for _, f := range e.filters {
		if reason != "" {
			break
		}
		if v.weight == 0 { // a time
			v.weight = 1
		}
		v, reason = c.filter(f, v, dst, start)
		if reason == "" && v.weight > maxWeight {
			return v, tooLarge
		}
	}
	if v.weight == 0 {
		v.weight = 1
	}
	return v, reason
}

// own is dst, or a new slot. dst is a place in a row that waits for the value: see template.
func (c *compiler) own(dst int) int {
	if dst >= 0 {
		return dst
	}
	return c.grow(1)
}

// load emits an instruction that fills a slot from the message or moment. It returns v with its slot.
func (c *compiler) load(op, dst int, v value) value {
	v.slot = c.own(dst)
	v.weight = 1
	c.emit(instruction{op: op, dst: v.slot})
	return v
}

// value compiles a value: a quoted text, one of builtins, an option, a header, a token or a let. Errors name it,
// and the nearest one that there is. A value that is already in a slot needs no instruction; its slot must not be
// overwritten.
func (c *compiler) value(call call, dst int) (value, string) {
	name := call.name.text
	if call.name.quoted {
		if len(call.args) > 0 {
			return value{}, "a text takes no argument"
		}
		return c.constant(name), ""
	}
	if strings.HasPrefix(name, "header_") && builtins[name] {
		return c.picked(call, dst)
	}
	if len(call.args) > 0 {
		return value{}, "the value " + shown(name) + " takes no argument"
	}
	switch name {
	// A gateway refuses methods that are no tokens, so the method holds no control character.
	case "method":
		return value{slot: slotMethod, name: name, safe: true}, ""
	// http or https; the gateway sets it.
	case "scheme":
		return c.load(opScheme, dst, value{name: name, safe: true}), ""
	case "host":
		return value{slot: slotHost, name: name}, ""
	case "path":
		return c.load(opPath, dst, value{name: name, holds: holdsTarget}), ""
	// Without the question mark, and with what lines above have appended.
	case "query":
		return c.load(opQuery, dst, value{name: name, holds: holdsTarget}), ""
	case "target":
		v := value{slot: slotTarget, name: name, holds: holdsTarget, weight: 1}
		// The target changes with each query line, and a let of it must not change afterwards. So it is copied.
		if c.appends {
			v.slot = c.own(dst)
			c.emit(instruction{op: opMove, dst: v.slot, a: slotTarget})
		}
		return v, ""
	case "nonce":
		// The scheme does not say which kind, and any is unique.
		if c.p.nonce == "" {
			c.p.nonce = "uuid"
		}
		c.p.nonces = true
		return value{slot: slotNonce, name: name, safe: true, fresh: true}, ""
	case "body_len":
		return c.load(opBodyLen, dst, value{name: name, safe: true}), ""
	// Loaded as a copy, as slots are texts. What only hashes it takes Message.Body itself.
	case "body":
		v := c.load(opBody, dst, value{kind: bin, name: name, holds: holdsBody})
		// All of it, until first:N follows. Filters that hash it remove the instruction: see bodyAlone.
		c.p.code[len(c.p.code)-1].n = -1
		return v, ""
	// A time has no slot: the filter that writes it loads it.
	case "now":
		return value{kind: moment, slot: -1, name: name, fresh: true}, ""
	// The gateway fetches it with the credential, and whoever has it can use it: it is a secret.
	case "token":
		return c.load(opToken, dst, value{name: name, secret: true}), ""
	}
	if before, rest, found := strings.Cut(name, "."); found {
		switch before {
		case "opt":
			return c.option(rest, dst)
		case "header":
			return c.header(rest, dst)
		case "token":
			v := c.load(opToken, dst, value{name: name, secret: true})
			c.p.code[len(c.p.code)-1].text = rest
			return v, ""
		}
	}
	if v, ok := c.lets[name]; ok {
		return v, ""
	}
	if name == "opt" || name == "header" {
		return value{}, "unknown value " + name + "; write " + name + ".NAME"
	}
	return value{}, c.unknownValue(name)
}

// unknownValue is the error for a value that there is not: an option without opt, a let that comes later, or a misspelt name.
//
//	secret_key, $secret_key   unknown value secret_key; write opt.secret_key
func (c *compiler) unknownValue(name string) string {
	text := "unknown value " + shown(name)
	if _, ok := c.known[strings.TrimPrefix(name, "$")]; ok {
		return text + "; write opt." + strings.TrimPrefix(name, "$")
	}
	if hint := didYouMean(name, append(c.letNames(), valueNames()...)); hint != "" {
		return text + hint
	}
	return text + "; an option is opt.NAME, and a let comes before its use"
}

// letNames are the lets of the lines above, for hints.
func (c *compiler) letNames() []string {
	names := make([]string, 0, len(c.lets))
	for name := range c.lets {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// option loads an option. The instruction is run once, when the program is bound. An unknown option is an error
// here, so that a misspelt name does not sign with an empty text.
func (c *compiler) option(name string, dst int) (value, string) {
	o, ok := c.known[name]
	if !ok {
		names := make([]string, 0, len(c.p.options))
		for _, o := range c.p.options {
			names = append(names, o.Name)
		}
		return value{}, "unknown option " + shown(name) + didYouMean(name, names)
	}
	// A list is in no slot. header_list names its option, and Bind reads the values.
	if o.List {
		return value{kind: list, slot: -1, name: name, option: name, secret: o.Secret}, ""
	}
	v := c.load(opOption, dst, value{name: name, secret: o.Secret, safe: !o.Lines})
	v.weight = 1 // what filters make of it grows as what they make of a request
	c.p.code[len(c.p.code)-1].text = name
	return v, ""
}

// header reads a header. A client's copy of one that the program sets below, or takes away, counts for nothing:
// the vendor receives the program's, and a client must not choose what is signed in its place.
//
//	header X-Date = [[now|iso]]
//	let text = [[header.X-Date]]     the date of the line above
//	let more = [[header.X-Later]]    empty, since a line below sets it
//	header X-Later = 1
func (c *compiler) header(name string, dst int) (value, string) {
	if !headerName.MatchString(name) {
		return value{}, shown(name) + " is not a header name"
	}
	canonical := http.CanonicalHeaderKey(name)
	// net/http keeps the host apart from the other headers.
	if canonical == "Host" {
		return value{slot: slotHost, name: "host"}, ""
	}
	// The proxy behind a signer may set or remove these, so that the vendor would see another value than was signed.
	if own := gatewayHeader(name); own == "Content-Length" {
		return value{}, "Content-Length belongs to the gateway; use body_len"
	} else if own != "" {
		return value{}, own + " belongs to the gateway, and may change after signing"
	}
	// Set by a line above: the vendor receives this value.
	if h, ok := c.set[canonical]; ok {
		return h.value, ""
	}
	// Set below or removed: the vendor does not receive the client's.
	if ignores(c.owned, strings.ToLower(canonical)) {
		return c.constant(""), ""
	}
	v := c.load(opHeader, dst, value{name: "header." + name})
	c.p.code[len(c.p.code)-1].text = canonical
	return v, ""
}

// named is the value that an argument names, as the key of a MAC or the condition of when. It is compiled into a
// slot of its own.
func (c *compiler) named(w word) (value, string) {
	if w.quoted {
		return value{}, "the argument " + shown(w.text) + " is a text, where the name of a value is wanted"
	}
	return c.value(call{name: w, source: w.text}, -1)
}

// number is an argument that is a whole number, or an option that holds one. Of an option only the name is known
// here: resolve reads it. A secret is refused, since the length of what first leaves, or a date, would say what it
// is.
func (c *compiler) number(w word) (offset, string) {
	// The number of an option is read when the program is bound.
	if name := strings.TrimPrefix(w.text, "opt."); name != w.text {
		o, ok := c.known[name]
		if !ok || o.List || o.Secret {
			_, reason := c.option(name, -1)
			if reason == "" {
				reason = shown(w.text) + " is not a number"
			}
			return offset{}, reason
		}
		return offset{option: name}, ""
	}
	// The bound is that of docs/operations.md. It keeps sums of offsets far from an overflow.
	n, err := strconv.Atoi(w.text)
	if err != nil || int64(n) > 1<<31 || int64(n) < -(1<<31) {
		return offset{}, shown(w.text) + " is not a whole number"
	}
	return offset{n: n}, ""
}
