package cli

import (
	"errors"
	"strings"
)

// shellWords splits a command line as a POSIX shell does, with $'...' as well. Nothing is expanded.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line):
			i++
			if line[i] == '\r' && i+1 < len(line) && line[i+1] == '\n' {
				i++
			}
			if line[i] != '\n' { // else the line goes on
				word.WriteByte(line[i])
				open = true
			}
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		case c == '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			word.WriteString(line[i+1 : i+1+end])
			i += end + 1
			open = true
		case c == '$' && i+1 < len(line) && line[i+1] == '\'':
			end, err := ansiQuoted(line[i+2:], &word)
			if err != nil {
				return nil, err
			}
			i += end + 2
			open = true
		case c == '"':
			end := doubleQuoted(line[i+1:], &word)
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			i += end + 1
			open = true
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// doubleQuoted reads up to the closing quote, and returns where that is.
func doubleQuoted(text string, word *strings.Builder) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return i
		case text[i] == '\\' && i+1 < len(text) && strings.IndexByte("\\\"$`\n", text[i+1]) >= 0:
			i++
			if text[i] != '\n' {
				word.WriteByte(text[i])
			}
		default:
			word.WriteByte(text[i])
		}
	}
	return -1
}

// ansiQuoted reads the inside of $'...', which browsers write, and returns where its closing quote is.
func ansiQuoted(text string, word *strings.Builder) (int, error) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\'':
			return i, nil
		case text[i] == '\\' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				word.WriteByte('\n')
			case 'r':
				word.WriteByte('\r')
			case 't':
				word.WriteByte('\t')
			case 'u', 'x':
				digits, value := 4, 0
				if text[i] == 'x' {
					digits = 2
				}
				for digits > 0 && i+1 < len(text) && strings.IndexByte("0123456789abcdefABCDEF", text[i+1]) >= 0 {
					i++
					digits--
					value = value*16 + strings.IndexByte("0123456789abcdef", text[i]|32)
					if text[i] <= '9' {
						value = value/16*16 + int(text[i]-'0')
					}
				}
				if digits > 0 || value > 0x7f {
					word.WriteRune(rune(value))
				} else {
					word.WriteByte(byte(value))
				}
			default:
				word.WriteByte(text[i])
			}
		default:
			word.WriteByte(text[i])
		}
	}
	return 0, errors.New("a quote is not closed")
}
