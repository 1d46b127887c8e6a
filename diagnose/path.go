package diagnose

import (
	"path"
	"strings"
)

// change is a way to make another text of a path.
type change struct {
	apply func(string) string
	cause string // empty: found by comparing
	tier  int
}

// fillPath adds the ways in which clients get the path wrong: written otherwise, cut or extended, and both.
func (d *diagnosis) fillPath(s *slot) {
	right := s.right()
	name := func(c change, text string) []string {
		if c.cause != "" {
			return []string{c.cause}
		}
		return encodingCauses(right, text, "path_encoding")
	}
	written, moved := writtenPaths(right), d.movedPaths()
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
	for _, p := range variablePaths(right) {
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

func writtenPaths(right string) []change {
	decoded := "path_decoded"
	if strings.Contains(right, "%25") {
		decoded = "path_double_encoded"
	}
	all := []change{
		{func(p string) string { return escapesIn(p, strings.ToLower) }, "escape_case", frequent},
		{func(p string) string { return escapesIn(p, strings.ToUpper) }, "escape_case", frequent},
		{func(p string) string { return unescape(p, false) }, decoded, frequent},
		{func(p string) string { return unescape(p, true) }, decoded, usual},
		{func(p string) string { return strings.ReplaceAll(p, "%", "%25") }, "path_double_encoded", frequent},
		{func(p string) string { return strings.TrimSuffix(p, "/") }, "path_slash", frequent},
		{func(p string) string { return strings.TrimSuffix(p, "/") + "/" }, "path_slash", frequent},
		{func(p string) string { return strings.TrimPrefix(p, "/") }, "path_slash", frequent},
		{func(p string) string { return "/" + p }, "path_slash", usual},
		{collapse, "path_slash", usual},
		{func(p string) string { return strings.Trim(p, "/") }, "path_slash", usual},
		{cleanDots, "path_dots", frequent},
		{func(p string) string { return unescape(unescape(p, false), false) }, decoded, usual},
		{strings.ToLower, "path_case", usual},
		{strings.ToUpper, "path_case", usual},
		{func(p string) string { return strings.NewReplacer("%2F", "/", "%2f", "/").Replace(p) }, "path_decoded", usual},
		{func(p string) string { return strings.ReplaceAll(p, "+", " ") }, "path_encoding", usual},
		{func(p string) string { return rfc3986.escape(p) }, "path_encoding", usual},
		{func(p string) string { return rfc3986.escape(unescape(p, false)) }, "path_encoding", usual},
		{withoutMatrix, "path_encoding", usual},
		{func(p string) string { return toLatin1(unescape(p, false)) }, "query_charset", usual},
	}
	for _, st := range styles {
		cause := ""
		if st.latin1 || st.twice {
			cause = "query_charset"
		}
		all = append(all, change{func(p string) string {
			segments := strings.Split(p, "/")
			for i, s := range segments {
				segments[i] = st.escape(unescape(s, false))
			}
			return strings.Join(segments, "/")
		}, cause, usual})
		if strings.Contains(st.bare, "/") {
			all = append(all, change{func(p string) string { return st.escape(unescape(p, false)) }, cause, usual})
		}
	}
	return append(all, change{func(p string) string {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			segments[i] = rfc3986.escape(unescape(s, false))
		}
		return strings.Join(segments, "/")
	}, "", usual})
}

func collapse(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	return p
}

func cleanDots(p string) string {
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

func withoutMatrix(p string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i], _, _ = strings.Cut(s, ";")
	}
	return strings.Join(segments, "/")
}

// movedPaths cut a path at either end, or put something before it.
func (d *diagnosis) movedPaths() []change {
	var all []change
	cut := func(n, tier int) {
		all = append(all, change{func(p string) string {
			for range n {
				_, rest, ok := strings.Cut(strings.TrimPrefix(p, "/"), "/")
				if !ok {
					return "/"
				}
				p = "/" + rest
			}
			return p
		}, "path_prefix_not_signed", tier})
	}
	cut(1, frequent)
	cut(2, usual)
	cut(3, usual)
	cut(4, usual)
	cut(5, rare)
	all = append(all, change{func(string) string { return "" }, "path_prefix_not_signed", usual})
	for n := 1; n <= 3; n++ {
		all = append(all, change{func(p string) string {
			for range n {
				if i := strings.LastIndexByte(p, '/'); i > 0 {
					p = p[:i]
				}
			}
			return p
		}, "path_prefix_not_signed", usual})
	}
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
	for _, h := range urlHeaders {
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
	before(usual, usuals("prefix", d.Signer)...)
	for _, p := range usuals("prefix", "") {
		before(rare, p)
		for _, q := range []string{"/api", "/" + d.Signer, "/v1", "/v2"} {
			before(alone, p+q, q+p)
		}
	}
	for _, ending := range []string{".json", "/index.html", "/null", "/undefined", "%20", " ", "\n"} {
		all = append(all, change{func(p string) string { return p + ending }, "path_prefix_not_sent", rare})
	}
	return all
}

func withoutPort(host string) string {
	if i := strings.LastIndex(host, ":"); i > strings.LastIndex(host, "]") {
		return host[:i]
	}
	return host
}
