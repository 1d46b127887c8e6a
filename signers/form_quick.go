//go:build go1.21

package signers

import (
	"net/url"
	"sort"
	"strings"
)

// quickForm is the canonical form of a query or urlencoded body by few and large steps of the library. It takes memory
// for each pair compiled, and interpreted a fraction of the time of writeForm.
func quickForm(query string) (string, error) {
	if quickCanonical(query) {
		return query, nil
	}
	raw := strings.Split(query, "&")
	pairs := raw[:0]
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
		pairs = append(pairs, key+"\x00"+value) // NUL sorts before every byte of a key, which "=" does not
	}
	sort.Strings(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="), nil
}

// quickCanonical reports whether query is its own canonical form, as that of many a request is.
func quickCanonical(query string) bool {
	lastKey, lastValue := "", ""
	for more := query != ""; more; {
		pair, rest, found := strings.Cut(query, "&")
		key, value, hasValue := strings.Cut(pair, "=")
		if !hasValue || url.QueryEscape(key) != key || url.QueryEscape(value) != value {
			return false
		}
		if key < lastKey || key == lastKey && value < lastValue {
			return false
		}
		lastKey, lastValue, query, more = key, value, rest, found
	}
	return true
}

func reencode(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", errEscape
	}
	return strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20"), nil
}
