package screen

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Length is the number of columns of a text without escapes.
func Length(text string) int { return utf8.RuneCountInString(text) }

// Wrap breaks prose at blanks into lines of at most width columns. A word that is longer stays in one piece, since it is an
// address or a command that somebody copies.
func Wrap(text string, width int) []string {
	lines := []string{}
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case Length(line)+1+Length(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// Fold cuts a text, whatever it is, into lines of at most width columns.
func Fold(text string, width int) []string {
	runes := []rune(text)
	lines := []string{}
	for len(runes) > width {
		lines = append(lines, string(runes[:width]))
		runes = runes[width:]
	}
	return append(lines, string(runes))
}

// Hang joins lines behind a first column: it is in front of the first, and blanks of its width are in front of the others.
func Hang(first string, lines []string) string {
	return first + strings.Join(lines, "\n"+strings.Repeat(" ", Length(first))) + "\n"
}

// Shorten cuts a text to a width, and marks the cut.
func Shorten(text string, width int) string {
	if Length(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-1, 0)]) + "…"
}

// digest finds hashes: hex of 16 bytes and more, and Base64 with padding of 20 and more.
var digest = regexp.MustCompile(`\b[0-9a-fA-F]{32,}\b|[A-Za-z0-9+/]{27,}={1,2}`)

// ShortenHashes leaves the first eight characters of each hash.
func ShortenHashes(text string) string {
	return digest.ReplaceAllStringFunc(text, func(hash string) string { return hash[:8] + "…" })
}

// entry is a line of a list: its indentation, a word or two in columns of their own, and what it is.
var entry = regexp.MustCompile(`^( +\S+ {2,}(?:\S+ {2,})?)(\S.*)$`)

// Reflow wraps the paragraphs of a text and the descriptions of its lists. An indented line that is no entry of a list is a
// command or an address, and stays as it is.
func Reflow(text string, width int) string {
	var b strings.Builder
	prose, head, open := []string{}, "", false // the text at hand, what is in front of it, and whether lines may continue it
	end := func() {
		if open {
			b.WriteString(Hang(head, Wrap(strings.Join(prose, " "), width-Length(head))))
		}
		prose, head, open = prose[:0], "", false
	}
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		m := entry.FindStringSubmatch(line)
		switch {
		case strings.TrimSpace(line) == "":
			end()
			b.WriteString("\n")
		case open && indent == Length(head) && m == nil:
			prose = append(prose, line)
		case m != nil:
			end()
			prose, head, open = append(prose, m[2]), m[1], true
		case indent > 0:
			end()
			b.WriteString(line + "\n")
		default:
			end()
			prose, open = append(prose, line), true
		}
	}
	end()
	return b.String()
}

// Pair is an entry of a list of two columns.
type Pair struct{ Left, Right string }

// farthest is where the second column begins at most; what is longer on the left has its line to itself.
const farthest = 30

// Columns sets a list in two columns, indented by two.
func Columns(pairs []Pair, width int) string {
	left := 0
	for _, p := range pairs {
		if n := Length(p.Left); n <= farthest {
			left = max(left, n)
		}
	}
	var b strings.Builder
	for _, p := range pairs {
		head := "  " + p.Left + strings.Repeat(" ", max(0, left-Length(p.Left))) + "  "
		if p.Right == "" {
			b.WriteString(strings.TrimRight(head, " ") + "\n")
			continue
		}
		if Length(p.Left) > left {
			b.WriteString("  " + p.Left + "\n")
			head = strings.Repeat(" ", left+4)
		}
		b.WriteString(Hang(head, Wrap(p.Right, width-left-4)))
	}
	return b.String()
}
