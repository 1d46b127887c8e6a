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
	// Dates first: they are the only filters that take a time, except add, and they take nothing else.
	if layout, ok := layouts[name]; ok || name == "format" {
		if name == "format" {
			layout = f.args[0].text
		}
		if v.kind != moment {
			return v, name + " does not take " + kindNames[v.kind] + "; it takes a time, as now is"
		}
		out := value{kind: text, slot: c.own(dst), name: v.name, fresh: true, safe: !strings.ContainsAny(layout, controls)}
		c.emit(instruction{op: opTime, dst: out.slot, text: layout, offsets: v.seconds})
		return out, ""
	}
	// Nothing is computed here. The seconds are kept with the time until a filter writes it.
	if name == "add" {
		if v.kind != moment {
			return v, "add does not take " + kindNames[v.kind] + "; it takes a time"
		}
		by, reason := c.number(f.args[0])
		v.seconds = append(append([]offset(nil), v.seconds...), by)
		return v, reason
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
	if fn := texts[name]; fn != nil {
		out := v
		encodes := name == "urlencode" || name == "json" || name == "form" || name == "canon_path"
		// An encoding escapes control characters; upper, lower, trim and collapse leave them.
		out.safe = v.safe || encodes
		// urlencode makes three bytes of one, "é" becomes %C3%A9; JSON up to six of a control character, of which
		// few texts have any.
		if encodes {
			out.weight *= 3
		}
		return c.unary(instruction{op: opCall, fn: fn}, v, out, dst), ""
	}
	if try := fallible[name]; try != nil {
		out := v
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
		return c.unary(instruction{op: opFallible, try: try, text: name}, v, out, dst), ""
	}
	// after, strip_prefix and end_with: a text of the operations goes in.
	arg := c.constant(f.args[0].text)
	out := v
	out.safe = v.safe && arg.safe
	return c.unary(instruction{op: opCallTwo, two: twos[name], b: arg.slot}, v, out, dst), ""
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

// hash emits a hash, MAC or signature, and notes what it is made of. That of a body alone takes the body as it
// came, without a copy:
//
//	[[body|sha256|hex]]         opHash with body, opHex: no opBody
//	[[body|if_method:POST|md5]] opMethods, opBody, opHash: a copy, since the body may be replaced by an empty text
func (c *compiler) hash(in instruction, v, out value, dst, start int) value {
	m := message{holds: v.holds, secret: v.secret || v.weak, name: v.name, keyed: in.op != opHash}
	if r, ok := c.p.regions[v.slot]; ok {
		m.parts = &r
	}
	if i := c.bodyAlone(v.slot, start); i >= 0 {
		in.body = &bodyPart{n: c.p.code[i].n, option: c.p.code[i].text}
		c.p.code = append(c.p.code[:i], c.p.code[i+1:]...)
		// Any slot: it is not read.
		v.slot = slotMethod
	}
	in.message = len(c.p.messages)
	c.p.messages = append(c.p.messages, m)
	return c.unary(in, v, out, dst)
}

// bodyAlone is the index of the instruction that loads the body into slot, if the expression from start on has
// done no more; -1: it has. With an opMethods or opUnless in between the instruction cannot be taken out: they
// count the instructions that they pass over.
func (c *compiler) bodyAlone(slot, start int) int {
	found := -1
	for i := start; i < len(c.p.code); i++ {
		switch in := &c.p.code[i]; {
		case in.op == opMethods || in.op == opUnless:
			return -1
		case in.dst == slot && in.op == opBody:
			found = i
		case in.dst == slot:
			return -1
		}
	}
	return found
}

// mac compiles an HMAC. A key that is public would make it a plain hash, so its key must be a secret, or made with
// one. A chain of keys, as of Veracode, BloodHound and SigV4, is made of lets:
//
//	let date_key = [[ts|hmac_sha256:nonce_key]]
//	let signing_key = [['version_1'|hmac_sha256:date_key]]
//
// A quoted key is a literal and thus public.
func (c *compiler) mac(n int, f call, v value, dst, start int) (value, string) {
	if f.args[0].quoted {
		return v, publicKey(f.args[0].text)
	}
	key, reason := c.named(f.args[0])
	switch {
	case reason != "":
		return v, reason
	case key.kind == moment || key.kind == list:
		return v, "the key is " + sendable(key)
	case !key.secret && !key.made:
		return v, publicKey(f.args[0].text)
	}
	return c.hash(instruction{op: opMAC, n: n, b: key.slot}, v, keyed(v), dst, start), ""
}

// publicKey refuses the key of a MAC that everybody may know. It is the mistake of writing opt.id where opt.key is
// meant.
func publicKey(name string) string {
	return "the key " + shown(name) + " is public; a MAC is made with a secret, or with a let that was made with one"
}
