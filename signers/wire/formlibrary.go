//go:build go1.21

package wire

import (
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// libraryForm is what writeForm writes, by few and large steps of the library: it takes memory for each pair, and interpreted
// a fraction of the time.
func libraryForm(query string) (string, error) {
	if libraryCanonical(query) {
		return query, nil
	}
	raw := strings.Split(query, "&")
	if len(raw) > maxLooped {
		return manyForm(raw)
	}
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

// maxLooped is how many pairs are looked at one by one, which takes some 20 microseconds each, interpreted. A body may have
// millions.
const maxLooped = 200

// parsedAtOnce is less than the pairs that the library takes (GODEBUG urlmaxqueryparams).
const parsedAtOnce = 5000

// manyForm is libraryForm without a step for each pair.
func manyForm(raw []string) (string, error) {
	var pairs []string
	for len(raw) > 0 {
		n := len(raw)
		if n > parsedAtOnce {
			n = parsedAtOnce
		}
		values, err := url.ParseQuery(strings.ReplaceAll(strings.Join(raw[:n], "&"), ";", "%3B"))
		if err != nil {
			return "", errEscape
		}
		if text := values.Encode(); text != "" {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "+", "%20"), "=", "\x00") // as in libraryForm
			pairs = append(pairs, strings.Split(text, "&")...)
		}
		raw = raw[n:]
	}
	sort.Strings(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="), nil
}

// onePair matches a query of one parameter that is its own canonical form, as that of many a request is.
var onePair = regexp.MustCompile(`^[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*$`)

// libraryCanonical reports whether query is its own canonical form, as that of many a request is. Of more pairs than are
// looked at one by one the last holds the rest, which is not.
func libraryCanonical(query string) bool {
	lastKey, lastValue := "", ""
	for _, pair := range strings.SplitN(query, "&", maxLooped) {
		key, value, hasValue := strings.Cut(pair, "=")
		if !hasValue || url.QueryEscape(key) != key || url.QueryEscape(value) != value {
			return false
		}
		if key < lastKey || key == lastKey && value < lastValue {
			return false
		}
		lastKey, lastValue = key, value
	}
	return true
}

// reencode is appendEncoded by the library, whose QueryEscape leaves the same characters bare and writes a blank as +.
func reencode(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", errEscape
	}
	return strings.ReplaceAll(url.QueryEscape(decoded), "+", "%20"), nil
}
