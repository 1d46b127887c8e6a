package capture

import (
	"regexp"
	"strings"
)

var (
	// A backtick after a blank, at the end of a line: PowerShell's way to go on. In a shell's script a backtick there
	// ends a command, as in D=`date`.
	backtickLine = regexp.MustCompile("(?m)[ \t]`[ \t]*$")
	// PowerShell's prompt before curl.
	promptOfPowerShell = regexp.MustCompile(`(?m)^\s*PS [^>\n]*>\s*curl(\.exe)?\s`)
	// What PowerShell writes with a backtick.
	backticks = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '0': "\x00"}
)

// fromPowerShell writes a command of PowerShell as a shell's. A backslash before a quote is for the program that
// is started: Windows PowerShell, and PowerShell up to 7.2, pass quotes on only so.
//
//	'{\"a\": \"it''s\"}'  ->  '{"a": "it'\''s"}'
//	"{`"a`": $x}"         ->  "{\"a\": $x}"
func fromPowerShell(text string) string {
	if !backtickLine.MatchString(text) && !promptOfPowerShell.MatchString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			content, end := quotedByPowerShell(text, i)
			if end < 0 {
				return text
			}
			b.WriteString(content)
			i = end
		case c == '`' && strings.TrimLeft(text[i+1:], " \t") != "" && strings.TrimLeft(text[i+1:], " \t")[0] == '\n':
			b.WriteByte('\\')
			i = strings.IndexByte(text[i:], '\n') + i - 1
		case c == '`' && i+1 < len(text):
			i++
			b.WriteString(`\` + text[i:i+1])
		case c == '\\': // a character like any other
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quotedByPowerShell is a text in quotes, which begins at start, as a shell writes it, and where it ends; -1: it has no
// end.
func quotedByPowerShell(text string, start int) (content string, end int) {
	quote := text[start]
	var b strings.Builder
	b.WriteByte(quote)
	add := func(c string) {
		switch {
		case quote == '\'' && c == "'":
			c = `'\''`
		case quote == '"' && strings.Contains("\"\\`", c):
			c = `\` + c
		}
		b.WriteString(c)
	}
	for i := start + 1; i < len(text); i++ {
		next := text[i+1:]
		switch c := text[i]; {
		case c == quote && strings.HasPrefix(next, string(quote)):
			add(string(quote))
			i++
		case c == quote:
			b.WriteByte(quote)
			return b.String(), i
		case c == '\\' && quote == '\'' && strings.HasPrefix(next, `"`): // for the program
		case c == '\\' && quote == '"' && (strings.HasPrefix(next, "`\"") || strings.HasPrefix(next, `""`)):
		case c == '`' && quote == '"' && next != "":
			i++
			switch written, known := backticks[text[i]]; {
			case known:
				b.WriteString(written)
			case text[i] == '$':
				b.WriteString(`\$`)
			default:
				add(text[i : i+1])
			}
		default:
			add(text[i : i+1])
		}
	}
	return "", -1
}
