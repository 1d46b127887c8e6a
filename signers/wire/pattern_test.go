package wire

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var patterns = [][]string{
	{"VERACODE-HMAC-SHA-256 id=", ",ts=", ",nonce=", ",sig=", ""},
	{"EG1-HMAC-SHA256 client_token=", ";access_token=", ";timestamp=", ";nonce=", ";signature=", ""},
	{"", ":", ""},
	{"", ""},
	{"fixed"},
	{"a", "bc", "b", "d"},
}

func FuzzBothWaysFindTheSameParts(f *testing.F) {
	for i, texts := range patterns {
		for _, part := range []string{"x", "", "a b", "\x7f", "ä", "\xff", "b", ":", ",", "=", "~!"} {
			f.Add(strings.Join(texts, part), uint8(i))
			f.Add(strings.Join(texts, part)+"\n", uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		p, err := NewPattern(patterns[int(which)%len(patterns)]...)
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(patternOf(p.texts)).FindStringSubmatch(text)
		if got := p.FindStringSubmatch(text); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q in %q: %q, want %q", text, p.texts, got, want)
		}
	})
}

func TestPartsOfAHeaderAreFound(t *testing.T) {
	p, err := NewPattern(patterns[0]...)
	if err != nil {
		t.Fatal(err)
	}
	got := p.FindStringSubmatch("VERACODE-HMAC-SHA-256 id=a1,ts=2,nonce=33,sig=f00,ba=r")
	if want := []string{"a1", "2", "33", "f00,ba=r"}; len(got) == 0 || !slices.Equal(got[1:], want) {
		t.Errorf("%q, want %q", got, want)
	}
}
