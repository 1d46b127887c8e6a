package diagnose

import (
	"bytes"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// budget bounds the work: in signatures and in bytes, for the large bodies. Once it is used up, every
// try fails, and the answer is that nothing is known to explain the refusal.
type budget struct{ sums, bytes int }

// choice is one option for each slot, layout and mac that is not the right one. No choice at all is the
// right text.
type choice struct {
	slot, at int // slot is len(slots) for the layout, and one more for the mac
}

// search looks for the given signature with so many mistakes: none, one or two.
//
//	0   the right text of the configured scheme
//	1   one wrong option, layout or mac; then other schemes, which are a mistake themselves
//	2   other schemes with one more mistake; then pairs
//
// Other schemes come after single mistakes, and before pairs, which may use up the budget. The simplest
// explanation wins, because the first match ends the search.
func search(frames []*frame, weight int, wants []candidate, b *budget) *match {
	schemes := []int{0, 1}
	if weight == 2 {
		schemes = []int{1, 0}
	}
	for _, extra := range schemes {
		for _, f := range frames {
			if f.weight != extra || f.weight > weight {
				continue
			}
			if m := f.search(weight-f.weight, wants, b); m != nil {
				return m
			}
		}
	}
	return nil
}

// search looks in one frame. In a scheme other than the configured one, rare mistakes are left out:
// together with the wrong scheme they are too seldom for their number.
func (f *frame) search(weight int, wants []candidate, b *budget) *match {
	switch weight {
	case 0:
		return f.try(wants, b)
	case 1:
		deepest := rare
		if f.weight > 0 {
			deepest = usual
		}
		return f.among(f.singles(frequent, deepest), wants, b)
	}
	for i, s := range f.slots {
		for at, o := range s.options {
			if o.weight == 2 {
				if m := f.try(wants, b, choice{i, at}); m != nil {
					return m
				}
			}
		}
	}
	singles := f.singles(frequent, rare)
	// Common pairs first, since the budget may end.
	for most := frequent; most <= usual+usual; most++ {
		for i, c := range singles {
			for _, e := range singles[i+1:] {
				if c.slot != e.slot && c.tier+e.tier == most {
					if m := f.try(wants, b, c.choice, e.choice); m != nil {
						return m
					}
				}
			}
		}
	}
	return nil
}

// single is a choice with its tier.
type single struct {
	choice
	tier int
}

// among looks among single mistakes, in their order.
func (f *frame) among(some []single, wants []candidate, b *budget) *match {
	for _, c := range some {
		if m := f.try(wants, b, c.choice); m != nil {
			return m
		}
	}
	return nil
}

// singles are all single mistakes, in the order of slots, layout and mac, the frequent ones first.
func (f *frame) singles(commonest, deepest int) []single {
	var all []single
	for tier := commonest; tier <= deepest; tier++ {
		add := func(slot, at, of int) {
			if of == tier {
				all = append(all, single{choice{slot, at}, tier})
			}
		}
		for i, s := range f.slots {
			for at, o := range s.options {
				if o.weight == 1 {
					add(i, at, o.tier)
				}
			}
		}
		for at := 1; at < len(f.layouts); at++ {
			add(len(f.slots), at, f.layouts[at].tier)
		}
		for at := 1; at < len(f.macs); at++ {
			add(len(f.slots)+1, at, f.macs[at].tier)
		}
	}
	return all
}

// mixed looks among pairs of a rare way to make the signature and a frequent mistake with what it is
// made of. It is for presets, whose changed operations are all in the tier alone, which the search for
// pairs leaves out.
func (f *frame) mixed(wants []candidate, b *budget) *match {
	common := f.singles(frequent, frequent)
	for at := 1; at < len(f.macs); at++ {
		if f.macs[at].tier != alone {
			continue
		}
		for _, c := range common {
			if c.slot < len(f.slots) {
				if m := f.try(wants, b, choice{len(f.slots) + 1, at}, c.choice); m != nil {
					return m
				}
			}
		}
	}
	return nil
}

// try makes one signature and compares it with the given one. nil: it is another one, or the budget is
// used up. The causes of a match are those of the scheme, the parts, the layout, the hash and the
// reading, in this order.
func (f *frame) try(wants []candidate, b *budget, choices ...choice) *match {
	texts := make([]string, len(f.slots))
	size := 0
	for i, s := range f.slots {
		texts[i] = s.options[0].text
	}
	lay, m := &f.layouts[0], &f.macs[0]
	for _, c := range choices {
		switch {
		case c.slot < len(f.slots):
			texts[c.slot] = f.slots[c.slot].options[c.at].text
		case c.slot == len(f.slots):
			lay = &f.layouts[c.at]
		default:
			m = &f.macs[c.at]
		}
	}
	for _, t := range texts {
		size += len(t)
	}
	if b.sums, b.bytes = b.sums-1, b.bytes-size; b.sums < 0 || b.bytes < 0 {
		return nil
	}
	var joined []string
	lay.join(f.slots, texts, func(_ *slot, text string) { joined = append(joined, text) })
	sum := m.sum(joined)
	for _, w := range wants {
		if !w.fits(sum) {
			continue
		}
		found := &match{note: f.note, says: w.says, parts: f.parts(texts, lay)}
		if len(w.says) == 0 {
			found.says = m.says
		}
		found.add(f.causes...)
		for _, c := range choices {
			if c.slot < len(f.slots) {
				o := &f.slots[c.slot].options[c.at]
				found.publicKey = found.publicKey || f.slots[c.slot].secret && slices.Contains(o.why(), "ids_swapped")
				found.add(o.why()...)
			}
		}
		if lay.cause != "" {
			found.add(lay.cause)
		}
		found.publicKey = found.publicKey || slices.Contains(m.cause, "ids_swapped")
		found.add(m.cause...)
		if len(w.raw) < len(sum) {
			if !w.unpadded { // what was cut lacks the padding, too
				found.add(w.causes...)
			}
			found.add("signature_length")
			return found
		}
		found.add(w.causes...)
		return found
	}
	return nil
}

// fits compares a signature with the given one, of which ten bytes from its beginning are enough: one
// that was cut is the same one. Exact readings, such as of a key, must be equal.
func (w candidate) fits(sum []byte) bool {
	if !w.exact && len(w.raw) < len(sum) && len(w.raw) >= 10 {
		return bytes.HasPrefix(sum, w.raw)
	}
	return bytes.Equal(sum, w.raw)
}

// add adds causes that are not there yet.
func (m *match) add(causes ...string) {
	for _, c := range causes {
		if !slices.Contains(m.causes, c) {
			m.causes = append(m.causes, c)
		}
	}
}

// parts labels what a layout wrote: each text with the separators after it. A separator is never put
// behind a secret, whose text is not shown.
func (f *frame) parts(texts []string, l *layout) []signers.Part {
	var all []signers.Part
	l.join(f.slots, texts, func(s *slot, text string) {
		switch {
		case s != nil:
			all = append(all, signers.Part{Label: s.label, Text: text, Secret: s.secret})
		case len(all) == 0, all[len(all)-1].Secret:
			all = append(all, signers.Part{Label: "separator", Text: text})
		default:
			all[len(all)-1].Text += text
		}
	})
	return all
}
