package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
)

// report is a finding for people.
func report(f *diagnose.Finding) string {
	var b strings.Builder
	b.WriteString(f.Explanation + "\n")
	if f.Class != diagnose.None {
		how, title := "not proved", ""
		if f.Proved {
			how = "proved"
		}
		for _, c := range diagnose.Classes {
			if c.Letter == f.Class {
				title = c.Title
			}
		}
		fmt.Fprintf(&b, "\nclass %s: %s (%s), %s\n", f.Class, title, strings.Join(f.Causes, ", "), how)
	}
	if table := compare(f.Signed, f.Right); table != "" && f.Class != diagnose.None {
		b.WriteString("\n" + table)
	}
	if f.Fix != "" {
		b.WriteString("\nfix: " + f.Fix + "\n")
	}
	return b.String()
}

const column = 46

// compare shows two canonical texts side by side, part by part, with the first difference marked. Without the text that
// was signed it shows the right one alone.
func compare(signed, right []signers.Part) string {
	if len(right) == 0 {
		return ""
	}
	var b strings.Builder
	width := labelWidth(slices.Concat(signed, right))
	if len(signed) == 0 {
		return "what the vendor reads from the request, and should have been signed:\n\n" + listing(right, width, 2*column)
	}
	fmt.Fprintf(&b, "  %-*s  %-*s  %s\n", width, "", column, "what was signed", "what the vendor reads from the request")
	if signers.Join(signed) == signers.Join(right) {
		b.WriteString("  (both texts are the same)\n")
	}
	marked := false
	for _, row := range align(signed, right) {
		left, other := wrap(row.left, column), wrap(row.right, column)
		differs := row.left != row.right
		for i := range max(len(left), len(other)) {
			label := ""
			if i == 0 {
				label = row.label
			}
			l, r := at(left, i), at(other, i)
			fmt.Fprintf(&b, "  %-*s  %-*s  %s\n", width, label, column, l, r)
			if differs && !marked && l != r {
				caret := strings.Repeat(" ", common(l, r)) + "^"
				fmt.Fprintf(&b, "  %-*s  %-*s  %s first difference\n", width, "", column, caret, caret)
				marked = true
			}
		}
	}
	return b.String()
}

type row struct{ label, left, right string }

// align puts parts with the same label side by side.
func align(signed, right []signers.Part) (rows []row) {
	for _, r := range right {
		one := row{label: r.Label, right: visible(r)}
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
func listing(parts []signers.Part, labels, width int) string {
	var b strings.Builder
	for _, p := range parts {
		for i, line := range wrap(visible(p), width) {
			label := ""
			if i == 0 {
				label = p.Label
			}
			fmt.Fprintf(&b, "  %-*s  %s\n", labels, label, line)
		}
	}
	return b.String()
}

func labelWidth(parts []signers.Part) (n int) {
	for _, p := range parts {
		n = max(n, utf8.RuneCountInString(p.Label))
	}
	return n
}

// visible shows line ends and what else a terminal hides. A blank at the end of a line stays one: the column ends after it.
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
	if n := utf8.RuneCountInString(shown); n > 4000 {
		runes := []rune(shown)
		return string(runes[:2000]) + fmt.Sprintf(" ... %d more ... ", n-4000) + string(runes[n-2000:])
	}
	return shown
}

// wrap cuts a text into lines of at most width characters.
func wrap(text string, width int) []string {
	runes := []rune(text)
	lines := []string{}
	for len(runes) > width {
		lines = append(lines, string(runes[:width]))
		runes = runes[width:]
	}
	return append(lines, string(runes))
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// common is how many characters two texts begin with alike.
func common(a, b string) (n int) {
	x, y := []rune(a), []rune(b)
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}
