package diagnose

import (
	_ "embed"
	"slices"
	"strings"
)

// guessesJSON has the mistakes that clients are known to make, as changes of the parts of the signed text. Each entry names
// its source: a vendor's page, an issue or the code of a public client, or the cases of tests/corpus.
//
//go:embed guesses.json
var guessesJSON []byte

// guessEntry is one entry of the file: other texts in place of a part.
type guessEntry struct {
	Part   string   // which part of the signed text, or of what it is made of
	Vendor string   // whose clients make the mistake; empty: any
	Cause  string   // empty: found by comparing the texts
	Tier   string   // how common it is
	Of     []string // transformations of the right text
	Texts  []string // other texts; in them § is the right one, ¶ the public part of the credential, * each of Values and of given names
	Values []string
	Source string
}

var guessEntries = func() (all []guessEntry) {
	parseTable("guesses.json", guessesJSON, &all)
	return all
}()

var tiers = map[string]int{"frequent": frequent, "usual": usual, "rare": rare, "alone": alone}

// change is a mistake with a text.
type change struct {
	apply func(right string) string
	cause string // empty: found by comparing
	tier  int
}

// changes are the mistakes with a part: those of any vendor's clients first, then those of this vendor's. names are further values.
func (d *diagnosis) changes(part string, names ...string) (all []change) {
	for _, vendor := range []string{"", d.Signer} {
		for i := range guessEntries {
			if e := &guessEntries[i]; e.Part == part && e.Vendor == vendor {
				all = append(all, e.changes(d.configuredID(), names)...)
			}
		}
	}
	return all
}

func (e *guessEntry) changes(id string, names []string) (all []change) {
	add := func(apply func(string) string) { all = append(all, change{apply, e.Cause, tiers[e.Tier]}) }
	for _, name := range e.Of {
		add(transformation(name))
	}
	for _, text := range e.Texts {
		values := append(slices.Clone(e.Values), names...)
		if !strings.Contains(text, "*") {
			values = []string{""}
		}
		for _, v := range values {
			pattern := strings.NewReplacer("*", v, "¶", id).Replace(text)
			add(func(right string) string { return strings.ReplaceAll(pattern, "§", right) })
		}
	}
	return all
}

// change adds mistakes with the right text of a slot.
func (s *slot) change(all []change) {
	for _, c := range all {
		s.wrong(c.cause, c.tier, c.apply(s.right()))
	}
}

// guesses lists the queries that are usual with the vendor: many, so that they come last.
func (d *diagnosis) guesses() (all []guess) {
	for _, c := range d.changes("query") {
		all = append(all, guess{c.apply(""), c.tier})
	}
	for _, q := range d.windows() {
		all = append(all, guess{q, alone})
	}
	return all
}
