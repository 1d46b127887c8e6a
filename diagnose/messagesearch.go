package diagnose

// search sets up the comparison with the given signature: one frame whose slots are the pieces of all
// lines, glued to each other, and whose only right mac is the check with the expected algorithm and
// key. Without a key there is nothing to compare, and the frame only shows the right text.
func (s *signedMessage) search() {
	d := s.d
	var pieces []piece
	end := ""
	for _, name := range s.names {
		line := s.lineOf(name)
		// The line feed belongs to the line behind it: the last line has none after it (RFC 9421, 2.5).
		line[0].slot.options[0].text = end + line[0].slot.right()
		end = "\n"
		pieces = append(pieces, line...)
	}
	if !s.draft {
		pieces = append(pieces, piece{slot: newSlot("@signature-params", end+`"@signature-params": `)},
			piece{newSlot("@signature-params", s.input), s.fillInput})
	}
	f := &frame{layouts: []layout{{}}}
	for _, p := range pieces {
		p.slot.glued = true
		f.slots = append(f.slots, p.slot)
	}
	if len(f.slots) == 0 {
		d.fact("header_not_signed", "the signature covers nothing of the request")
		d.stuck = true
		return
	}
	d.frames, d.wants = []*frame{f}, []candidate{{raw: s.raw, exact: true}}
	if s.key == nil {
		d.wants = nil
		return
	}
	s.readLength()
	f.macs = []mac{{sum: s.check(s.right(), s.key, nil)}}
	if d.secretSent(string(s.raw)) {
		return
	}
	d.later = func() {
		for _, p := range pieces {
			if p.fill != nil {
				p.fill(p.slot)
			}
		}
		f.macs = append(f.macs, s.otherAlgorithms()...)
		f.macs = append(f.macs, s.otherKeys()...)
		f.macs = append(f.macs, s.layouts()...)
	}
}
