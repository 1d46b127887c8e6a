//go:build go1.21

package outbound

import (
	"regexp"
	"strings"
	"sync"
)

// guards are a vendor's credential endpoints. A guard on X closes X, X/ and everything below, for its methods in any letter
// case. It applies if any server could read a request as one for X: whoever reads the secret at the vendor needs no gateway
// any more.
//
//	guard GET /v1/keys/*    /v1/keys/7, /V1/Keys/7.json, /v1/keys/7/x  held: plain
//	                        /v1/%6beys/7, /a/../v1/keys/7, /v1//keys/7 held: loose
//	                        /v1/monkeys/7, /v1/keysets                 not held
type guards struct {
	plain rules          // for paths that all servers read alike, except for letter case and suffixes
	loose rules          // for others, compared with looseReadings
	whole *regexp.Regexp // loose, anywhere in the path and for any method: it could begin another request
	words *regexp.Regexp // the longest word of each path, of which one is in every reading that matches: quick to look for

	ordinary, suspect *regexp.Regexp // for Quick
}

// guardsFor returns the guards of entries, which the credentials of one vendor share: compiling them takes most of the time
// that it takes to make a gate. The entries are a scheme's, not an operator's, so that the map stays small.
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
	guardsMade = make(map[string]*guards) // by entries: as many as there are vendors
)

// newGuards reads entries as newRules does. The paths are in lower case, and are compared with paths in lower case.
func newGuards(entries []string) (*guards, error) {
	paths, err := parseRules(entries)
	if err != nil {
		return nil, err
	}
	g := &guards{ordinary: newOrdinary(entries), suspect: newSuspect(entries)}
	// Three expressions of the same entries, from the cheapest to the broadest: see hold.
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

// guardEnd is what may follow a guarded path: nothing, a path below it, or a suffix that a server may cut off, such
// as .json.
const guardEnd = `(?:[^a-z0-9_-]|$)`

// guardExpression is expression, except that /**/ also matches one slash: /**/keys closes /keys, too.
func guardExpression(pattern string) string {
	return strings.ReplaceAll(expression(pattern), "/.*/", "/(?:.*/)?")
}

// In loose readings, one per line, any run of characters that do not occur in names may separate two names. Where a server
// resolves .. or strips parameters, more may be skipped. A name itself must occur as it is.
const (
	notName    = `[^a-z0-9_\n-]`
	looseStart = `(?:` + notName + `+|.*(?:\.\.|;).*` + notName + `)`
	looseNext  = `(?:` + notName + `+|(?:` + notName + `.*)?(?:\.\.|;).*` + notName + `)`
	looseAny   = notName + `(?:.*` + notName + `)?`
	looseEnd   = `(?:` + notName + `|$)`
)

// looseExpression matches the beginning of a loose reading, from the start of its line. For /v1/keys it is, with N for
// notName:
//
//	(?:N+|.*(?:\.\.|;).*N)v1(?:N+|(?:N.*)?(?:\.\.|;).*N)keys
func looseExpression(pattern string) string {
	switch {
	case pattern == "/**":
		return namesOf(pattern)
	case strings.HasPrefix(pattern, "/**/"):
		return looseAny + namesOf(strings.TrimPrefix(pattern, "/**"))
	}
	return looseStart + namesOf(pattern)
}

// namesOf is an expression that finds a pattern's names in their order. A pattern without names, which is /**, matches
// every path.
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

// longestWord is the longest part of a pattern without slashes and asterisks: "/v1/integrations/*/key" -> "integrations". Any
// reading that matches has it, so that a path without any such word needs no comparison.
func longestWord(pattern string) string {
	longest := ""
	for _, word := range strings.Split(strings.ReplaceAll(pattern, "*", "/"), "/") {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return regexp.QuoteMeta(longest)
}

// strange finds a path that servers may read differently: one with escapes, with characters that are special to some, with
// empty names, or with names that begin or end with something other than a letter.
//
//	/a/b.json, /a:b -> not strange        /a/.b, /a//b, /a%20, /a;b -> strange
var strange = regexp.MustCompile(`[^A-Za-z0-9_/.:@!$&'()*+,=~-]|//|/[^A-Za-z0-9_/-]|[^A-Za-z0-9_/-](?:/|$)`)

// another finds what may end a request and start the next one.
var another = regexp.MustCompile(`[\r\x{85}\x{2028}\x{2029}]|\x00| http/`)

// newSuspect turns the entries of guards into one expression, which finds the targets that Quick must leave to Sign: those
// that match any entry, whatever the method, those whose path is strange, and those that respelt finds. It may find too many,
// never too few.
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

// holds reports whether guards must stop a request. Complete is false if the path has too many readings to tell; then the
// request is refused as well. A path of plain names is compared as it is; for any other, everything that a server could make
// of it is compared, and one that matches is enough.
func holds(g *guards, method, path string) (held, complete bool) {
	// Methods are case-sensitive (RFC 9110, 9.1), but not to every server.
	method = strings.ToUpper(method)
	if !strange.MatchString(path) {
		return listed(g.plain, method, path), true
	}
	lines, complete := looseReadings(path)
	if !complete {
		return false, false
	}
	// Without the longest word of any guarded path, in any reading, no expression can match.
	if !g.words.MatchString(lines) {
		return false, true
	}
	// A server that ends the request line here would take the rest for a request of its own, with a method of its own.
	if another.MatchString(lines) && g.whole.MatchString(lines) {
		return true, true
	}
	return listed(g.loose, method, lines), true
}

// admitGuarded refuses what a server may interpret as a request to the vendor's credential endpoints.
func admitGuarded(g *guards, method, path string) *Problem {
	held, complete := holds(g, method, path)
	if held {
		return problem(kindCredential, "the vendor's credential endpoints need allow_credential_endpoints")
	}
	if !complete {
		return problem(kindBadTarget, "the path can be read in too many ways to tell what it means")
	}
	return nil
}
