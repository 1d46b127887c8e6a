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
		if strings.Contains(words[0], ",") {
			return nil, errors.New("allow: methods are joined by | and not by commas, as in \"GET|POST /devices/**\"")
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
// refused rather than interpreted: the vendor's reading is not known. The last escapes begin what is no valid UTF-8,
// but a dot or slash to decoders that take more bytes than a character needs.
var ambiguous = regexp.MustCompile(`//|/\.{1,2}(?:/|$)|[;\\]|%(?i:2e|2f|5c|3b|25|00|c[01]|e0%[89]|f0%8)`)

// escape is one that any server resolves, also beside a % that begins none.
var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

func unescape(text string) string {
	plain, _ := url.PathUnescape(text)
	return plain
}

// plainPath is the path as a lenient server could read it: escapes resolved as often as they are nested, letters
// lower, dots and double slashes gone, parameters cut off, and blanks and line ends around a name: a pattern that ends in
// $ matches before a line end, too. Only what must never match is compared with it.
func plainPath(p string) string {
	for i := 0; i < 4 && escape.MatchString(p); i++ {
		p = escape.ReplaceAllStringFunc(p, unescape)
	}
	if strings.Contains(p, "\xc0") || strings.Contains(p, "\xc1") {
		p = overlong.Replace(p)
	}
	p, _, _ = strings.Cut(p, "\x00") // where a C string ends
	p = strings.ReplaceAll(strings.ToLower(p), `\`, "/")
	if strings.ContainsAny(p, around+";") {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			s, _, _ = strings.Cut(s, ";")
			segments[i] = strings.Trim(s, around)
		}
		p = strings.Join(segments, "/")
	}
	return path.Clean("/" + p)
}

// around are the characters that servers are known to strip off.
const around = "\t\n\v\f\r \x7f"

// overlong makes one byte of the two that lenient decoders of UTF-8 take for an ASCII character.
var overlong = newOverlong()

func newOverlong() *strings.Replacer {
	var pairs []string
	for c := 0; c < 128; c++ {
		pairs = append(pairs, string([]byte{0xc0 + byte(c/64), 0x80 + byte(c%64)}), string(rune(c)))
	}
	return strings.NewReplacer(pairs...)
}
