//go:build go1.21

package program

import "strings"

// cutTo compiles first:N. Of a body only as many bytes are loaded; of a digest that was made with a secret enough
// must be left. BloodHound signs the hour of the date as [[at|first:13]]; Akamai hashes the first bytes of a body
// as [[body|first:opt.NAME]].
func (c *compiler) cutTo(f call, v value, dst, start int) (value, string) {
	n, reason := c.number(f.args[0])
	switch {
	case reason != "":
		return v, reason
	case n.option == "" && n.n < 0:
		return v, "first takes a number that is not below 0"
	// Whoever configures the option could make a signature that is guessed. The number is not known here, so cut
	// cannot judge it.
	case n.option != "" && v.made && v.bits > 0:
		return v, "first takes no option where it cuts a digest of a secret"
	case n.option == "":
		if reason := cut(v, n.n); reason != "" {
			return v, reason
		}
	}
	// body|first:N becomes one instruction that loads N bytes. A second first of the same body cuts the text as
	// any other.
	if last := len(c.p.code) - 1; last >= start && c.p.code[last].op == opBody && c.p.code[last].dst == v.slot {
		if body := &c.p.code[last]; body.n < 0 && body.text == "" {
			body.n, body.text = n.n, n.option
			return v, ""
		}
	}
	return c.unary(instruction{op: opFirst, n: n.n, text: n.option}, v, v, dst), ""
}

// choose compiles or:S and when:NAME. when:body asks whether there is a body, without loading it: a gateway then
// reads one byte of it.
//
//	[[header.X-Request-Id|or:none]]     the header, or "none"
//	[[body|sha256|hex|when:body]]       the hash, or nothing for a request without a body
func (c *compiler) choose(f call, v value, dst int) (value, string) {
	if f.name.text == "when" && !f.args[0].quoted && f.args[0].text == "body" {
		b := c.grow(1)
		c.emit(instruction{op: opHasBody, dst: b})
		return c.unary(instruction{op: opWhen, b: b}, v, v, dst), ""
	}
	if f.name.text == "or" {
		arg := c.constant(f.args[0].text)
		out := v
		out.safe = v.safe && arg.safe
		return c.unary(instruction{op: opOr, b: arg.slot}, v, out, dst), ""
	}
	arg, reason := c.named(f.args[0])
	if reason == "" && (arg.kind == moment || arg.kind == list) {
		reason = "when does not take " + sendable(arg)
	}
	if reason != "" {
		return v, reason
	}
	return c.unary(instruction{op: opWhen, b: arg.slot}, v, v, dst), ""
}

// ifMethod compiles if_method:A,B: the expression so far is not even run with another method. So the gateway need
// not read a body that only counts with POST: see Covers.
//
//	[[body|sha256|base64|if_method:POST]]  ->  opMethods with n=2, opHash, opBase64
func (c *compiler) ifMethod(f call, v value, dst, start int) (value, string) {
	methods := strings.Split(strings.ReplaceAll(f.args[0].text, " ", ""), ",")
	for _, method := range methods {
		if method == "" {
			return v, "if_method takes methods, separated by commas"
		}
	}
	return c.skipped(instruction{op: opMethods, list: methods}, v, dst, start), ""
}

// ifOption compiles if:opt.NAME:VALUE, which is decided when the program is bound. Secrets are refused as options
// of an if: which branch is taken can be seen in the request, so it would say something about the secret.
func (c *compiler) ifOption(f call, v value, dst, start int) (value, string) {
	name := strings.TrimPrefix(f.args[0].text, "opt.")
	o, ok := c.known[name]
	if !ok || name == f.args[0].text {
		if _, reason := c.option(name, -1); reason != "" {
			return v, reason
		}
		return v, "if takes an option and a value, as in if:opt.mode:full"
	}
	if o.List || o.Secret {
		return v, "if takes an option that is neither a list nor a secret"
	}
	// Each value of such an option makes a plan of its own: see planOf.
	c.p.choosing = append(c.p.choosing, name)
	return c.skipped(instruction{op: opUnless, text: name, value: f.args[1].text}, v, dst, start), ""
}

// skipped puts in before the instructions since start, which it may pass over. It fills v's slot in either case:
// with the value, or with an empty text.
func (c *compiler) skipped(in instruction, v value, dst, start int) value {
	// The value may be in a slot that others read, as that of the method or a let is. It must not be emptied, so
	// it is moved first.
	if len(c.p.code) == start || v.slot != c.lastSlot(start) {
		slot := c.own(dst)
		if slot == v.slot {
			slot = c.grow(1)
		}
		c.emit(instruction{op: opMove, dst: slot, a: v.slot})
		v.slot = slot
	}
	in.dst, in.n, in.line = v.slot, len(c.p.code)-start, c.line
	c.p.code = append(c.p.code, instruction{})
	copy(c.p.code[start+1:], c.p.code[start:])
	c.p.code[start] = in
	return v
}
