//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
)

// Canonical is the text that a program hashes, for people: of several, the longest that holds target, path or query, else the
// longest with the body, else the last.
func Canonical(b *Bound, m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	p := b.program
	if len(p.messages) == 0 {
		return nil, nil
	}
	slots := append([]string(nil), b.initial...)
	texts := make([]string, len(p.messages))
	if _, err := run(b.code, slots, m, at, without(b, m.Target), texts); err != nil {
		return nil, err
	}
	best, rank := -1, -1
	for i, text := range texts {
		if text == "" && best >= 0 {
			continue
		}
		own := 0
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

// label names a part.
func label(name string) string {
	if name == "" {
		return "text"
	}
	return name
}
