//go:build go1.21

package outbound

import (
	"regexp"
	"strings"
)

// names is a set of header names, some with a trailing * for a prefix. Some servers replace every character of a name other
// than letters and digits by the same one, or drop it, so names are equal if their letters and digits are. A prefix must
// also end where a name's word ends: X-Acme-* contains X.Acme.Key but not X-Acmeous.
type names struct {
	exact  map[string]bool // by bareName
	prefix *regexp.Regexp  // nil: none
}

// separators of a header's name are all characters of a token except letters and digits.
var separators = strings.NewReplacer("-", "", "_", "", ".", "", "!", "", "#", "", "$", "", "%", "", "&", "", "'", "", "*", "", "+", "",
	"^", "", "`", "", "|", "", "~", "")

// bareName is a name without separators and in lower case: X-Acme_Key and x.acme.key are xacmekey.
func bareName(name string) string { return strings.ToLower(separators.Replace(name)) }

// bareNames is bareName for each of a list. It is one call, since interpreted a call for each takes most of the time in which a
// vendor loads.
func bareNames(list []string) []string {
	return strings.Split(bareName(strings.Join(list, "\n")), "\n")
}

// newNames makes a set of names and of prefixes with a trailing *. A prefix may have separators anywhere in it:
//
//	X-Acme-*: ^(?i)[^a-z0-9]*(?:x[^a-z0-9]*a[^a-z0-9]*c[^a-z0-9]*m[^a-z0-9]*e)(?:[^a-z0-9]|$)
func newNames(list []string) *names {
	n := &names{exact: make(map[string]bool, len(list))}
	var prefixes []string
	bare := bareNames(list)
	for i, name := range list {
		if strings.HasSuffix(name, "*") {
			letters := strings.Split(bare[i], "")
			prefixes = append(prefixes, strings.Join(letters, `[^a-z0-9]*`))
		} else {
			n.exact[bare[i]] = true
		}
	}
	if len(prefixes) > 0 {
		n.prefix = regexp.MustCompile(`^(?i)[^a-z0-9]*(?:` + strings.Join(prefixes, "|") + `)(?:[^a-z0-9]|$)`)
	}
	return n
}

// has reports whether a header's name is in the set, however it is spelt.
func (n *names) has(name string) bool {
	return n.exact[bareName(name)] || n.prefix != nil && n.prefix.MatchString(name)
}
