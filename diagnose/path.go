package diagnose

import (
	"slices"
	"strings"
)

// fillPath adds the ways in which clients get the path wrong: written otherwise, cut or extended, and both.
func (d *diagnosis) fillPath(s *slot) {
	right := s.right()
	name := func(c change, text string) []string {
		if c.cause != "" {
			return []string{c.cause}
		}
		return encodingCauses(right, text, "path_encoding")
	}
	written, moved := d.writtenPaths(right), d.movedPaths()
	for _, c := range written {
		t := c.apply(right)
		s.add(option{text: t, causes: name(c, t), weight: 1, tier: c.tier})
	}
	for _, m := range moved {
		s.add(option{text: m.apply(right), causes: []string{m.cause}, weight: 1, tier: m.tier})
	}
	for _, m := range moved {
		some := written
		if m.tier == alone {
			continue
		} else if m.tier > usual {
			some = written[:12]
		}
		for _, c := range some {
			t := c.apply(right)
			if t == right || m.apply(t) == m.apply(right) {
				continue
			}
			s.add(option{text: m.apply(t), causes: append([]string{m.cause}, name(c, t)...), weight: 2})
		}
	}
	for _, p := range d.variablePaths(right) {
		s.wrong("variable_unexpanded", alone, p)
	}
	for _, m := range moved { // one base path in place of another
		if m.cause != "path_prefix_not_sent" || m.tier == alone {
			continue
		}
		for _, cut := range moved[:2] {
			s.add(option{text: m.apply(cut.apply(right)), causes: []string{m.cause, cut.cause}, weight: 2})
		}
	}
	for _, c := range written[:min(len(written), 12)] {
		first := c.apply(right)
		if first == right {
			continue
		}
		for _, e := range written[:min(len(written), 12)] {
			if t := e.apply(first); t != first {
				s.add(option{text: t, causes: append(name(c, first), name(e, e.apply(right))...), weight: 2})
			}
		}
	}
}

// writtenPaths write a path otherwise.
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

// movedPaths cut a path at either end, or put something before it.
func (d *diagnosis) movedPaths() []change {
	all := d.changes("path moved")
	hosts := append([]string{d.Request.Host, withoutPort(d.Request.Host), strings.ToLower(withoutPort(d.Request.Host)), d.Address}, d.Hosts...)
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

func withoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}
