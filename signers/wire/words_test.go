package wire

import (
	"regexp"
	"strings"
	"testing"
)

func FuzzBothWaysFindTheSameWords(f *testing.F) {
	for _, text := range []string{"", "a", "am", "amz", "AMZ", "x=aMz", "aws", "aw\u017f", "a%41", "%", "%3", "%7e", "+", "maxResults=50", "\xff%4", "aawaws"} {
		f.Add(text)
	}
	texts := []string{"+", "amz", "aws", "%4", "%5", "%6", "%7"}
	words, library := NewWords(texts...), regexp.MustCompile(wordsOf(texts))
	f.Fuzz(func(t *testing.T, text string) {
		want := false
		lower := strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, text)
		for _, word := range texts {
			want = want || strings.Contains(lower, word)
		}
		if got, byLibrary := words.MatchString(text), library.MatchString(text); got != want || byLibrary != want {
			t.Errorf("%q: compiled %v, by the library %v, want %v", text, got, byLibrary, want)
		}
	})
}
