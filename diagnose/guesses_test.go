package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers/presets"
)

// A guess without a source is an invention, and one that nothing asks for or that changes nothing is dead.
func TestEveryGuessHasASourceAndIsApplied(t *testing.T) {
	parts := []string{
		"secret", "secret by name", "id", "id in a key", "nonce", "method", "host", "date", "path", "path moved", "path prefix", "path variable",
		"no body", "body", "body at last", "query", "headers", "sent query",
	}
	seen := make(map[string]bool)
	for i, e := range guessEntries {
		if e.Source == "" || e.Source == "?" {
			t.Errorf("entry %d, %s %v: no source", i, e.Part, e.Texts)
		}
		known := false
		for _, p := range parts {
			known = known || p == e.Part
		}
		if _, ok := tiers[e.Tier]; !ok || !known {
			t.Errorf("entry %d: part %q, tier %q", i, e.Part, e.Tier)
		}
		if e.Cause != "" && causeByID[e.Cause] == nil {
			t.Errorf("entry %d: no cause %q", i, e.Cause)
		}
		if _, err := presets.Lookup(e.Vendor); e.Vendor != "" && profiles[e.Vendor] == nil && err != nil {
			t.Errorf("entry %d: no vendor %q", i, e.Vendor)
		}
		if len(e.Of)+len(e.Texts) == 0 {
			t.Errorf("entry %d, %s: nothing", i, e.Part)
		}
		for _, name := range e.Of {
			if transformations[name] == nil && strings.Count(name, "~") != 3 {
				t.Errorf("entry %d: no transformation %q", i, name)
			}
			transformation(name)("a/b%2Fc") // compiles its pattern
		}
		seen[e.Part] = true
	}
	for _, p := range parts {
		if !seen[p] {
			t.Errorf("no guess for %q", p)
		}
	}
}

func TestTransformations(t *testing.T) {
	for _, tt := range [][3]string{
		{"s~^/?([^/]*(/|$)){1}~/~", "/a/b/c", "/b/c"},
		{"s~^/?([^/]*(/|$)){2}~/~", "/a/b/c", "/c"},
		{"s~^/?([^/]*(/|$)){2}~/~", "/a", "/"},
		{"s~(.)(/[^/]*){1,2}$~$1~", "/a/b/c", "/a"},
		{"s~[$]~$$$$~", "a$b", "a$$b"},
		{"dots", "/a/../b/", "/b/"},
		{"title", "api.example.com", "Api.Example.Com"},
		{"capital", "gET", "Get"},
		{"capital", "", ""},
		{"unhex", "6162", "ab"},
		{"unhex", "zz", "zz"},
		{"unbase64loose", "YWI=!", "ab"},
		{"CRLF", "a\nb\r\n", "a\r\nb\r\n"},
	} {
		if got := transformation(tt[0])(tt[1]); got != tt[2] {
			t.Errorf("%s of %q: %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}

// Every vendor that can sign can be diagnosed, by a reader that there is, and over its signer's own text.
func TestEveryProfileHasAReaderAndASigner(t *testing.T) {
	for name, p := range profiles {
		if readers[p.Read] == nil {
			t.Errorf("%s: no reader %q", name, p.Read)
		}
		if _, err := standIn(name, p.Sample); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Source == "" || p.Title == "" {
			t.Errorf("%s: no source or title", name)
		}
	}
	kinds := []answerKind{accepted, badSignature, badDate, badDateForm, badID, noCredential, replayed, rights, unclear}
	for i, r := range answerRules {
		if !slices.Contains(kinds, r.Kind) && r.Is != "known" || r.Source == "" {
			t.Errorf("answer %d: kind %q, source %q", i, r.Kind, r.Source)
		}
		if r.Cause != "" && causeByID[r.Cause] == nil {
			t.Errorf("answer %d: no cause %q", i, r.Cause)
		}
	}
}
