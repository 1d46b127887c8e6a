//go:build go1.21

package signers

import (
	"fmt"
	"net/url"
	"sort"
	"strings"
)

// sortQuery puts the query of a target in key order. Keys compare decoded; pairs with the same key keep their
// order, and the text of every pair stays as it is.
func sortQuery(target string) string {
	path, query, _ := strings.Cut(target, "?")
	if !strings.Contains(query, "&") {
		return target
	}
	pairs := strings.Split(query, "&")
	keys := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		key, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(key); err == nil {
			key = decoded
		}
		keys[pair] = key
	}
	byKey := func(i, j int) bool { return keys[pairs[i]] < keys[pairs[j]] }
	if sort.SliceIsSorted(pairs, byKey) {
		return target
	}
	sort.SliceStable(pairs, byKey)
	return path + "?" + strings.Join(pairs, "&")
}

// formParams is Duo's canonical form of a query or urlencoded body: every pair decoded, encoded again with only
// A-Za-z0-9-._~ left bare, and sorted by encoded key, then encoded value.
func formParams(query string) (string, error) {
	if query == "" {
		return "", nil
	}
	raw := strings.Split(query, "&")
	pairs := make([]string, 0, len(raw))
	for _, pair := range raw {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, err := reencode(key)
		if err != nil {
			return "", err
		}
		if value, err = reencode(value); err != nil {
			return "", err
		}
		// NUL sorts before every byte of a key, which "=" does not: foo=1 must stand before foo-bar=1.
		pairs = append(pairs, key+"\x00"+value)
	}
	sort.Strings(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="), nil
}

func reencode(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", fmt.Errorf("a parameter has a %% that begins no escape: %w", ErrMessage)
	}
	return strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20"), nil
}
