//go:build go1.21

package wire

import (
	"regexp"
	"strings"
)

// wordsOf is the expression of Words: [aA][bB]|[kK][--][11] for "ab" and "k-1". It has no (?i):
// some letters beyond ASCII would match, too.
func wordsOf(texts []string) string {
	expressions := make([]string, len(texts))
	for i, text := range texts {
		for _, c := range strings.ToLower(text) {
			letter := regexp.QuoteMeta(string(c))
			expressions[i] += "[" + letter + strings.ToUpper(letter) + "]"
		}
	}
	return strings.Join(expressions, "|")
}

// words are those of Words: found in steps of its own, which compiled take a tenth of the time of the regular expression.
type words struct {
	texts []string // in lower case
	first [256]bool
}

// lookedFor prepares words of texts: it notes the bytes that they begin with, in either case.
func lookedFor(texts []string) words {
	w := words{texts: make([]string, len(texts))}
	for i, text := range texts {
		w.texts[i] = strings.ToLower(text)
		w.first[w.texts[i][0]] = true
		w.first[strings.ToUpper(text)[0]] = true
	}
	return w
}

// MatchString looks for a word only where a byte can begin one, which few bytes of a text can. It
// may be called concurrently.
func (w *words) MatchString(text string) bool {
	for i := 0; i < len(text); i++ {
		if !w.first[text[i]] {
			continue
		}
		for _, word := range w.texts {
			// EqualFold also takes the Kelvin sign for k and a long s for s, hence isASCII.
			if len(text)-i >= len(word) && strings.EqualFold(text[i:i+len(word)], word) && isASCII(text[i:i+len(word)]) {
				return true
			}
		}
	}
	return false
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
