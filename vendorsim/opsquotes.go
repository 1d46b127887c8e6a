package vendorsim

import (
	"fmt"
	"strings"
)

// outside finds a mark that is in no quotes; -1: there is none. A backslash in quotes escapes the character after it.
//
//	opt.a|after:']]'|hex]] and more at ]] -> the last ]]
func outside(s, mark string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		// The next character is escaped, a quote perhaps.
		case quoted && s[i] == '\\':
			i++
		case s[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], mark):
			return i
		}
	}
	return -1
}

// split cuts s at each separator that is in no quotes, into n parts at most; n < 0 is no limit. The last part has the
// separators that are too many.
//
//	a|after:'x|y'|hex at | -> a, after:'x|y', hex
func split(s, separator string, n int) (parts []string) {
	for end := outside(s, separator); end >= 0 && (n < 0 || len(parts) < n-1); end = outside(s, separator) {
		parts = append(parts, s[:end])
		s = s[end+len(separator):]
	}
	return append(parts, s)
}

// unescape turns \n, \t and \\ into what they mean. Other escapes are slips: a \x would be sent as two characters.
func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case i < len(s) && s[i] == 'n':
			b.WriteByte('\n')
		case i < len(s) && s[i] == 't':
			b.WriteByte('\t')
		case i < len(s) && s[i] == '\\':
			b.WriteByte('\\')
		default:
			return "", fmt.Errorf("an unknown escape; there are \\n, \\t and \\\\")
		}
	}
	return b.String(), nil
}

// unquote reads 'text', in which \' is a quote, and the escapes of unescape count: 'it\'s\n' is it's and a line end.
func unquote(s string) (string, error) {
	if len(s) < 2 || s[len(s)-1] != '\'' {
		return "", fmt.Errorf("a quote that does not close")
	}
	var b strings.Builder
	inner := s[1 : len(s)-1]
	// inner has no quote of its own, but escaped ones.
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '\'':
			return "", fmt.Errorf("text behind a closing quote")
		// \' only means something in quotes.
		case inner[i] == '\\' && i+1 < len(inner) && inner[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case inner[i] == '\\' && i+1 < len(inner):
			text, err := unescape(inner[i : i+2])
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			i++
		case inner[i] == '\\':
			return "", fmt.Errorf("a quote that does not close")
		default:
			b.WriteByte(inner[i])
		}
	}
	return b.String(), nil
}

// quoteJSON is a JSON string with its quotes: RFC 8259's escapes and no more, but what is no UTF-8 becomes \ufffd.
// encoding/json would escape < and & as well, which no vendor's client does.
func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		// The last two end lines in JavaScript, and encoding/json escapes them.
		case r < ' ' || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '\ufffd' && !strings.HasPrefix(s[i:], "\ufffd"):
			b.WriteString(`\ufffd`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
