//go:build go1.21

package program

import (
	"strings"
)

// splitOutside splits at a separator outside of quotes, into at most so many parts; below 1 there is no limit.
// Quotes and escapes stay in the parts, and a quote that is not closed takes all that follows.
//
//	a|'b|c'|d        at |, no limit  ->  a   'b|c'   d
//	format:15:04     at :, 2         ->  format   15:04
func splitOutside(text string, separator byte, most int) []string {
	// Nearly all texts, and one call: interpreted, a loop over bytes is slow.
	if !strings.ContainsAny(text, `\'`) {
		if most < 1 {
			most = -1
		}
		return strings.SplitN(text, string(rune(separator)), most)
	}
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		// The character behind it is not looked at.
		case c == '\\':
			i++
		case c == separator && !quoted && (most < 1 || len(parts) < most-1):
			parts = append(parts, text[start:i])
			start = i + 1
		case c == '\'':
			quoted = !quoted
		}
	}
	return append(parts, text[start:])
}

// unquoted is text without its quoted parts: "a'b\'[[c'd" -> "ad". parseExpression looks for [[ in the rest.
func unquoted(text string) string {
	plain := ""
	// A quote behind a \ ends no quoted text.
	for i, part := range splitOutside(text, '\'', -1) {
		if i%2 == 0 {
			plain += part
		}
	}
	return plain
}

// unescapeBare is unescape for text that is not quoted, in which a quote is itself. \' is an error there, since
// whoever writes it takes the text for a quoted one.
func unescapeBare(text string) (plain, reason string) {
	if !strings.Contains(text, `\`) {
		return text, ""
	}
	if strings.Contains(strings.ReplaceAll(text, `\\`, ""), `\'`) {
		return "", `knows no escape but \n, \t and \\`
	}
	return unescape(text)
}

// unescape replaces \n, \t, \\ and \'. All other escapes are errors and not the letter itself, so that new ones
// could be added.
func unescape(text string) (plain, reason string) {
	if !strings.Contains(text, `\`) {
		return text, ""
	}
	var b strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, `\`)
		b.WriteString(before)
		if !found {
			break
		}
		if after == "" {
			return "", `ends in a \`
		}
		switch after[0] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\', '\'':
			b.WriteByte(after[0])
		default:
			return "", `knows no escape but \n, \t, \\ and \'`
		}
		text = after[1:]
	}
	return b.String(), ""
}
