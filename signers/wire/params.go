//go:build go1.21

package wire

import (
	"net/url"
	"strings"
)

// WithoutParams is a target without the parameters of these names, which are in lower case. Servers
// differ in what they take for a name, so it is compared decoded and in any letter case, and a
// semicolon separates parameters as well. All other bytes stay as they are; a query of which
// nothing is left goes with its question mark.
//
//	WithoutParams("/p?a=1&Signature=x&b=2", {signature})     "/p?a=1&b=2"
//	WithoutParams("/p?a=1;%53ignature=x", {signature})       "/p?a=1"
//	WithoutParams("/p?signature=x", {signature})             "/p"
//	WithoutParams("/p?%zz=1&signature=x", {signature})       "/p?%zz=1"
//
// A client must not bring a parameter that the signer sets: of two, a vendor might take the first.
// It never fails. A name that cannot be decoded is compared as it is.
func WithoutParams(target string, names map[string]bool) string {
	path, query, found := strings.Cut(target, "?")
	if !found || query == "" {
		return target
	}
	kept, gone := make([]string, 0, 8), false
	separator := ""
	for more := true; more; {
		pair, rest, next := query, "", ""
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			pair, rest, next = query[:i], query[i+1:], query[i:i+1]
		}
		name, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if names[strings.ToLower(name)] {
			gone = true
		} else {
			if len(kept) > 0 {
				kept = append(kept, separator)
			}
			kept = append(kept, pair)
		}
		query, separator, more = rest, next, next != ""
	}
	if !gone {
		return target
	}
	if query = strings.Join(kept, ""); query == "" {
		return path
	}
	return path + "?" + query
}
