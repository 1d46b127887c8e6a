//go:build go1.21

package outbound

import (
	"errors"
	"path"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// rules are compiled allow entries: for each method, one expression that matches all of its paths. Go's expressions match in
// linear time, so that a client cannot make a path that takes long.
//
//	"GET|HEAD /devices/** /models", "POST /a"   ->   GET  (?s)^(?:/devices/.*|/models)$
//	                                                 HEAD (?s)^(?:/devices/.*|/models)$
//	                                                 POST (?s)^(?:/a)$
type rules map[string]*regexp.Regexp

// anyMethod in a rule matches every method.
const anyMethod = "*"

// newRules reads entries such as "GET|HEAD /devices/** /models": methods, then paths, of which each is allowed with each
// method. An asterisk stays inside a path segment, two cross segments. The errors name allow and quote nothing of the entry,
// since a path may hold an account's name.
func newRules(entries []string) (rules, error) {
	paths, err := parseRules(entries)
	if err != nil {
		return nil, err
	}
	return compileRules(paths, expression, "(?s)^(?:", ")$")
}

// parseRules returns the paths of entries by method. Methods are case-sensitive (RFC 9110, 9.1), so one in lower case, which
// no vendor knows, is taken for a mistake. Guards are read by it as well.
func parseRules(entries []string) (map[string][]string, error) {
	paths := make(map[string][]string)
	for _, entry := range entries {
		words := strings.Fields(entry)
		if len(words) < 2 {
			return nil, errors.New("allow takes methods joined by |, a space, and one or more paths, as in \"GET|HEAD /devices/**\"")
		}
		if strings.Contains(words[0], ",") {
			return nil, errors.New(methodsByCommas)
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
				paths[method] = append(paths[method], pattern)
			}
		}
	}
	return paths, nil
}

// SplitMethods is the fault of an allow that Traefik has split at commas between methods, as in GET,POST /path: the first
// entry then has no path. Otherwise it is empty. Without it, the operator would only read that an entry has too few words.
func SplitMethods(entries []string) string {
	for i := 0; i+1 < len(entries); i++ {
		if methodAlone.MatchString(entries[i]) {
			return methodsByCommas
		}
	}
	return ""
}

// methodAlone matches an entry that is a method and nothing else.
var methodAlone = regexp.MustCompile(`^ *[A-Z]+ *$`)

const methodsByCommas = "allow: methods are joined by | and not by commas, as in \"GET|POST /devices/**\""

// compileRules joins the paths of each method, converted by convert, into one expression. The paths are sorted, so that the
// same list in another order makes the same text; start and end are what all of them have around them.
func compileRules(paths map[string][]string, convert func(path string) string, start, end string) (rules, error) {
	compiled := make(rules, len(paths))
	for method, patterns := range paths {
		expressions := make([]string, 0, len(patterns))
		for _, p := range patterns {
			expressions = append(expressions, convert(p))
		}
		sort.Strings(expressions)
		re, err := regexp.Compile(start + strings.Join(expressions, "|") + end)
		if err != nil {
			return nil, errors.New("allow: the paths are too many or too long")
		}
		compiled[method] = re
	}
	return compiled, nil
}

// expression turns a path with asterisks into a regular expression. ** is replaced first: what is left of * stays in its
// segment.
//
//	/devices/*  -> /devices/[^/]*        /devices/** -> /devices/.*        /a.json -> /a\.json
func expression(pattern string) string {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	return strings.ReplaceAll(quoted, `\*`, `[^/]*`)
}

// listed reports whether an entry for the method, or one for any method, has the path, in exactly this spelling. Which
// spellings are to be compared is the caller's business: see admitListed.
func listed(list rules, method, path string) bool {
	if re := list[method]; re != nil && re.MatchString(path) {
		return true
	}
	re := list[anyMethod]
	return re != nil && re.MatchString(path)
}

// ambiguous finds whatever a server may read differently from how it is written, whatever the list: dots, separators,
// parameters, controls (also the line ends of Unicode), characters that Unicode's compatibility forms make separators or
// dots, the second half of a request line, and the escapes of all these. With an allow list they are refused rather than
// interpreted, since nobody knows how the vendor reads them.
var ambiguous = regexp.MustCompile(`//|/[ +]*\.{1,2}[ +]*(?:/|$)|[;\\\p{Cc}\x{2028}\x{2029}]|(?i: http/)|` +
	`[\x{FF0F}\x{FF3C}\x{FF0E}\x{FF1F}\x{FF03}\x{FF1B}\x{FF05}\x{2044}\x{2215}\x{2216}\x{29F5}\x{29F8}\x{29F9}\x{FE68}` +
	`\x{2024}\x{2025}\x{2026}\x{FE52}\x{FE30}\x{FE19}\x{3002}\x{FF61}\x{37E}\x{FE54}\x{FE14}\x{FE56}\x{FE16}\x{FE5F}\x{FE6A}` +
	`\x{2047}\x{2048}\x{2049}\x{2100}\x{2101}\x{2105}\x{2106}]|%(?i:2e|2f|5c|3b|[01][0-9a-f]|7f|u[0-9a-f]{4})`)

// admitListed refuses a path unless every reading that a server may make of it is in the list. The spelling counts too: an
// escape that the entry does not contain only matches an asterisk.
//
//	list GET /devices/*:   /devices/7          permitted: one reading
//	                       /devices/a%20b      permitted: both readings are below /devices/
//	                       /devices/..%2fusers 400: some servers read /users
//	                       /devices/7/tags     403: not in the list
//
// A guard is the opposite: it holds if any reading matches (holds). In doubt both refuse.
func admitListed(list rules, method, path string) *Problem {
	// All servers read a path of plain names alike, so it is compared once. Nearly all requests end here.
	if !strange.MatchString(path) {
		if !listed(list, method, path) {
			return problem(kindNotAllowed, notListed)
		}
		return nil
	}
	// Text that is no UTF-8 is read as Latin-1 by one server, and dropped or replaced by the next.
	levels, complete := decodings(path, "/")
	if !complete || !utf8.ValidString(strings.Join(levels, "")) {
		return problem(kindBadTarget, twoReadings)
	}
	for _, level := range levels {
		if ambiguous.MatchString(level) {
			return problem(kindBadTarget, twoReadings)
		}
	}
	size := 0
	for _, loaded := range listReadings(levels) {
		// A client could make a path with dozens of long readings, each of which is compared with the whole list.
		if size += len(loaded); size > maxListed {
			return problem(kindBadTarget, twoReadings)
		}
		if !listed(list, method, loaded) {
			return problem(kindNotAllowed, notListed)
		}
	}
	return nil
}

const (
	notListed   = "method and path match no allow entry of this credential"
	twoReadings = "the path can be read in more than one way, which an allow-list does not permit"
)

// plainPath is the path as a lenient server could read it: escapes resolved as often as they are nested, letters in lower
// case, dots and double slashes removed, parameters cut off, and blanks and line ends around a name: a pattern that ends in $
// matches before a line end, too. It is only compared with what must never match, and names the path of a pause or a rate:
// whoever spells a path differently gets no limit of their own.
//
//	/a/%2565/../B;x=1/ -> /a/b        /Admin%2Fv1 -> /admin/v1        /a/%c0%afb -> /a/b
func plainPath(p string) string {
	// Nested escapes: %2565 is %65, which is e. Deeper ones are not told apart here, only compared less exactly.
	for i := 0; i < 4 && escape.MatchString(p); i++ {
		p = escape.ReplaceAllStringFunc(p, unescape)
	}
	// These bytes never occur in UTF-8 (RFC 3629, 3). They begin overlong forms, which lenient decoders accept as ASCII.
	if strings.Contains(p, "\xc0") || strings.Contains(p, "\xc1") {
		p = currentFolds().overlong.Replace(p)
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
