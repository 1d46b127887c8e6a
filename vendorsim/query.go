package vendorsim

import (
	"mime"
	"net/http"
	"strings"
)

// splitTarget cuts the target at the first question mark. has is true for a bare trailing one, too.
func splitTarget(target string) (path, query string, has bool) {
	return strings.Cut(target, "?")
}

// formDecode turns '+' into a space and %XX into its byte, as a form decoder does. What is no escape stays as it is:
// url.QueryUnescape would give up on the whole text, but the vendors' decoders keep such text: %zz+ -> "%zz ".
func formDecode(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// percentDecode decodes escapes alone: unlike in a form, a '+' in a path is itself.
func percentDecode(s string) string { return formDecode(strings.ReplaceAll(s, "+", "%2B")) }

// isHex and unhex read a digit of an escape.
func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

// pair is one decoded parameter.
type pair struct{ key, value string }

// formPairs decodes a query or form: '&' separates, the first '=' of a pair separates, empty pairs are no pairs, a bare key
// has an empty value, and ';' is text. url.ParseQuery is no help: it drops pairs with ';'.
//
//	a=1&&b&c=x;y -> {a 1} {b ""} {c x;y}
func formPairs(s string) []pair {
	var pairs []pair
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		pairs = append(pairs, pair{formDecode(k), formDecode(v)})
	}
	return pairs
}

// only returns the value of a parameter that must occur exactly once.
func only(pairs []pair, key string) (string, bool) {
	value, n := "", 0
	for _, p := range pairs {
		if p.key == key {
			value, n = p.value, n+1
		}
	}
	return value, n == 1
}

// isForm reports whether the Content-Type announces a urlencoded form, with or without parameters such as a charset.
func isForm(h http.Header) bool {
	t, _, err := mime.ParseMediaType(header(h, "Content-Type"))
	return err == nil && t == "application/x-www-form-urlencoded"
}
