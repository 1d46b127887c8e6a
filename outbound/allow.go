//go:build go1.21

package outbound

import (
	"errors"
	"net/url"
	"path"
	"regexp"
	"sort"
	"strings"
)

// rules are allow entries made ready: for each method, one expression that all its paths match.
type rules map[string]*regexp.Regexp

// anyMethod stands in a rule for every method.
const anyMethod = "*"

// newRules reads entries such as "GET|HEAD /devices/** /models".
func newRules(entries []string) (rules, error) {
	expressions := make(map[string][]string)
	for _, entry := range entries {
		words := strings.Fields(entry)
		if len(words) < 2 {
			return nil, errors.New("allow takes methods joined by |, a blank, and one or more paths, as in \"GET|HEAD /devices/**\"")
		}
		for _, pattern := range words[1:] {
			if !strings.HasPrefix(pattern, "/") {
				return nil, errors.New("allow: a path must begin with /, and methods are joined by |")
			}
			if strings.ContainsAny(pattern, "?#") {
				return nil, errors.New("allow: a path has no query and no fragment")
			}
			for _, method := range strings.Split(words[0], "|") {
				if method != anyMethod && (method == "" || method != strings.ToUpper(method) || strings.ContainsAny(method, "/,;*\"")) {
					return nil, errors.New("allow: a method must be in capital letters, or * for any")
				}
				expressions[method] = append(expressions[method], expression(pattern))
			}
		}
	}
	compiled := make(rules, len(expressions))
	for method, paths := range expressions {
		sort.Strings(paths)
		re, err := regexp.Compile("(?s)^(?:" + strings.Join(paths, "|") + ")$")
		if err != nil {
			return nil, errors.New("allow: the paths are too many or too long")
		}
		compiled[method] = re
	}
	return compiled, nil
}

// newSuspect makes of entries that newRules takes one expression, which finds the plain targets that may match any of
// them, whatever the method: also those whose paths have escapes, dots or double slashes, and some that match none.
func newSuspect(entries []string) *regexp.Regexp {
	var paths []string
	for _, entry := range entries {
		for _, pattern := range strings.Fields(entry)[1:] {
			paths = append(paths, expression(pattern))
		}
	}
	return regexp.MustCompile(`(?is)^(?:` + strings.Join(paths, "|") + `)/?(?:\?|$)|//|/\.|^[^?]*%`)
}

// expression turns a path with asterisks into a regular expression.
func expression(pattern string) string {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	return strings.ReplaceAll(quoted, `\*`, `[^/]*`)
}

func (r rules) match(method, path string) bool {
	if re := r[method]; re != nil && re.MatchString(path) {
		return true
	}
	re := r[anyMethod]
	return re != nil && re.MatchString(path)
}

// ambiguous finds paths that a server may read as another one than the text says. Under an allow-list they are
// refused rather than interpreted: the vendor's reading is not known.
var ambiguous = regexp.MustCompile(`//|/\.{1,2}(?:/|$)|[;\\]|%(?i:2e|2f|5c|3b|25|00)`)

// escape is one that any server resolves, also beside a % that begins none.
var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

func unescape(text string) string {
	plain, _ := url.PathUnescape(text)
	return plain
}

// plainPath is the path as a lenient server could read it: escapes resolved as often as they are nested, letters
// lower, dots and double slashes gone, parameters cut off. Only what must never match is compared with it.
func plainPath(p string) string {
	for i := 0; i < 4 && escape.MatchString(p); i++ {
		p = escape.ReplaceAllStringFunc(p, unescape)
	}
	p = strings.ReplaceAll(strings.ToLower(p), `\`, "/")
	if strings.Contains(p, ";") {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			segments[i], _, _ = strings.Cut(s, ";")
		}
		p = strings.Join(segments, "/")
	}
	return path.Clean("/" + p)
}
