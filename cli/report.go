package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/cli/screen"
	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

// report is a finding for people: what is wrong, the part that differs, and what to do. verbose adds
// the class in words and both texts, part by part.
//
//	The parameters were signed in the order in which they were sent, but the vendor
//	sorts them.
//
//	  params  yours     username=alice&limit=10␊
//	          expected  limit=10&username=alice␊
//
//	fix: Sort the encoded parameters by key, then by value, before signing.
//
//	class C (params_unsorted), proved; -v shows all that is signed
func report(f *diagnose.Finding, s screen.Screen, verbose bool) string {
	var b strings.Builder
	width := s.Prose()
	paint := s.Bad
	if f.Class == diagnose.None {
		paint = s.Good
	}
	for _, line := range screen.Wrap(f.Explanation, width) {
		b.WriteString(paint(line) + "\n")
	}
	if f.Class != diagnose.None {
		part := differing(f.Signed, f.Right, width)
		if verbose {
			part = compare(f.Signed, f.Right, s)
		}
		if part != "" {
			b.WriteString("\n" + part)
		}
	}
	if f.Fix != "" {
		b.WriteString("\n" + screen.Hang("fix: ", screen.Wrap(f.Fix, width-len("fix: "))))
	}
	if f.Class != diagnose.None {
		b.WriteString("\n")
		for _, line := range screen.Wrap(classLine(f, verbose), width) {
			b.WriteString(s.Faint(line) + "\n")
		}
	}
	return b.String()
}

// classLine is what programs go by, and where there is more: "class C (params_unsorted), proved; -v
// shows all that is signed".
func classLine(f *diagnose.Finding, verbose bool) string {
	how, title, more := "not proved", "", ""
	if f.Proved {
		how = "proved"
	}
	if verbose {
		for _, c := range diagnose.Classes {
			if c.Letter == f.Class {
				title = ": " + c.Title
			}
		}
	} else if len(f.Right) > 0 {
		more = "; -v shows all that is signed"
	}
	return fmt.Sprintf("class %s%s (%s), %s%s", f.Class, title, strings.Join(f.Causes, ", "), how, more)
}

// compare shows two canonical texts part by part: what is the same once, what differs one below the
// other, with the first difference marked. Without the text that was signed it shows the right one
// alone.
func compare(signed, right []signers.Part, s screen.Screen) string {
	if len(right) == 0 {
		return ""
	}
	var b strings.Builder
	labels := labelWidth(slices.Concat(signed, right))
	width := s.Prose() - labels - len("  -   ")
	if len(signed) == 0 {
		return "what the vendor reads from the request, and should have been signed:\n\n" + listing(right, labels, width)
	}
	b.WriteString(s.Bad("  - what was signed") + "\n" + s.Good("  + what the vendor reads from the request") + "\n\n")
	if signers.Join(signed) == signers.Join(right) {
		b.WriteString("  (both texts are the same)\n")
	}
	marked := false
	write := func(sign, label, text string, paint func(string) string) {
		for i, line := range screen.Fold(text, width) {
			if i > 0 {
				label = ""
			}
			b.WriteString(paint(strings.TrimRight(fmt.Sprintf("  %s %-*s  %s", sign, labels, label, line), " ")) + "\n")
		}
	}
	same := func(text string) string { return text }
	for _, row := range align(signed, right) {
		if row.left == row.right {
			write(" ", row.label, row.left, same)
			continue
		}
		write("-", row.label, row.left, s.Bad)
		write("+", row.label, row.right, s.Good)
		// Only the first difference is marked: later ones often follow from it.
		if n := common(row.left, row.right); !marked && n < width {
			write(" ", "", strings.Repeat(" ", n)+"^ first difference", same)
			marked = true
		}
	}
	return b.String()
}

// row is a part of the canonical text as the client and as the vendor has it, as visible shows it. The
// side that does not have the part is empty.
type row struct{ label, left, right string }

// align puts parts with the same label side by side. A part that only the client has comes before the
// next one that both have; of parts in another order each is next to the vendor's.
func align(signed, right []signers.Part) (rows []row) {
	for _, r := range right {
		one := row{label: r.Label, right: visible(r)}
		// Parts that the client has before this one are shown first, if the vendor has none with their
		// labels.
		if found := labelled(signed, r.Label); found >= 0 {
			var later []signers.Part
			for _, s := range signed[:found] {
				if labelled(right, s.Label) >= 0 {
					later = append(later, s)
				} else { // only the client has it
					rows = append(rows, row{s.Label, visible(s), ""})
				}
			}
			one.left = visible(signed[found])
			signed = append(later, signed[found+1:]...)
		}
		rows = append(rows, one)
	}
	for _, s := range signed {
		rows = append(rows, row{s.Label, visible(s), ""})
	}
	return rows
}

// labelled is the index of the first part with a label, or -1.
func labelled(parts []signers.Part, label string) int {
	return slices.IndexFunc(parts, func(p signers.Part) bool { return p.Label == label })
}

// listing is parts as lines of at most width characters, each with its label in front of the first.
// labels is the width of that column.
func listing(parts []signers.Part, labels, width int) string {
	var b strings.Builder
	for _, p := range parts {
		for i, line := range screen.Fold(visible(p), width) {
			label := ""
			if i == 0 {
				label = p.Label
			}
			if line == "" { // nothing comes behind the label
				fmt.Fprintf(&b, "  %s\n", label)
				continue
			}
			fmt.Fprintf(&b, "  %-*s  %s\n", labels, label, line)
		}
	}
	return b.String()
}

// labelWidth is the number of characters of the longest label.
func labelWidth(parts []signers.Part) (n int) {
	for _, p := range parts {
		n = max(n, utf8.RuneCountInString(p.Label))
	}
	return n
}

// visible shows line ends and what else a terminal hides. A blank at the end of a line stays one: the
// column ends after it. Characters that reorder text (U+202A to U+202E) are escaped, since they could
// make one text look like another. A text of more than 4000 characters loses its middle.
//
//	"a\tb \n\x00\xff"  ->  a␉b ␊␀\xff
func visible(p signers.Part) string {
	if p.Secret {
		return "{" + p.Label + "}"
	}
	var b strings.Builder
	text := p.Text
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case r == '\n':
			b.WriteString("␊")
		case r == '\r':
			b.WriteString("␍")
		case r == '\t':
			b.WriteString("␉")
		case r == 0:
			b.WriteString("␀")
		case r < ' ' || r == 0x7f || r == '\u200b' || r == '\ufeff' || r == '\u00a0' || r >= 0x202a && r <= 0x202e || r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		text = text[size:]
	}
	shown := b.String()
	// A signed body may have megabytes; its beginning and end are enough to recognise it.
	if n := utf8.RuneCountInString(shown); n > 4000 {
		runes := []rune(shown)
		return string(runes[:2000]) + fmt.Sprintf(" ... %d more ... ", n-4000) + string(runes[n-2000:])
	}
	return shown
}

// common is how many characters two texts begin with alike. Characters, not bytes: it is a column on
// the screen.
func common(a, b string) (n int) {
	x, y := []rune(a), []rune(b)
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}
