package diagnose

import (
	"maps"
	"net/textproto"
	"slices"
	"strings"
)

// layouts are the ways in which clients write and join the lines wrongly. They change the joined text,
// and not the frame: the lines have names in them, which an order of slots would tear off. The right
// text, and so what these begin with, is for a GET:
//
//	"@method": GET
//	"@path": /a
//	"@signature-params": ("@method" "@path");created=1700000000;keyid="1"
func (s *signedMessage) layouts() (all []mac) {
	right := s.right()
	add := func(cause, says string, tier int, change func(lines []string) string) {
		all = append(all, mistaken(cause, tier, says, s.check(right, s.key, func(text string) string {
			if made := change(strings.Split(text, "\n")); made != text {
				return made
			}
			return ""
		})))
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
	layout(usual, "an empty line was signed before the first", func(l []string) string { return "\n" + join(l) })
	layout(usual, "a blank was signed after each line", func(l []string) string { return strings.Join(l, " \n") })
	layout(usual, "a blank was signed after each line", func(l []string) string { return strings.Join(l, " \n") + " " })
	layout(usual, "white space was signed after the last line", func(l []string) string { return join(l) + " " })
	layout(usual, "the whole text was signed in small letters", func(l []string) string { return strings.ToLower(join(l)) })
	layout(usual, "the whole text was signed in capitals", func(l []string) string { return strings.ToUpper(join(l)) })
	layout(usual, "the text was signed in quotes", func(l []string) string { return `"` + join(l) + `"` })
	for _, wide := range []func(string) string{utf16LE, utf16BE} {
		add("text_charset", "the text was turned into bytes as UTF-16", usual, func(l []string) string { return wide(join(l)) })
	}
	layout(usual, "the lines were joined with the text \\n in place of line feeds", func(l []string) string { return strings.Join(l, `\n`) })
	layout(usual, "the lines were joined without line feeds", func(l []string) string { return strings.Join(l, "") })
	layout(usual, "the lines were joined with blanks", func(l []string) string { return strings.Join(l, " ") })
	layout(frequent, "the blank after the colon of each line was left out", each(func(n, v string) string { return n + ":" + v }))
	layout(frequent, "the values were signed without their names", each(func(_, v string) string { return v }))
	named := func(change func(string) string) func([]string) string { // the last line of RFC 9421 is a constant of libraries
		return func(l []string) string {
			made := each(func(n, v string) string { return change(n) + ": " + v })
			if s.draft {
				return made(l)
			}
			return made(l[:len(l)-1]) + "\n" + l[len(l)-1]
		}
	}
	layout(frequent, "the names were signed with capitals", named(func(n string) string {
		bare := strings.Trim(n, `"`)
		return strings.Replace(n, bare, textproto.CanonicalMIMEHeaderKey(bare), 1)
	}))
	layout(usual, "the names were signed with capitals", named(func(n string) string { return capital(n, strings.Clone) }))
	layout(usual, "the names were signed with capitals", named(titled))
	layout(usual, "the names were signed in capitals", named(strings.ToUpper))
	layout(usual, "the lines were joined with commas", func(l []string) string { return strings.Join(l, ", ") })
	if !s.draft {
		layout(frequent, "the names were signed without quotes",
			each(func(n, v string) string { return strings.ReplaceAll(n, `"`, "") + ": " + v }))
		layout(frequent, "the names were signed without quotes", named(func(n string) string { return strings.ReplaceAll(n, `"`, "") }))
		layout(frequent, "the line @signature-params was left out", func(l []string) string { return join(l[:len(l)-1]) })
		layout(usual, "the line @signature-params was left out", last(func(string) string { return "" }))
		layout(usual, "the last line was signed under another name than @signature-params",
			last(func(line string) string { return strings.Replace(line, "@signature-params", "signature-input", 1) }))
		layout(usual, "the name of the last line was signed without quotes",
			last(func(line string) string { return strings.Replace(line, `"@signature-params"`, "@signature-params", 1) }))
	}
	s.otherLines(layout)
	s.reorder(add)
	return all
}

// titled begins each word of a name with a capital, also that of a name in brackets: (request-target) becomes (Request-Target), which
// Python's title makes of it.
func titled(name string) string {
	made, begins := []byte(strings.ToLower(name)), true
	for i, c := range made {
		letter := c >= 'a' && c <= 'z'
		if letter && begins {
			made[i] = c - 'a' + 'A'
		}
		begins = !letter
	}
	return string(made)
}

// reorder adds the lines in other orders, and without one of them. Beyond 12 lines there are too many
// pairs, and all orders are tried of three to five lines only. The last line of RFC 9421 stays the
// last.
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
	order := func(change func([]string)) {
		add("text_layout", "the lines were signed in another order than the signature says", usual, func(l []string) string {
			l = slices.Clone(l)
			change(l[:n])
			return strings.Join(l, "\n")
		})
	}
	order(func(l []string) { slices.Sort(l) })
	order(func(l []string) { slices.Reverse(l) })
	if n > 2 && n < 6 {
		permute(n, func(places []int) {
			order(func(l []string) {
				own := slices.Clone(l)
				for i, from := range places {
					l[i] = own[from]
				}
			})
		})
	}
}

// otherLines adds texts with a line more, or with one that was written in another way. A line more is a
// header that was sent and is not among what the signature covers: of 20 at most, in the order of their
// names.
func (s *signedMessage) otherLines(layout func(tier int, says string, change func([]string) string)) {
	change := func(tier int, begin, says string, of func(value string) string) {
		layout(tier, says, func(l []string) string {
			l = slices.Clone(l)
			for i, line := range l {
				if value, ok := strings.CutPrefix(line, begin); ok {
					l[i] = begin + of(value)
				}
			}
			return strings.Join(l, "\n")
		})
	}
	if !s.draft {
		s.paramLines(layout)
	}
	end := len(s.names)
	more := func(text, name string) {
		layout(usual, "the line of "+plain(name)+" was signed, which is not among what the signature covers", func(l []string) string {
			return strings.Join(slices.Insert(slices.Clone(l), end, text), "\n")
		})
	}
	for _, name := range slices.Sorted(maps.Keys(s.d.Request.Header))[:min(len(s.d.Request.Header), 20)] {
		lower := strings.ToLower(name)
		if s.covers(lower) || lower == "signature" || lower == "signature-input" || lower == "authorization" {
			continue
		}
		written := lower
		if !s.draft {
			written = `"` + lower + `"`
		}
		more(written+": "+strings.Join(s.d.Request.Header.Values(name), ", "), lower)
	}
	if s.draft {
		begin, method := "(request-target): ", strings.ToLower(s.d.Request.Method)+" "
		change(frequent, begin, "the target was signed without the method", func(v string) string { return strings.TrimPrefix(v, method) })
		change(usual, begin, "a colon was signed behind the method", func(v string) string { return strings.Replace(v, " ", ": ", 1) })
		return
	}
	begin := `"@target-uri": `
	change(usual, begin, "the URL was signed without its scheme", func(v string) string {
		_, rest, _ := strings.Cut(v, "://")
		return rest
	})
	change(usual, begin, "path and query were signed in place of the URL", func(v string) string {
		_, rest, _ := strings.Cut(v, "://")
		_, target, _ := strings.Cut(rest, "/")
		return "/" + target
	})
}

// paramLines adds texts that have the parameters as lines of their own in place of the line
// @signature-params.
//
//	"created": 1700000000
//	"keyid": 1
func (s *signedMessage) paramLines(layout func(tier int, says string, change func([]string) string)) {
	for _, quote := range []string{"", `"`} {
		for _, some := range [][]messageParam{s.params, s.params[:min(len(s.params), 1)]} {
			layout(usual, "the parameters were signed as lines of their own, and not as the line @signature-params", func(l []string) string {
				l = slices.Clone(l[:len(l)-1])
				for _, p := range some {
					l = append(l, quote+p.name+quote+": "+p.text)
				}
				return strings.Join(l, "\n")
			})
		}
	}
}

// afterName is the value of a line, behind its name, the colon and the blank. Names have no ": " in
// them.
func afterName(line string) string {
	_, value, _ := strings.Cut(line, ": ")
	return value
}
