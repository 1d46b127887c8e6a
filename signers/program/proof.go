//go:build go1.21

package program

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// proves notes how the header comes about that proves a request: the last that was made with a secret. What a
// shell would have to do is only said where it is one MAC at most, and options in a text. Otherwise signers.Proof
// names the header alone.
//
// For the example of the package's documentation:
//
//	Header Authorization, Value "ACME {id}:{signature}", Hash HMAC-SHA256, Encoding hex, Key key
func (c *compiler) proves(op *operation, v value) {
	// Without any header made with a secret, the first one is shown.
	if !v.made && !v.revealed && c.p.proof.Header != "" {
		return
	}
	c.p.proof = signers.Proof{Header: op.name}
	d := &describer{lets: c.pieces}
	// A description that is nearly right would cost its reader hours, so it must be of the text that Canonical
	// shows.
	if text, ok := d.pieces(op.pieces, 0); ok && (d.proof.Hash == "" || c.shows()) {
		d.proof.Header, d.proof.Value = op.name, text
		c.p.proof = d.proof
	}
}

// shows reports whether the text that people are shown is that of the program's only MAC. With a chain of MACs, or
// a text without the target, Canonical may show another text.
func (c *compiler) shows() bool {
	keyed, holds := 0, 0
	for _, m := range c.p.messages {
		if m.keyed {
			keyed++
			holds = m.holds
		}
	}
	return keyed == 1 && (len(c.p.messages) == 1 || holds&holdsTarget != 0)
}

// describer writes a template as signers.Proof.Value does. proof collects what it has found of the MAC.
type describer struct {
	lets  map[string][]piece
	proof signers.Proof
}

// pieces writes the pieces of a template; not ok if they cannot be written in that form. depth is how many lets it
// is inside of.
func (d *describer) pieces(pieces []piece, depth int) (string, bool) {
	var b strings.Builder
	for i, p := range pieces {
		if p.expr == nil {
			// Braces in a literal could not be told from those around an option.
			if strings.ContainsAny(p.text, "{}") {
				return "", false
			}
			b.WriteString(p.text)
			continue
		}
		// basic() is a whole value of HTTP basic authentication, so it must follow "Basic " and end the
		// template.
		text, ok := d.expression(p.expr, depth)
		if !ok || strings.HasPrefix(text, "basic(") && (b.String() != "Basic " || i+1 < len(pieces)) {
			return "", false
		}
		if strings.HasPrefix(text, "basic(") {
			b.Reset()
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// expression writes an expression: an option, a let, the token, basic authentication, or one MAC in hex or base64.
//
//	[[opt.id]]                             {id}
//	[[token|reveal]]                       {token}
//	Basic [[pair|base64|reveal]]           basic({user}:{password}), where pair is [[opt.user]]:[[opt.password]]
//	[[text|hmac_sha256:opt.key|hex]]       {signature}
func (d *describer) expression(e *expression, depth int) (string, bool) {
	calls, names := make([]call, 0, len(e.filters)), make([]string, 0, len(e.filters))
	for _, f := range e.filters {
		if f.name.text != "reveal" {
			calls = append(calls, f)
			names = append(names, f.name.text)
		}
	}
	name := strings.TrimPrefix(e.value.name.text, "opt.")
	let, isLet := d.lets[e.value.name.text]
	switch filters := strings.Join(names, " "); {
	// Eight lets inside of each other are more than any preset has.
	case e.value.name.quoted || depth > 8:
		return "", false
	case filters == "base64" && isLet:
		text, ok := d.pieces(let, depth+1)
		return "basic(" + text + ")", ok && strings.Count(text, ":") == 1 && !strings.ContainsAny(text, "() ")
	case filters == "" && isLet:
		return d.pieces(let, depth+1)
	case filters == "" && (name != e.value.name.text || name == "token"):
		return "{" + name + "}", true
	case len(names) == 2 && strings.HasPrefix(filters, "hmac_") && (names[1] == "hex" || names[1] == "base64") && d.proof.Hash == "":
		key := calls[0].args[0].text
		d.proof.Hash = "HMAC-" + strings.ToUpper(strings.TrimPrefix(names[0], "hmac_"))
		d.proof.Encoding = names[1]
		d.proof.Key = strings.TrimPrefix(key, "opt.")
		return "{signature}", d.proof.Key != key
	}
	return "", false
}
