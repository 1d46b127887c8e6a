//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Canonical is the text that a program hashes, for people: of several, the longest that holds target, path or
// query, else the longest with the body, else the last. A text that was joined comes in parts with labels; literal
// text belongs to the part before it, unless that part is secret. For the example in the package's documentation
// the parts are
//
//	method  "GET\n"
//	target  "/api/v1/devices?limit=100&offset=0\n"
//	ts      "1000000000"
//
// It is nil if nothing is hashed, as with an API key. m and at are as for Sign; m is not changed.
func Canonical(b *Bound, m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	p := b.program
	if len(p.messages) == 0 {
		return nil, nil
	}
	texts, slots, err := hashedTexts(b, m, at)
	if err != nil {
		return nil, err
	}
	// A program may hash several texts, such as the body first and then a text with that hash. People want to see the one that says what
	// the request is.
	best, rank := -1, -1
	for i, text := range texts {
		// An empty text is one that filters such as if_method have taken out.
		if text == "" && best >= 0 {
			continue
		}
		own := 0 // its rank
		switch {
		case p.messages[i].holds&holdsTarget != 0:
			own = 2
		case p.messages[i].holds != 0:
			own = 1
		}
		if own > rank || own == rank && (own == 0 || len(text) >= len(texts[best])) {
			best, rank = i, own
		}
	}
	chosen := &p.messages[best]
	if chosen.parts == nil {
		return []signers.Part{{Label: label(chosen.name), Text: texts[best], Secret: chosen.secret}}, nil
	}
	var parts []signers.Part
	for i, v := range chosen.parts.values {
		text := slots[chosen.parts.from+i]
		secret := v.secret || v.weak
		// A literal, as a rule a separator. Behind a secret part it gets a part of its own, or it would not be
		// shown.
		if last := len(parts) - 1; v.name == "" && last >= 0 && !parts[last].Secret {
			parts[last].Text += text // a separator, as a rule
			continue
		}
		parts = append(parts, signers.Part{Label: label(v.name), Text: text, Secret: secret})
	}
	return parts, nil
}

// Hashed are all texts that a program hashes or signs, in their order, as bytes. A vector of a preset may give one
// of them as its canonical text. Those that the request leaves out, as with if_method, are empty.
func Hashed(b *Bound, m *signers.Message, at *signers.Moment) ([]string, error) {
	texts, _, err := hashedTexts(b, m, at)
	return texts, err
}

// hashedTexts are those of Hashed, and the slots after the run. It runs the code one instruction at a time, and
// notes what a hash is about to read, since a later instruction may overwrite that slot.
func hashedTexts(b *Bound, m *signers.Message, at *signers.Moment) ([]string, []string, error) {
	texts := make([]string, len(b.program.messages))
	own := *m
	// As Sign does: a client's copies of the program's parameters are not seen.
	if len(b.params) > 0 {
		own.Target = wire.WithoutParams(m.Target, b.params)
	}
	slots := begin(b.initial, &own, at)
	for i := 0; i < len(b.code); i++ { // one by one, to see what is hashed
		in := b.code[i]
		switch in.op {
		case opMethods:
			if !wire.Contains(in.list, m.Method) {
				slots[in.dst] = ""
				i += in.n
			}
			continue
		case opHash, opMAC, opSignature:
			texts[in.message] = string(covered(&in, slots, m))
		}
		if err := run([]*instruction{&in}, slots, m, at); err != nil {
			return nil, nil, err
		}
	}
	return texts, slots, nil
}

// label names a part. Only literal text has no name, such as a program that begins with a fixed word.
func label(name string) string {
	if name == "" {
		return "text"
	}
	return name
}
