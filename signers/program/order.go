//go:build go1.21

package program

import (
	"sort"
	"strconv"
	"strings"
)

// decodedOrder sorts what canonQuery gives by decoded name, then by decoded value: some vendors sort before they encode. Source: Alibaba
// Cloud's page on signature V3, and its SDKs.
//
//	"a=%C3%A9&a=z&b%5B=1&b0=2" -> "a=z&a=%C3%A9&b0=2&b%5B=1"
//
// It fails with more than maxAzure parameters, each of which is a step here.
func decodedOrder(query string) (string, bool) {
	if !strings.Contains(query, "%") {
		return query, true // without escapes both orders are one
	}
	if strings.Count(query, "&") >= maxAzure {
		return "", false
	}
	pairs := strings.Split(query, "&")
	keys := make([]string, len(pairs))
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		name = percentEscape.ReplaceAllStringFunc(name, decodeEscape)
		value = percentEscape.ReplaceAllStringFunc(value, decodeEscape)
		keys[i] = lowest.Replace(name) + "\x00" + lowest.Replace(value)
	}
	return strings.Join(inOrder(pairs, keys), "&"), true
}

// lowest spells the lowest characters so that a name or value has no NUL, which ends it in a key, and sorts as before.
var lowest = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")

// inOrder are texts in the order of their keys; those with one key stay as they are. It changes keys: each gets the place of its text,
// by which that is found again, since interpreted a sort with a function takes a call for each comparison.
//
//	inOrder([b, a, c], [2, 1, 2]) -> [a, b, c]
func inOrder(texts, keys []string) []string {
	for i, key := range keys {
		keys[i] = key + "\x00" + strconv.Itoa(firstPlace+i)
	}
	sort.Strings(keys)
	sorted := make([]string, len(texts))
	for i, key := range keys {
		place, _ := strconv.Atoi(key[strings.LastIndexByte(key, 0)+1:])
		sorted[i] = texts[place-firstPlace]
	}
	return sorted
}

// firstPlace has as many digits as all places of lines and parameters, of which a message has fewer.
const firstPlace = 1000000000
