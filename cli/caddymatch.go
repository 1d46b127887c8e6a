package cli

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// impliedBy reports whether whatever matches given matches want. Both are lists of which one must match.
// A given list without sets matches everything, and implies nothing here.
func impliedBy(want, given *config.Node) bool {
	return len(given.List) > 0 && !slices.ContainsFunc(given.List, func(g *config.Node) bool {
		return !slices.ContainsFunc(want.List, func(w *config.Node) bool { return setImplied(w, g) })
	})
}

// setImplied reports whether whatever matches the set given matches want. Matchers of one set must all
// match; of other kinds than path, host and method only equal ones are known to imply each other.
func setImplied(want, given *config.Node) bool {
	for _, e := range want.Table {
		have := given.Get(e.Key)
		switch {
		case have.Shape == config.Null:
			return false
		case bytes.Equal(have.JSON(), e.Value.JSON()):
		case e.Key == "path" || e.Key == "host" || e.Key == "method":
			for _, pattern := range have.Texts() {
				if !slices.ContainsFunc(e.Value.Texts(), func(w string) bool { return covers(e.Key, w, pattern) }) {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// disjoint reports whether no request can match both. false is also the answer in doubt.
func disjoint(a, b *config.Node) bool {
	return everyPair(a, b, func(x, y *config.Node) bool {
		return setsDisjoint(x, y, "path", "host", "method") || excludes(x, y) || excludes(y, x)
	})
}

// everyPair reports whether something holds for each set of one list with each of the other. A list without sets matches everything.
func everyPair(a, b *config.Node, holds func(x, y *config.Node) bool) bool {
	for _, x := range a.List {
		for _, y := range b.List {
			if !holds(x, y) {
				return false
			}
		}
	}
	return len(a.List) > 0 && len(b.List) > 0
}

// setsDisjoint reports whether the matchers under one of the keys have nothing in common. One key is
// enough, since all matchers of a set must match.
func setsDisjoint(x, y *config.Node, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		one, other := x.Get(key).Texts(), y.Get(key).Texts()
		return len(one) > 0 && len(other) > 0 && !slices.ContainsFunc(one, func(a string) bool {
			return slices.ContainsFunc(other, func(b string) bool { return !apart(key, a, b) })
		})
	})
}

// excludes reports whether x says "not y": a matcher not of x holds for everything that y matches.
func excludes(x, y *config.Node) bool {
	return slices.ContainsFunc(x.Get("not").List, func(set *config.Node) bool { return setImplied(set, y) })
}

// covers reports whether a pattern matches all that another does, by the rules of Caddy's matchers path
// and host: without case, an asterisk at the end of a path is a prefix, and *. matches one label of
// a host.
//
//	path  /a/*  /a/b*   true
//	host  *.x   a.x     true
//	host  *.x   a.b.x   false
func covers(key, wide, narrow string) bool {
	wide, narrow = strings.ToLower(wide), strings.ToLower(narrow)
	if wide == narrow {
		return true
	}
	switch key {
	case "path":
		head, star := strings.CutSuffix(wide, "*")
		return star && simple(wide) && strings.HasPrefix(strings.TrimSuffix(narrow, "*"), head) && !strings.HasPrefix(narrow, "*")
	case "host":
		ok, err := path.Match(wide, narrow)
		return err == nil && ok && strings.HasPrefix(wide, "*.") && strings.Count(wide, ".") == strings.Count(narrow, ".")
	}
	return false
}

// simple reports whether a pattern of a path is a name or a prefix: it has no asterisk but at its end.
func simple(pattern string) bool { return strings.Count(strings.TrimSuffix(pattern, "*"), "*") == 0 }

// apart reports whether two patterns have nothing in common. In doubt (placeholders, escapes, asterisks
// within) it says no, since a signer that may run is no fault.
//
//	path  /a/*  /b/*   true
//	path  /a*   /a/b   false
//	path  /{a}  /b     false
//	host  *.x   b.y    false: patterns of hosts are not compared
func apart(key, a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.ContainsAny(a+b, "{") {
		return false
	}
	switch key {
	case "path":
		if !simple(a) || !simple(b) || strings.ContainsAny(a+b, "%") {
			return false
		}
		x, xStar := strings.CutSuffix(a, "*")
		y, yStar := strings.CutSuffix(b, "*")
		switch {
		case xStar && strings.HasPrefix(y, x), yStar && strings.HasPrefix(x, y):
			return false
		}
		return x != y || xStar != yStar
	case "host":
		return a != b && !strings.Contains(a+b, "*")
	}
	return a != b
}

// matcherFile is the path of a matcher that is the name of a file and not the path of a request. Who
// writes the name of a credentials file behind the directive gets a matcher by accident: Caddy takes an
// argument with a slash for one.
func matcherFile(set *config.Node) string {
	paths := set.Get("path").Texts()
	if len(set.Table) != 1 || len(paths) != 1 || strings.Contains(paths[0], "*") {
		return ""
	}
	switch strings.ToLower(path.Ext(paths[0])) {
	case ".json", ".yaml", ".yml", ".toml", ".key", ".txt", ".secret", ".env", ".conf":
		return paths[0]
	}
	for _, folder := range []string{"/run/secrets/", "/etc/", "/var/lib/", "/home/", "/root/", "/opt/"} {
		if strings.HasPrefix(paths[0], folder) {
			return paths[0]
		}
	}
	return ""
}
