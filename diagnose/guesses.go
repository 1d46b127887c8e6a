package diagnose

import (
	_ "embed"
	"slices"
	"strings"
)

// guessesJSON has the mistakes that clients are known to make, as changes of the parts of the signed
// text. Each entry names its source: a vendor's page, an issue or the code of a public client, or the
// cases of tests/corpus.
//
//	{"part": "secret", "cause": "secret_quoted", "tier": "frequent", "texts": ["\"§\"", "'§'"],
//	 "source": "tests/corpus: docker's --env-file keeps quotes (docs.docker.com, docker run)"}
//
// With the secret abc this adds "abc" in double and in single quotes to the keys that are tried, before
// all usual and rare ones, and the one that makes the given signature proves secret_quoted.
//
//go:embed guesses.json
var guessesJSON []byte

// guessEntry is one entry of the file: other texts in place of a part. A part is what code asks for by
// changes(part): path, path moved, host, body, secret, id, nonce and so on. A new name needs such a
// call.
type guessEntry struct {
	Part string // which part of the signed text, or of what it is made of
	// Whose clients make the mistake. Empty: any.
	Vendor string
	// Its cause. Empty: found by comparing the changed text with the right one (encodingCauses), for
	// paths.
	Cause string
	// How common it is: frequent, usual, rare or alone. See slots.go.
	Tier string
	// Transformations of the right text by their names (transformations.go), or s~PATTERN~TEXT~.
	Of []string
	// Other texts. In them § is the right one, ¶ the public part of the credential, and * each of
	// Values and of the names that the caller gives.
	Texts  []string
	Values []string
	Source string
}

// guessEntries are the entries in the order of the file, which is the order of the search within a
// tier.
var guessEntries = func() (all []guessEntry) {
	parseTable("guesses.json", guessesJSON, &all)
	return all
}()

// tiers are the names in the file for the constants of slots.go.
var tiers = map[string]int{"frequent": frequent, "usual": usual, "rare": rare, "alone": alone}

// change is a mistake with a text: a function from the right text to the wrong one, which returns the
// right one where it does not apply. Such a result is left out by slot.add.
type change struct {
	apply func(right string) string
	cause string // empty: found by comparing
	tier  int
}

// changes are the mistakes with a part: those of any vendor's clients first, then those of this
// vendor's. names are further values for * in the texts of the entries.
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

// changes are the changes that one entry describes. id takes the place of ¶.
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

// change adds mistakes with the right text of a slot. Their causes must be given: an empty one is for
// paths, whose causes are found by comparing.
func (s *slot) change(all []change) {
	for _, c := range all {
		s.wrong(c.cause, c.tier, c.apply(s.right()))
	}
}

// guesses lists the queries that are usual with the vendor: many, so that they come last. A client that
// signs parameters and loses them on the way leaves no trace of them; only the commonest queries of the
// vendor's pages and clients can be tried.
func (d *diagnosis) guesses() (all []guess) {
	for _, c := range d.changes("query") {
		all = append(all, guess{c.apply(""), c.tier})
	}
	for _, q := range d.windows() {
		all = append(all, guess{q, alone})
	}
	return all
}
