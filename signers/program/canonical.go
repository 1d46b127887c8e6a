//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Canonical is the text that a program hashes, for people: of several, the longest that holds target, path or query, else the
// longest with the body, else the last.
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
		if last := len(parts) - 1; v.name == "" && last >= 0 && !parts[last].Secret {
			parts[last].Text += text // a separator, as a rule
			continue
		}
		parts = append(parts, signers.Part{Label: label(v.name), Text: text, Secret: secret})
	}
	return parts, nil
}

// Hashed are all texts that a program hashes or signs, in their order.
func Hashed(b *Bound, m *signers.Message, at *signers.Moment) ([]string, error) {
	texts, _, err := hashedTexts(b, m, at)
	return texts, err
}

// hashedTexts are those of Hashed, and the slots after the run.
func hashedTexts(b *Bound, m *signers.Message, at *signers.Moment) ([]string, []string, error) {
	texts := make([]string, len(b.program.messages))
	own := *m
	if len(b.params) > 0 {
		own.Target = wire.WithoutParams(m.Target, b.params)
	}
	slots := begin(b.initial, &own, at)
	for i := 0; i < len(b.code); i++ { // one by one, to see what is hashed
		in := b.code[i]
		switch in.op {
		case opMethods:
			if !listed(in.list, m.Method) {
				slots[in.dst] = ""
				i += in.n
			}
			continue
		case opHash, opMAC, opSignature:
			texts[in.message] = string(covered(&in, slots, m))
		}
		if err := run([]instruction{in}, slots, m, at); err != nil {
			return nil, nil, err
		}
	}
	return texts, slots, nil
}

// label names a part.
func label(name string) string {
	if name == "" {
		return "text"
	}
	return name
}
