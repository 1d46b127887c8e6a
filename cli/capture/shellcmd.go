package capture

import (
	"regexp"
	"strings"
)

// Windows' command line: a caret takes the meaning from the next character, also from a line's end.
var (
	caretLine = regexp.MustCompile(`\^[ \t]*\r?\n|\^"`)
	// %NAME%, of three characters or more: %2F in a URL is an escape. With another escape before it, so is this one:
	// %C3%B6rg%20 has no variable B6rg.
	percentVar = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})*%[A-Za-z_][A-Za-z0-9_]{2,}%`)
)

// cmdCommands reads a command line of Windows' cmd, as browsers copy it ("Copy as cURL (cmd)").
// Variables are unknown, since cmd lines assign none.
func (s *shell) cmdCommands() {
	// cmd replaces variables before it reads carets: browsers write ^%^C3^%^B6 for %C3%B6, and %^C3^% is no variable.
	text := percentVar.ReplaceAllStringFunc(s.text, func(found string) string {
		if escapedBefore.MatchString(found) {
			return found
		}
		return s.mark(found)
	})
	words := cmdWords(uncaret(text))
	for i, w := range words {
		if isCurl(w) {
			s.commands = append(s.commands, &shellCommand{words: words[i+1:]})
			return
		}
	}
}

// escapedBefore is what percentVar found if it begins with an escape.
var escapedBefore = regexp.MustCompile(`^%[0-9A-Fa-f]{2}%`)

// uncaret does what cmd does before it starts a program.
//
//	curl ^"https://x/?a=1^&b=2^"  ->  curl "https://x/?a=1&b=2"
func uncaret(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
			b.WriteByte('"')
		// Within quotes a caret is a character like any other, except at the end of a line.
		case text[i] == '^' && quoted && i+1 < len(text) && text[i+1] != '\n':
			b.WriteByte('^')
		case text[i] == '^':
			end := i + 1
			for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
				end++
			}
			if end < len(text) && text[end] == '\n' { // the line goes on, and the next character is literal
				if i = end + 1; i < len(text) {
					b.WriteByte(text[i])
				}
				continue
			}
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case text[i] == '\n' && !quoted:
			b.WriteByte(' ')
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// cmdWords splits a command line as programs on Windows do (Microsoft, "Parsing C command-line
// arguments"): backslashes count before quotes only, and two quotes within quotes are one.
//
//	"a\"b"   a"b
//	c\\d     c\\d
//	"e\\"    e\
//	"f""g"   f"g
func cmdWords(line string) []string {
	var words []string
	var word strings.Builder
	open, quoted := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			run := len(line[i:]) - len(strings.TrimLeft(line[i:], `\`))
			open, i = true, i+run-1
			if !strings.HasPrefix(line[i+1:], `"`) {
				word.WriteString(strings.Repeat(`\`, run))
				continue
			}
			word.WriteString(strings.Repeat(`\`, run/2))
			if run%2 == 1 {
				word.WriteByte('"')
				i++
			}
		case c == '"' && quoted && i+1 < len(line) && line[i+1] == '"':
			word.WriteByte('"')
			i++
		case c == '"':
			quoted, open = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words
}
