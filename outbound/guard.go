//go:build go1.21

package outbound

import (
	"regexp"
	"strings"
	"sync"
)

// guards are a vendor's credential endpoints. A guard on X closes X, X/ and all below, for its methods in any letter
// case, and it holds if any server could read a request as one for X.
type guards struct {
	plain rules          // for paths that all servers read alike, but for letter case and suffixes
	loose rules          // for others, compared with looseReadings
	whole *regexp.Regexp // loose, anywhere in the path and for any method: it could begin another request
	words *regexp.Regexp // the longest word of each path, of which one is in every reading that matches: quick to look for

	suspect *regexp.Regexp // for Quick
}

// guardsFor returns the guards of entries, which the credentials of one vendor share: to compile them takes most of a gate's
// making.
func guardsFor(entries []string) (*guards, error) {
	key := strings.Join(entries, "\n")
	guardsMu.Lock()
	defer guardsMu.Unlock()
	g := guardsMade[key]
	if g != nil {
		return g, nil
	}
	g, err := newGuards(entries)
	if err == nil {
		guardsMade[key] = g
	}
	return g, err
}

var (
	guardsMu   sync.Mutex
	guardsMade = make(map[string]*guards) // by entries, of which there are as many as vendors
)

// newGuards reads entries as newRules does. The paths are in lower case.
func newGuards(entries []string) (*guards, error) {
	paths, err := parseRules(entries)
	if err != nil {
		return nil, err
	}
	g := &guards{suspect: newSuspect(entries)}
	if g.plain, err = compileRules(paths, guardExpression, `(?is)^(?:`, `)`+guardEnd); err != nil {
		return nil, err
	}
	if g.loose, err = compileRules(paths, looseExpression, `(?m)^(?:`, `)`+looseEnd); err != nil {
		return nil, err
	}
	var all, words []string
	for _, patterns := range paths {
		for _, p := range patterns {
			all = append(all, notName+namesOf(p))
			words = append(words, longestWord(p))
		}
	}
	g.words = regexp.MustCompile(strings.Join(words, "|"))
	g.whole, err = regexp.Compile(`(?m)(?:` + strings.Join(all, "|") + `)` + looseEnd)
	return g, err
}

// guardEnd is what follows a guarded path: its end, what is below, or what a server may cut off, such as .json.
const guardEnd = `(?:[^a-z0-9_-]|$)`

// guardExpression is expression, but that /**/ also matches one slash.
func guardExpression(pattern string) string {
	return strings.ReplaceAll(expression(pattern), "/.*/", "/(?:.*/)?")
}

// In loose readings, each of which is a line, any run of characters that are in no name may separate two names. More than
// that goes where a server resolves .. or strips parameters.
const (
	notName    = `[^a-z0-9_\n-]`
	looseStart = `(?:` + notName + `+|.*(?:\.\.|;).*` + notName + `)`
	looseNext  = `(?:` + notName + `+|(?:` + notName + `.*)?(?:\.\.|;).*` + notName + `)`
	looseAny   = notName + `(?:.*` + notName + `)?`
	looseEnd   = `(?:` + notName + `|$)`
)

// looseExpression is an expression for the beginning of a loose reading.
func looseExpression(pattern string) string {
	switch {
	case pattern == "/**":
		return namesOf(pattern)
	case strings.HasPrefix(pattern, "/**/"):
		return looseAny + namesOf(strings.TrimPrefix(pattern, "/**"))
	}
	return looseStart + namesOf(pattern)
}

// namesOf is an expression that finds a pattern's names in their order. A pattern without any, which is /**, is every path.
func namesOf(pattern string) string {
	names, gap := "", ""
	for _, name := range strings.Split(strings.TrimPrefix(pattern, "/"), "/") {
		if name == "**" {
			gap = looseAny
			continue
		}
		names += gap + strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[^/\n]*`)
		gap = looseNext
	}
	if names == "" && gap != "" {
		return ".*"
	}
	return names
}

// longestWord is the longest part of a pattern without slashes and asterisks.
func longestWord(pattern string) string {
	longest := ""
	for _, word := range strings.FieldsFunc(pattern, func(r rune) bool { return r == '/' || r == '*' }) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return regexp.QuoteMeta(longest)
}

// strange finds a path that not all servers read alike: one with escapes, or characters that mean something to some, or
// with empty names or names that begin or end in no letter.
var strange = regexp.MustCompile(`[^A-Za-z0-9_/.:@!$&'()*+,=~-]|//|/[^A-Za-z0-9_/-]|[^A-Za-z0-9_/-](?:/|$)`)

// another finds what may end a request and begin the next one.
var another = regexp.MustCompile(`[\r\x{85}\x{2028}\x{2029}]|\x00| http/`)

// newSuspect makes of guards' entries one expression, which finds the targets that need a closer look than Quick takes:
// those that match any of them, whatever the method, those whose path is strange, and those of respelt.
func newSuspect(entries []string) *regexp.Regexp {
	var paths []string
	for _, entry := range entries {
		for _, pattern := range strings.Fields(entry)[1:] {
			paths = append(paths, guardExpression(pattern))
		}
	}
	return regexp.MustCompile(respelt + `|(?is:^(?:` + strings.Join(paths, "|") + `)` + guardEnd +
		`|^[^?]*(?:%|//|/[^a-z0-9_/?-]|[^a-z0-9_/?-](?:[/?]|$)))`)
}

// hold reports whether a request must not pass. Complete is false if the path has too many readings to tell.
func (g *guards) hold(method, path string) (holds, complete bool) {
	method = strings.ToUpper(method)
	if !strange.MatchString(path) {
		return g.plain.match(method, path), true
	}
	lines, complete := looseReadings(path)
	if !complete {
		return false, false
	}
	if !g.words.MatchString(lines) {
		return false, true
	}
	if another.MatchString(lines) && g.whole.MatchString(lines) {
		return true, true
	}
	return g.loose.match(method, lines), true
}

// admitGuarded refuses what a server may take for a request to the vendor's credential endpoints.
func admitGuarded(g *guards, method, path string) *Problem {
	holds, complete := g.hold(method, path)
	if holds {
		return problem(kindCredential, "the vendor's credential endpoints need allow_credential_endpoints")
	}
	if !complete {
		return problem(kindBadTarget, "the path has so many readings that it cannot be told what it means")
	}
	return nil
}
