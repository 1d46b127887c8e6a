//go:build go1.21

package wire

import (
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// libraryForm is what Form returns and WriteForm writes where they are interpreted, by few and
// large steps of the library: it takes memory for each pair, and interpreted a fraction of the
// time. The compiled tests compare its results with those of form.go for generated forms.
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
		// A pair is sorted as key NUL value: NUL sorts before every byte of a key, which "=" does
		// not, and no encoded text holds it. So foo NUL 1 comes before foo-bar NUL 1, though foo=1
		// comes after foo-bar=1.
		key, value, _ := strings.Cut(pair, "=")
		key, err := reencode(key)
		if err != nil {
			return "", err
		}
		if value, err = reencode(value); err != nil {
			return "", err
		}
		pairs = append(pairs, key+"\x00"+value)
	}
	sort.Strings(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="), nil
}

// maxLooped is how many pairs are looked at one by one, which takes some 20 microseconds each,
// interpreted: for MaxParameters it would be two seconds.
const maxLooped = 200

// parsedAtOnce is less than the pairs that the library takes in one query, 10,000 by default
// (GODEBUG urlmaxqueryparams), above which ParseQuery fails. manyForm calls it for so many at a
// time.
const parsedAtOnce = 5000

// manyForm is libraryForm without a step for each pair. url.Values has an order of its own and
// groups values by key; the sort at the end restores the one that is wanted, over all groups.
func manyForm(raw []string) (string, error) {
	var pairs []string
	for len(raw) > 0 {
		n := len(raw)
		if n > parsedAtOnce {
			n = parsedAtOnce
		}
		// The library refuses a semicolon, which separates nothing here; as an escape it is one
		// character of many.
		values, err := url.ParseQuery(strings.ReplaceAll(strings.Join(raw[:n], "&"), ";", "%3B"))
		if err != nil {
			return "", errEscape
		}
		// Encode leaves the same characters bare as form.go, and writes a blank as +. An encoded
		// text holds no "=" but the one of its pair.
		if text := values.Encode(); text != "" {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "+", "%20"), "=", "\x00") // as in libraryForm
			pairs = append(pairs, strings.Split(text, "&")...)
		}
		raw = raw[n:]
	}
	sort.Strings(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="), nil
}

// onePair matches a query of one parameter that is its own canonical form, as that of many requests
// is. One call of the library tells, where libraryForm takes several.
var onePair = regexp.MustCompile(`^[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*$`)

// libraryCanonical reports whether query is its own canonical form and has no escapes, as that of
// many requests is. A query of more than maxLooped pairs is not: the last pair holds the rest,
// whose "&" is no bare character.
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

// reencode is appendEncoded by the library.
func reencode(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", errEscape
	}
	return PercentEncode(decoded), nil
}
