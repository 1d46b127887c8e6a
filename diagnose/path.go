package diagnose

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// A path is written in hundreds of ways, and each pair of them is made before the search counts its bytes: those of a path of
// 40 KB took gigabytes.
const (
	// twoWays is the longest path whose pairs of mistakes are looked for.
	twoWays = 1 << 10
	// oneWay is the longest one of which mistakes are looked for at all. Servers usually refuse longer ones.
	oneWay = 8 << 10
)

// fillPath adds the ways in which clients get the path wrong: written otherwise, cut or extended, and
// both. Pairs are made here, because both mistakes are in one slot, where the search itself cannot
// combine them.
//
//	/a b     for /a%20b        path_decoded
//	/v1/a    for /api/v1/a     path_prefix_not_signed
func (d *diagnosis) fillPath(s *slot) {
	right := s.right()
	name := func(c change, text string) []string {
		if c.cause != "" {
			return []string{c.cause}
		}
		return encodingCauses(right, text, "path_encoding")
	}
	one := func(c change) func() []string { return func() []string { return name(c, c.apply(right)) } }
	if len(right) > oneWay {
		return
	}
	written, moved := d.writtenPaths(right), d.movedPaths()
	for _, c := range append(slices.Clip(written), moved...) {
		s.add(option{text: c.apply(right), named: one(c), weight: 1, tier: c.tier})
	}
	s.wrong("path_encoding", rare, slashesEncoded(right)...)
	s.wrong("path_slash", rare, slashesDoubled(right)...)
	if len(right) > twoWays {
		return
	}
	two := func(text string, first, second func() []string) {
		s.add(option{text: text, named: func() []string { return slices.Concat(first(), second()) }, weight: 2})
	}
	// The first ways of guesses.json, which are the commonest; 12 of them make at most 144 pairs.
	common := written[:min(len(written), 12)]
	for _, m := range moved {
		some := written
		if m.tier == alone {
			continue
		} else if m.tier > usual {
			some = common
		}
		for _, c := range some {
			if t := c.apply(right); t != right && m.apply(t) != m.apply(right) {
				two(m.apply(t), one(m), one(c))
			}
		}
	}
	s.wrong("question_mark", usual, right+"?")
	s.wrong("variable_unexpanded", alone, d.variablePaths(right)...)
	for _, m := range moved { // one base path in place of another
		if m.cause != "path_prefix_not_sent" || m.tier == alone {
			continue
		}
		for _, cut := range moved[:2] {
			two(m.apply(cut.apply(right)), one(m), one(cut))
		}
	}
	for _, c := range common {
		first := c.apply(right)
		if first == right {
			continue
		}
		for _, e := range common {
			if t := e.apply(first); t != first {
				two(t, one(c), one(e))
			}
		}
	}
}

// slashesEncoded are a path with one slash written as an escape: a name with a slash in it, whose escape a proxy decoded after
// the client signed it. Which of the slashes it was does not show.
//
//	/b/dir/a.txt  ->  /b/dir%2Fa.txt, /b%2Fdir/a.txt, and with %2f
func slashesEncoded(p string) (all []string) {
	for i, n := len(p)-1, 0; i > 0 && n < lastSegments; i-- {
		if p[i] == '/' {
			n++
			all = append(all, p[:i]+"%2F"+p[i+1:], p[:i]+"%2f"+p[i+1:])
		}
	}
	return all
}

// slashesDoubled are a path with one of its slashes twice: a base path that ends with one, joined with a path that begins with one,
// of which a proxy merged the two after the client signed them.
//
//	/admin/v1/users  ->  /admin/v1//users, /admin//v1/users
func slashesDoubled(p string) (all []string) {
	for i, n := len(p)-1, 0; i > 0 && n < lastSegments; i-- {
		if p[i] == '/' {
			n++
			all = append(all, p[:i]+"/"+p[i:])
		}
	}
	return all
}

// writtenPaths write a path otherwise: the rows of guesses.json, and each encoder on the segments or,
// if it leaves slashes bare, on the whole path.
func (d *diagnosis) writtenPaths(right string) []change {
	all := d.changes("path")
	for i := range all {
		if all[i].cause == "path_decoded" && strings.Contains(right, "%25") {
			all[i].cause = "path_double_encoded"
		}
	}
	for _, st := range append(slices.Clip(styles), rfc3986) {
		cause := ""
		if st.Latin1 || st.Twice {
			cause = "query_charset"
		}
		all = append(all, change{func(p string) string {
			segments := strings.Split(p, "/")
			for i, s := range segments {
				segments[i] = st.escape(unescape(s, false))
			}
			return strings.Join(segments, "/")
		}, cause, usual})
		if strings.Contains(st.Bare, "/") {
			all = append(all, change{func(p string) string { return st.escape(unescape(p, false)) }, cause, usual})
		}
	}
	return all
}

// movedPaths cut a path at either end, or put something before it: host and scheme, the base path of
// the configured URL, what a proxy says that it took off, and base paths that are usual with the
// vendor.
func (d *diagnosis) movedPaths() []change {
	all := d.changes("path moved")
	bare := wire.WithoutPort(d.Request.Host)
	hosts := append([]string{d.Request.Host, bare, strings.ToLower(bare), d.Address}, d.Hosts...)
	for _, h := range hosts {
		if h == "" {
			continue
		}
		for _, scheme := range []string{"https://", "http://", "//", ""} {
			all = append(all, change{func(p string) string { return scheme + h + p }, "url_for_path", usual})
		}
	}
	before := func(tier int, prefixes ...string) {
		for _, prefix := range prefixes {
			prefix = strings.TrimSuffix(prefix, "/")
			all = append(all, change{func(p string) string { return prefix + p }, "path_prefix_not_sent", tier})
		}
	}
	if u := d.option("api_url", ""); u != "" {
		_, rest, _ := strings.Cut(u, "://")
		if i := strings.IndexByte(rest, '/'); i > 0 {
			before(usual, rest[i:])
		}
	}
	for _, h := range known.URLHeaders {
		u := d.Request.Header.Get(h)
		if _, rest, ok := strings.Cut(u, "://"); ok {
			_, u, _ = strings.Cut(rest, "/")
			u = "/" + u
		}
		if p, _, _ := strings.Cut(u, "?"); strings.HasPrefix(p, "/") {
			all = append(all, change{func(string) string { return p }, "path_prefix_not_sent", usual})
		}
	}
	if p := d.Request.Header.Get("X-Forwarded-Prefix"); p != "" {
		before(usual, p)
	}
	return append(all, d.changes("path prefix")...)
}
