package config

import (
	"regexp"
	"slices"
	"strings"
)

// given reports whether a block such as tls is there: in a label also as tls=true, or by one of its options.
func given(block *Node) bool { return block.Shape != Null && block.Text != "false" }

// Redirects reports whether it redirects all requests that come over plain http to another URL, so that none of them goes on. Those with
// X-Forwarded-Proto: https count as others, if the entry point trusts their sender.
func (m *Middleware) Redirects() bool {
	switch m.Kind {
	case "redirectscheme":
		return strings.EqualFold(m.Options.Fold("scheme").Text, "https")
	case "redirectregex":
		e, err := regexp.Compile(m.Options.Fold("regex").Text)
		return err == nil && strings.HasPrefix(m.Options.Fold("replacement").Text, "https://") &&
			!slices.ContainsFunc(plainURLs, func(url string) bool { return !e.MatchString(url) })
	}
	return false
}

// plainURLs have nothing in common but their scheme. A rule for one host does not see the port that a client writes behind it.
var plainURLs = []string{"http://a/", "http://b.example:8080/c/d?e=f", "http://[::1]/", "http://192.0.2.1:80/%20", "http://a_b/*"}

// Plain reports whether a router takes requests over plain http alone, from clients whose word about that does not count. known is whether
// its entry points are in the files; otherwise they are assumed to be such.
func (t *Traefik) Plain(r *Router) (plain, known bool) {
	if r.secure || len(r.parents) > 0 {
		return false, true
	}
	for _, e := range t.entryPoints {
		if len(r.entryPoints) > 0 && !slices.ContainsFunc(r.entryPoints, func(name string) bool { return strings.EqualFold(name, e.name) }) {
			continue
		}
		known = true
		if e.secure || e.trusts {
			return false, true
		}
	}
	return true, known
}
