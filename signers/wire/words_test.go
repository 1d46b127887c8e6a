package wire

import (
	"strings"
	"testing"
)

func FuzzBothWaysFindTheSameWords(f *testing.F) {
	for _, text := range []string{"", "a", "am", "amz", "AMZ", "x=aMz", "aws", "aw\u017f", "a%41", "%", "%3", "%7e", "+", "maxResults=50", "\xff%4", "aawaws"} {
		f.Add(text)
	}
	words := NewWords("+", "amz", "aws", "%4", "%5", "%6", "%7")
	f.Fuzz(func(t *testing.T, text string) {
		want := false
		lower := strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, text)
		for _, word := range words.texts {
			want = want || strings.Contains(lower, word)
		}
		if compiled, library := HasWord(words, text), words.match.MatchString(text); compiled != want || library != want {
			t.Errorf("%q: compiled %v, by the library %v, want %v", text, compiled, library, want)
		}
	})
}
