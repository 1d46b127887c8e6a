package diagnose

import (
	"slices"
	"strings"
)

// search sets up the comparison with the given signature.
func (s *signedMessage) search() {
	d := s.d
	var pieces []piece
	end := ""
	for _, name := range s.names {
		line := s.lineOf(name)
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
	d.frames, d.wants = []*frame{f}, []want{{raw: s.raw, exact: true}}
	if s.key == nil {
		d.wants = nil
		return
	}
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

// layouts are the ways in which clients write and join the lines wrongly.
func (s *signedMessage) layouts() (all []mac) {
	right := s.right()
	add := func(cause, says string, tier int, change func(lines []string) string) {
		all = append(all, mac{cause: []string{cause}, tier: tier, says: map[string]string{cause: says},
			sum: s.check(right, s.key, func(text string) string {
				if made := change(strings.Split(text, "\n")); made != text {
					return made
				}
				return ""
			})})
	}
	join := func(lines []string) string { return strings.Join(lines, "\n") }
	each := func(change func(name, value string) string) func([]string) string {
		return func(lines []string) string {
			made := make([]string, len(lines))
			for i, line := range lines {
				at := strings.LastIndex(line[:len(line)-len(afterName(line))], ":")
				if at < 0 {
					made[i] = line
					continue
				}
				made[i] = change(line[:at], afterName(line))
			}
			return join(made)
		}
	}
	layout := func(tier int, says string, change func(lines []string) string) {
		add("text_layout", says, tier, change)
	}
	last := func(change func(string) string) func([]string) string {
		return func(l []string) string { return join(l[:len(l)-1]) + "\n" + change(l[len(l)-1]) }
	}
	layout(frequent, "a line end was signed after the last line", func(l []string) string { return join(l) + "\n" })
	layout(frequent, "the lines were joined with CRLF", func(l []string) string { return strings.Join(l, "\r\n") })
	layout(usual, "the lines were joined with the text \\n in place of line feeds", func(l []string) string { return strings.Join(l, `\n`) })
	layout(usual, "the lines were joined without line feeds", func(l []string) string { return strings.Join(l, "") })
	layout(usual, "the lines were joined with blanks", func(l []string) string { return strings.Join(l, " ") })
	layout(frequent, "the blank after the colon of each line was left out", each(func(n, v string) string { return n + ":" + v }))
	layout(frequent, "the values were signed without their names", each(func(_, v string) string { return v }))
	if s.draft {
		layout(frequent, "the names were signed with capitals", each(func(n, v string) string { return capital(n, strings.Clone) + ": " + v }))
	} else {
		layout(frequent, "the names were signed without quotes",
			each(func(n, v string) string { return strings.ReplaceAll(n, `"`, "") + ": " + v }))
		layout(frequent, "the line @signature-params was left out", func(l []string) string { return join(l[:len(l)-1]) })
		layout(usual, "the line @signature-params was left out", last(func(string) string { return "" }))
		layout(usual, "the last line was signed under another name than @signature-params",
			last(func(line string) string { return strings.Replace(line, "@signature-params", "signature-input", 1) }))
		layout(usual, "the name of the last line was signed without quotes",
			last(func(line string) string { return strings.Replace(line, `"@signature-params"`, "@signature-params", 1) }))
	}
	s.reorder(add)
	return all
}

// reorder adds the lines in other orders, and without one of them.
func (s *signedMessage) reorder(add func(cause, says string, tier int, change func([]string) string)) {
	n := len(s.names)
	if n > 12 {
		return
	}
	for i := range n {
		add("text_layout", "the line of "+plain(s.names[i])+" was left out of the signed text", usual, func(l []string) string {
			return strings.Join(slices.Delete(slices.Clone(l), i, i+1), "\n")
		})
		for j := i + 1; j < n; j++ {
			add("text_layout", "the lines were signed in another order than the signature says", usual, func(l []string) string {
				l = slices.Clone(l)
				l[i], l[j] = l[j], l[i]
				return strings.Join(l, "\n")
			})
		}
	}
	add("text_layout", "the lines were signed in another order than the signature says", usual, func(l []string) string {
		l = slices.Clone(l)
		slices.Sort(l[:n])
		return strings.Join(l, "\n")
	})
}

// afterName is the value of a line, behind its name, the colon and the blank.
func afterName(line string) string {
	_, value, _ := strings.Cut(line, ": ")
	return value
}
