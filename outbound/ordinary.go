//go:build go1.21

package outbound

import (
	"regexp"
	"sort"
	"strings"
)

// Most targets are plain names and a plain query, and none of their names begins like one of a guarded path. One expression finds
// them in one pass over the target, ten times as fast as suspect, which has to look for each guard at each name. What it does not
// match may still be allowed: suspect decides.

// An ordinary name has letters, digits, hyphens and underscores, and single signs that are special to no server between them. The
// query has what respelt allows.
const (
	nameLetters   = `abcdefghijklmnopqrstuvwxyz0123456789_-`
	nameRest      = `(?:[.:@~]?[a-zA-Z0-9_-])*`
	nothing       = `[^\s\S]`
	ordinaryQuery = `(?:\?[a-zA-Z0-9/\-._~!$%&'()*+,:=@?]+)?$`
)

// unguardedOrdinary is the expression for a vendor without guards.
var unguardedOrdinary = regexp.MustCompile(`^(?:/[a-zA-Z0-9_-]` + nameRest + `)+` + ordinaryQuery)

// newOrdinary is the expression for targets that no entry guards. It matches nothing if a guarded path has no name to tell it
// by. Then suspect decides about every target, which takes longer and has the same result.
//
//	guard * /v1/integrations/*/key:  /v1/users/7?limit=10  ordinary
//	                                 /v1/users/keyring     not: a name begins with "key"; suspect permits it
//	                                 /v1/%75sers           not; suspect leaves it to Sign
func newOrdinary(entries []string) *regexp.Regexp {
	var words []string
	for _, entry := range entries {
		for _, pattern := range strings.Fields(entry)[1:] {
			word := tellingName(pattern)
			if word == "" {
				return regexp.MustCompile(nothing)
			}
			words = append(words, word)
		}
	}
	sort.Strings(words)
	if len(words) > manyWords {
		return regexp.MustCompile(nothing)
	}
	return regexp.MustCompile(`^(?:/` + unlike(words, true) + `)+` + ordinaryQuery)
}

// enoughLetters tell a name from others: with more, the expression of some vendors is too large for one pass. With more than manyWords
// it is too large for anything.
const (
	enoughLetters = 8
	manyWords     = 200
)

// tellingName is how a name of every path that the pattern matches begins: the last one of at least three letters, since the
// first ones are those of all paths, or else the longest.
//
//	/admin/v1/integrations/*/skey -> skey        /oauth2/** -> oauth2        /v1/credentials -> credenti
func tellingName(pattern string) string {
	telling := ""
	for _, name := range strings.Split(strings.ToLower(pattern), "/") {
		letters := len(name) - len(strings.TrimLeft(name, nameLetters))
		if letters > enoughLetters {
			letters = enoughLetters // one group within another for each
		}
		if letters >= 3 || letters > len(telling) {
			telling = name[:letters]
		}
	}
	return telling
}

// unlike is an expression for names that do not begin with any of the words, which are sorted, in any letter case. The parts
// of a choice begin with different letters, so that it needs no second try: Go then runs it in one pass. For "key" it is, in
// lower case alone and with R for nameRest:
//
//	(?:k(?:e(?:[all but y]R|[.:@~]...)?|[all but e]R|...)?|[all but k]R)
func unlike(words []string, start bool) string {
	others := nameLetters
	var ways []string
	for len(words) > 0 {
		letter := words[0][:1]
		var rest []string
		whole := false
		for len(words) > 0 && words[0][:1] == letter {
			if len(words[0]) == 1 {
				whole = true
			}
			rest = append(rest, words[0][1:])
			words = words[1:]
		}
		others = strings.Replace(others, letter, "", 1)
		if !whole {
			ways = append(ways, eitherCase(letter)+unlike(rest, false))
		}
	}
	if others != "" {
		ways = append(ways, eitherCase(others)+nameRest)
	}
	if start {
		ways = append(ways, nothing) // if there is no other
		return `(?:` + strings.Join(ways, "|") + `)`
	}
	return `(?:` + strings.Join(append(ways, `[.:@~][a-zA-Z0-9_-]`+nameRest), "|") + `)?`
}

// eitherCase is a class of letters, which have the order of nameLetters.
func eitherCase(letters string) string {
	upper := strings.ToUpper(strings.TrimRight(letters, "0123456789_-"))
	plain := strings.TrimSuffix(letters, "-")
	if plain != letters {
		return `[` + plain + upper + `-]`
	}
	return `[` + plain + upper + `]`
}
