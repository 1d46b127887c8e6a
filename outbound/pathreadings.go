//go:build go1.21

package outbound

import (
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Every server reads a path in its own way: it resolves escapes once or several times, strips parameters and suffixes,
// folds letters. How the vendor and the proxies in front of it do so is not known. This file says what a path may mean;
// allow.go and guard.go decide what follows from that.

// escape is one that every server resolves, even next to a % that begins none.
var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// escapeRow is a sequence of escapes: interpreted, one call for all of them is cheaper than a call for each.
var escapeRow = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)

// escapeWide is the escape of a UTF-16 unit that IIS and ASP resolve.
var escapeWide = regexp.MustCompile(`%[uU][0-9A-Fa-f]{4}`)

// unescape resolves escapes that are valid, as those that the expressions above find are: it cannot fail.
func unescape(text string) string {
	resolved, _ := url.PathUnescape(text)
	return resolved
}

// unescapeWide resolves %uXXXX. A half of a surrogate pair becomes U+FFFD.
func unescapeWide(text string) string {
	unit, _ := strconv.ParseUint(text[2:], 16, 16)
	return string(rune(unit))
}

// maxNested is how often escapes are resolved. No legitimate path nests them deeper.
const maxNested = 5

// escapedSlash is the escape that some servers resolve after splitting the path, and others before.
var escapedSlash = regexp.MustCompile(`%2[fF]`)

// decodings returns the path as it is sent, and as it is after its escapes were resolved once, twice and so on, those of
// slashes to slash. Complete is false if escapes are left in the last one. slash is "/" for lists, where every reading must
// be permitted, and a backslash for guards, whose expressions take both for a separator.
//
//	/a%252Fb, "/"   -> /a%252Fb, /a%2Fb, /a/b        /a%252Fb%2f, "\" -> /a%252Fb%2f, /a%2Fb\, /a\b\
func decodings(path, slash string) (levels []string, complete bool) {
	levels = []string{path}
	for len(levels) <= maxNested {
		wide := strings.Contains(path, "%u") || strings.Contains(path, "%U")
		// No escape is left: this is the last level.
		if !escape.MatchString(path) && !(wide && escapeWide.MatchString(path)) {
			return levels, true
		}
		path = escapedSlash.ReplaceAllLiteralString(path, slash)
		if wide {
			path = escapeWide.ReplaceAllStringFunc(path, unescapeWide)
		}
		if resolved, err := url.PathUnescape(path); err == nil {
			path = resolved
		} else {
			path = escapeRow.ReplaceAllStringFunc(path, unescape)
		}
		levels = append(levels, path)
	}
	return levels, false
}

// invisible are characters that some servers drop: controls, zero-width marks, combining accents. A line end separates
// readings.
var invisible = regexp.MustCompile(`[^\P{Cc}\n]+|[\p{Cf}\p{Mn}\x{115F}\x{1160}\x{3164}\x{FFA0}]+`)

// beyondASCII finds text that folding may change.
var beyondASCII = regexp.MustCompile(`[^\x00-\x7f]`)

// Limits for a path's readings: how often resolved escapes may form new escapes, and how many bytes are compared with guards and with
// allow. Legitimate paths stay far below.
const (
	maxRounds   = 4
	maxReadings = 64 << 10
	maxListed   = 1 << 20
)

// looseReadings returns the ways in which servers may read the path, one per line: folded to ASCII in lower case, with and
// without the characters that some servers drop. What a server cuts off is still there, and separators are not normalised:
// the comparison must allow for both. Complete is false if there are too many; then lines is empty. For /Ⓐdmin:
//
//	/ⓐdmin    as it is
//	/admin    the letter in the circle as a letter
//	/¶dmin    its lowest byte, as of strings that are written as Latin-1
//	/b6dmin   its bytes without their highest bits
func looseReadings(path string) (lines string, complete bool) {
	// Before any of them is made: a path of a megabyte has some of them at least.
	if len(path) > maxReadings {
		return "", false
	}
	var readings []string
	seen := map[string]bool{path: true}
	pending, size := []string{path}, 0
	for round := 0; len(pending) > 0; round++ {
		if round == maxRounds {
			return "", false
		}
		var next []string
		for _, p := range pending {
			levels, ends := decodings(p, `\`)
			if !ends {
				return "", false
			}
			for _, level := range levels {
				if size+len(level) > maxReadings {
					return "", false
				}
				variants := variantsOf(strings.ReplaceAll(level, "\n", "\r"))
				readings = append(readings, variants...)
				// A client could make a path with very many readings; one that has more than legitimate paths do is refused.
				if size += len(variants) * len(level); size > maxReadings {
					return "", false
				}
				// Folding may have made a % and digits of other characters, whose escape a server could resolve next.
				for _, v := range variants[1:] {
					if !seen[v] && (escape.MatchString(v) || escapeWide.MatchString(v)) {
						seen[v] = true
						next = append(next, v)
					}
				}
			}
		}
		pending = next
	}
	return strings.ToLower(strings.Join(readings, "\n")), true
}

// variantsOf returns a path whose escapes are resolved, then without the characters that some servers drop, and with the
// foldings that servers apply, in either order. The first is the path itself.
func variantsOf(path string) []string {
	variants := []string{path}
	if bare := invisible.ReplaceAllString(path, ""); bare != path {
		variants = append(variants, bare)
	}
	if !beyondASCII.MatchString(path) {
		return variants
	}
	f := currentFolds()
	for _, v := range variants {
		short := f.overlong.Replace(f.shorter.Replace(v))
		letters := foldLetters(f, short)
		variants = append(variants, letters, lowBytes(f, letters), foldLetters(f, lowBytes(f, short)), f.sevenBits.Replace(v))
	}
	for _, v := range variants {
		if bare := invisible.ReplaceAllString(v, ""); bare != v {
			variants = append(variants, bare)
		}
	}
	return variants
}

// foldLetters replaces compatibility forms first: accents are on plain letters.
func foldLetters(f *folds, text string) string { return f.accents.Replace(f.compatible.Replace(text)) }

// lowBytes is what remains of text if strings are written as Latin-1 without a check, and bytes as ASCII.
func lowBytes(f *folds, text string) string {
	text = invalid.ReplaceAllStringFunc(text, func(b string) string { return f.sevenBits.Replace(b) })
	// Interpreted, lowByte takes a microsecond for each character, so it is left out where it would change none.
	if !beyondByte.MatchString(text) {
		return text
	}
	return strings.Map(lowByte, text)
}

// beyondByte finds characters that lowByte changes.
var beyondByte = regexp.MustCompile(`[^\x00-\x{FF}\x{FFFD}]`)

// invalid finds bytes that are no UTF-8.
var invalid = regexp.MustCompile(`\x{FFFD}+`)

// lowByte is a character's lower eight bits. No character becomes a line end, which separates readings, or a slash: to
// some servers it is one, to others part of a name.
func lowByte(r rune) rune {
	if r <= 0xff || r == '\uFFFD' {
		return r
	}
	switch r & 0xff {
	case '\n':
		return '\r'
	case '/':
		return '\\'
	}
	return r & 0xff
}

// Blanks and dots at the end of a name, and blanks at its beginning, do not count on Windows and elsewhere.
var (
	nameEnd   = regexp.MustCompile(`[. ]+(/|$)`)
	nameStart = regexp.MustCompile(`/ +`)
)

// listReadings returns the ways in which servers may read a path that contains no ambiguous characters, from the levels of
// decodings. Servers that turn any character into ASCII are not considered: the letters of whole languages would become
// separators, and no path with them could be in a list.
//
//	/a%3Fb/c. -> /a%3Fb/c., /a?b/c., /a (cut off at the question mark), and /a%3Fb/c, /a?b/c (without the dot at the end)
func listReadings(levels []string) []string {
	var readings []string
	for i, level := range levels {
		readings = append(readings, level)
		// Only after an escape was resolved: the first level has no "?" and "#" of its own.
		if cut := strings.IndexAny(level, "?#"); i > 0 && cut >= 0 {
			readings = append(readings, level[:cut])
		}
	}
	for _, r := range readings {
		if beyondASCII.MatchString(r) {
			r = currentFolds().compatible.Replace(r)
			readings = append(readings, r, cleanPath(invisible.ReplaceAllString(r, "")))
		}
	}
	for _, r := range readings {
		if nameEnd.MatchString(r) || nameStart.MatchString(r) {
			readings = append(readings, cleanPath(nameEnd.ReplaceAllString(nameStart.ReplaceAllString(r, "/"), "$1")))
		}
	}
	return readings
}

// cleanPath is path.Clean, which keeps a slash at the end: to many servers /a and /a/ are two things.
func cleanPath(p string) string {
	if strings.HasSuffix(p, "/") && p != "/" {
		return strings.TrimSuffix(path.Clean("/"+p), "/") + "/"
	}
	return path.Clean("/" + p)
}
