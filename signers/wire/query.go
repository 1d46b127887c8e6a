//go:build go1.21

package wire

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// sortQuery is SortQuery, compiled: it sorts few pairs without the library, and many by one call of
// it.
func sortQuery(target string) string {
	path, query, _ := strings.Cut(target, "?")
	switch {
	case keysSorted(query):
		return target
	case strings.Count(query, "&") < maxFew:
		return sortFew(path, query)
	}
	return sortMany(path, query)
}

// sortMany sorts by one call of the library, which calls nothing back: a request may have a hundred thousand pairs, and
// interpreted, each comparison of our own would take as long as the pair's way through here. So each pair gets its decoded key and its
// place in front, a text that sorts by itself (Schwartzian transform).
func sortMany(path, query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		key := pairKey(pair)
		if strings.ContainsAny(key, "\x00\x01") {
			key = lowest.Replace(key)
		}
		// The place keeps the order of pairs with one key. The pair with the key "b" at the third
		// place of "c&a&b=1" is sorted as "b\x001000000002b=1".
		pairs[i] = key + "\x00" + strconv.Itoa(firstPlace+i) + pair
	}
	sort.Strings(pairs)
	for i, decorated := range pairs {
		end := strings.IndexByte(decorated, 0)
		pairs[i] = decorated[end+1+placeDigits:]
	}
	return path + "?" + strings.Join(pairs, "&")
}

// firstPlace has as many digits as all places, of which there are fewer than it: MaxParameters at
// most.
const (
	firstPlace  = 1000000000
	placeDigits = 10
)

// lowest spells the lowest characters of a key so that it has no NUL, and sorts as before.
// Without it a key with NUL would end too early: NUL is what separates key and place.
var lowest = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")

// maxFew is how many pairs are sorted by insertion, without the memory that the library takes. Most
// requests have fewer, and for so few the square of the number is small.
const maxFew = 16

// sortFew sorts up to maxFew pairs by insertion, which is stable: pairs with the same key keep
// their order. The path, which keeps its bytes, and the question mark come first.
func sortFew(path, query string) string {
	var keys, pairs [maxFew]string
	var sorted strings.Builder
	sorted.Grow(len(path) + 1 + len(query))
	sorted.WriteString(path)
	n := 0
	for more := true; more; n++ {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		key, at := pairKey(pair), n
		for at > 0 && key < keys[at-1] {
			keys[at], pairs[at] = keys[at-1], pairs[at-1]
			at--
		}
		keys[at], pairs[at] = key, pair
	}
	separator := byte('?')
	for i := 0; i < n; i++ {
		sorted.WriteByte(separator)
		sorted.WriteString(pairs[i])
		separator = '&'
	}
	return sorted.String()
}

// librarySortQuery is SortQuery by few and large steps of the library: it takes more memory, and interpreted a third of the time.
// Queries with escapes, or in which a key appears twice, take the longer way.
func librarySortQuery(target string) string {
	path, query, _ := strings.Cut(target, "?")
	if strings.ContainsAny(target, "%+;\x00") {
		if keysSorted(query) {
			return target
		}
		return sortMany(path, query)
	}
	pairs := strings.Split(strings.ReplaceAll(query, "=", "\x00"), "&") // NUL sorts before every byte of a key
	if sort.StringsAreSorted(pairs) {
		return target
	}
	// Fewer keys than pairs: one appears twice, or a pair is empty. sort.Strings would then sort by
	// value as well.
	if keys, _ := url.ParseQuery(query); len(keys) != len(pairs) {
		if keysSorted(query) {
			return target
		}
		return sortMany(path, query)
	}
	sort.Strings(pairs)
	return path + "?" + strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "=")
}

// keysSorted reports whether a query is in key order already, as most clients' are, so that nothing
// need be sorted or copied.
func keysSorted(query string) bool {
	last := ""
	for more := true; more; {
		pair, rest, found := strings.Cut(query, "&")
		key := pairKey(pair)
		if key < last {
			return false
		}
		last, query, more = key, rest, found
	}
	return true
}

// pairKey is the decoded key of a pair, or its text where it cannot be decoded: %zz for %zz=1. The
// order must be defined for each query, since one that cannot be decoded is signed as it is, too.
func pairKey(pair string) string {
	key, _, _ := strings.Cut(pair, "=")
	if strings.IndexByte(key, '%') < 0 && strings.IndexByte(key, '+') < 0 {
		return key
	}
	decoded, err := url.QueryUnescape(key)
	if err != nil {
		return key
	}
	return decoded
}
