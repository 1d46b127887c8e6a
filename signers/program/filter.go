//go:build go1.21

package program

import (
	"strconv"
	"strings"
)

// filter compiles one filter of v: it checks the kind of v and the number of arguments, emits an instruction, and
// says what is known of the result. The instructions of v's expression begin at start. dst is the place in a row
// where the expression's result should be, or -1.
//
// A filter of one of the tables in filters.go needs no case of its own unless it changes what is known of the
// value. What must be right for each: safe, since such a value is not checked again; weight, since it bounds
// memory; bits and kind, since cut and sendable judge by them. The error is a reason without line and name, which
// Compile adds.
func (c *compiler) filter(f call, v value, dst, start int) (value, string) {
	name := f.name.text
	want, ok := arguments[name]
	if !ok || f.name.quoted {
		return v, "unknown filter " + shown(name) + didYouMean(name, filterNames())
	}
	switch {
	case want == 1 && len(f.args) != 1:
		return v, name + " takes 1 argument"
	case len(f.args) != want:
		return v, name + " takes " + strconv.Itoa(want) + " arguments"
	}
	// Dates first: they are the only filters that take a time, and they take nothing else.
	if layout, ok := layouts[name]; ok || name == "format" || name == "add" {
		return c.dateFilter(f, v, layout, dst)
	}
	// The hint is that of sendable, without the part that names the kind.
	if v.kind == moment || v.kind == list {
		_, hint, _ := strings.Cut(sendable(v), "; ")
		return v, name + " does not take " + kindNames[v.kind] + "; " + hint
	}
	if v.kind == bin && !takesBytes(name) {
		return v, name + " does not take bin, which are raw bytes; write |hex or |base64 before it"
	}
	// A result may overwrite what it is made of, unless a let or another piece still needs that.
	if v.slot == dst && dst >= 0 || v.slot >= 0 && v.slot == c.lastSlot(start) {
		dst = v.slot // what it takes is nobody else's
	}
	switch name {
	// The one way for a secret to go out, so that it is seen in the operations.
	case "reveal":
		v.revealed = v.revealed || v.secret || v.weak
		v.secret, v.weak = false, false
		return v, ""
	case "hex", "base64":
		op, bits := opHex, 4
		if name == "base64" {
			op, bits = opBase64, 6
		}
		return c.unary(instruction{op: op}, v, encoded(v, bits), dst), ""
	case "base64url":
		return c.unary(instruction{op: opCall, fn: base64URL}, v, encoded(v, 6), dst), ""
	case "if_method":
		return c.ifMethod(f, v, dst, start)
	case "if":
		return c.ifOption(f, v, dst, start)
	case "first":
		return c.cutTo(f, v, dst, start)
	case "or", "when":
		return c.choose(f, v, dst)
	}
	if n, ok := hashes[name]; ok {
		return c.hash(instruction{op: opHash, n: n}, v, hashed(v), dst, start), ""
	}
	if n, ok := macs[name]; ok {
		return c.mac(n, f, v, dst, start)
	}
	if n, ok := signatures[name]; ok {
		return c.signature(n, f, v, dst, start)
	}
	return c.textFilter(f, v, dst), ""
}

// textFilter compiles a filter of the tables texts, fallible and twos, which are functions of one text or two.
func (c *compiler) textFilter(f call, v value, dst int) value {
	name := f.name.text
	out := v
	if fn := texts[name]; fn != nil {
		encodes := name == "urlencode" || name == "json" || name == "form" || name == "canon_path"
		// An encoding escapes control characters; upper, lower, trim and collapse leave them.
		out.safe = v.safe || encodes
		// urlencode makes three bytes of one, "é" becomes %C3%A9; JSON up to six of a control character, of which
		// few texts have any.
		if encodes {
			out.weight *= 3
		}
		return c.unary(instruction{op: opCall, fn: fn}, v, out, dst)
	}
	if try := fallible[name]; try != nil {
		// canon_query encodes everything. The others return what they have decoded, or what the client wrote.
		out.safe = name == "canon_query" || name == "decoded_order" && v.safe
		out.weight *= 3
		if name == "cert_sha1" {
			out.kind = bin
		}
		// unhex and unbase64 return raw bytes, at most three quarters of what they read.
		if strings.HasPrefix(name, "un") {
			out.weight = (v.weight + 1) / 2
			out.kind = bin // on its own line: yaegi loses what is assigned beside a call
			out.bits = decodedBits(name, v.bits)
		}
		return c.unary(instruction{op: opFallible, try: try, text: name}, v, out, dst)
	}
	// after, strip_prefix and end_with: a text of the operations goes in.
	arg := c.constant(f.args[0].text)
	out.safe = v.safe && arg.safe
	return c.unary(instruction{op: opCallTwo, two: twos[name], b: arg.slot}, v, out, dst)
}

// takesBytes reports whether a filter takes bytes too. The others would break them: upper and trim change single
// bytes of what is no text, and json and urlencode have a meaning for text alone.
func takesBytes(name string) bool {
	switch name {
	case "hex", "base64", "base64url", "first", "if", "if_method":
		return true
	}
	_, isHash := hashes[name]
	_, isMAC := macs[name]
	_, isSignature := signatures[name]
	return isHash || isMAC || isSignature
}

// lastSlot is where the last instruction since start writes to, or -1: nobody else knows of that slot yet, so it
// may be overwritten.
func (c *compiler) lastSlot(start int) int {
	if len(c.p.code) > start {
		return c.p.code[len(c.p.code)-1].dst
	}
	return -1
}

// unary emits an instruction that makes out of v: dst = f(v). The result is in dst, or in a new slot if that is
// -1.
func (c *compiler) unary(in instruction, v, out value, dst int) value {
	out.slot = c.own(dst)
	in.a, in.dst = v.slot, out.slot
	c.emit(in)
	return out
}
