//go:build go1.21

package signers

import (
	"net/url"
	"sort"
	"strings"
)

// sortQuery puts the query of a target in key order. Keys compare decoded; pairs with the same key keep their
// order, and the text of every pair stays as it is.
func sortQuery(target string) string {
	path, query, _ := strings.Cut(target, "?")
	if keysSorted(query) {
		return target
	}
	pairs := strings.Split(query, "&")
	if len(pairs) <= 16 && !interpreted {
		return sortFew(path, pairs)
	}
	sort.SliceStable(pairs, func(i, j int) bool { return pairKey(pairs[i]) < pairKey(pairs[j]) })
	return path + "?" + strings.Join(pairs, "&")
}

// sortFew sorts by insertion, without the memory that the library takes.
func sortFew(path string, pairs []string) string {
	size := len(path)
	for i, pair := range pairs {
		key, at := pairKey(pair), i
		for at > 0 && key < pairKey(pairs[at-1]) {
			pairs[at] = pairs[at-1]
			at--
		}
		pairs[at] = pair
		size += 1 + len(pair)
	}
	var sorted strings.Builder
	sorted.Grow(size)
	sorted.WriteString(path)
	separator := "?"
	for _, pair := range pairs {
		sorted.WriteString(separator)
		sorted.WriteString(pair)
		separator = "&"
	}
	return sorted.String()
}

// quickSortQuery is sortQuery by few and large steps of the library, for queries without escapes in which no key comes
// twice. It takes more memory compiled, and a third of it interpreted.
func quickSortQuery(target string) string {
	if strings.ContainsAny(target, "%+;\x00") {
		return sortQuery(target)
	}
	path, query, _ := strings.Cut(target, "?")
	pairs := strings.Split(strings.ReplaceAll(query, "=", "\x00"), "&") // NUL sorts before every byte of a key
	if sort.StringsAreSorted(pairs) {
		return target
	}
	if keys, _ := url.ParseQuery(query); len(keys) != len(pairs) {
		return sortQuery(target)
	}
	sort.Strings(pairs)
	return path + "?" + strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "=")
}

// keysSorted saves the sorting of what most clients have sorted already.
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

// pairKey is the decoded key of a pair, or its text where it cannot be decoded.
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
