//go:build go1.21

package signers

import (
	"regexp"
	"strings"
)

// Nearest is the option that a misspelt name most likely means; not ok: there is none, or the name is another vendor's.
func Nearest(options []Option, name string) (near string, ok bool) {
	near, slips := nearest(options, name)
	if near == "" || slips > 0 && vendorsWith(name) != "" {
		return "", false
	}
	return near, true
}

// WithNames is options with others of which only the names are known, for hints where both may be written.
func WithNames(options []Option, names []string) []Option {
	all := append(make([]Option, 0, len(options)+len(names)), options...)
	for _, name := range names {
		all = append(all, Option{Name: name})
	}
	return all
}

// Camel is the name of an option in camelCase, as Traefik spells it.
func Camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i > 0 && w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// InCamel returns the options with their names in camelCase, for hints in Traefik.
func InCamel(options []Option) []Option {
	camel := make([]Option, 0, len(options))
	for _, o := range options {
		o.Name = Camel(o.Name)
		camel = append(camel, o)
	}
	return camel
}

// FindSpelt finds an option by its name in any spelling.
func FindSpelt(options []Option, name string) (Option, bool) {
	plain := letters(name)
	for _, o := range options {
		if letters(o.Name) == plain {
			return o, true
		}
	}
	return Option{}, false
}

// nearest finds the option that a name most likely means: the same letters in another spelling, the vendor's own word for it,
// or up to a third of its letters mistyped.
func nearest(options []Option, name string) (best string, slips int) {
	plain := letters(name)
	best = ""
	// With more mistakes than that, the hint would rather mislead.
	slips = len(plain)/3 + 1
	for _, o := range options {
		if strings.HasPrefix(plain, "tls") && letters(o.Name) == unbinds {
			continue
		}
		for _, word := range append([]string{o.Name}, o.Also...) {
			other := letters(word)
			// The distance is at least that of the lengths. Compared only where it matters, a name of megabytes, such as whoever writes
			// a label can give, costs nothing.
			if len(plain)-len(other) >= slips || len(other)-len(plain) >= slips {
				continue
			}
			d := distance(plain, other)
			if d < slips {
				best, slips = o.Name, d
			}
		}
	}
	return best, slips
}

// unbinds is insecure_upstream by its letters, which also takes the credential's binding to its host away. Whoever misspells an
// option about TLS of Caddy's transport, such as tls_insecure_skip_verify, does not ask for that.
const unbinds = "insecureupstream"

// NearestWord is the word that a misspelt one most likely means; empty: none is near.
func NearestWord(word string, words []string) string {
	near, _ := nearest(WithNames(nil, words), word)
	return near
}

// letters drops what differs between snake_case, camelCase and header spelling.
func letters(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	before := make([]int, len(b)+1) // the row before last, for swaps
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		last := append([]int{}, row...)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			if row[j]+1 < cost {
				cost = row[j] + 1
			}
			if row[j-1]+1 < cost {
				cost = row[j-1] + 1
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] && before[j-2]+1 < cost {
				cost = before[j-2] + 1
			}
			row[j] = cost
		}
		before = last
	}
	return row[len(b)]
}

// ShownName is a misspelt name as an error may show it. Somebody may have put a value in its place, or behind it as in secret_key=VALUE:
// what does not look like a name is left out.
func ShownName(name string) string {
	if name == "" {
		return `""`
	}
	if end := strings.IndexAny(name, "=:"); end > 0 {
		name = name[:end]
	}
	if shownName.MatchString(name) {
		return name
	}
	return "(not shown: it does not look like a name)"
}

// shownName matches words of letters as names have them, with few digits.
var shownName = regexp.MustCompile(`^[a-zA-Z]{1,24}[0-9]{0,2}(?:[_.\-][a-zA-Z0-9]{1,24}){0,5}$`)
