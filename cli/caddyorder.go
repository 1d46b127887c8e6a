package cli

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// arms says for which of the requests that reach a proxy a signer comes first.
type arms int

const (
	armsNone arms = iota
	armsSome
	armsAll
)

// comesBy compares the paths to a signer and to a proxy. Routes of a list run in their order; of those in a group,
// the first that matches runs.
func (c *caddyFile) comesBy(s, p *caddyModule) arms {
	if place(s, p) != placedBefore {
		return armsNone
	}
	i := fork(s, p)
	below := p.steps[i:]
	if !slices.ContainsFunc(c.rewrites, func(r *caddyModule) bool { return r.server == s.server }) {
		below = p.steps // paths are the same everywhere
	}
	result := armsAll
	for k, step := range s.steps[i:] {
		if k == 0 && p.steps[i].list == step.list && p.steps[i].route == step.route {
			continue // the same route
		}
		if len(step.match.List) == 0 {
			continue
		}
		implied, apart := false, false
		for _, other := range below {
			implied = implied || impliedBy(step.match, other.match)
		}
		for _, other := range p.steps[i:] {
			apart = apart || disjoint(step.match, other.match)
		}
		switch {
		case implied:
		case apart && !c.rewritten(s, p):
			return armsNone
		default:
			result = armsSome
		}
	}
	return result
}

// rewritten reports whether the path may change between the two.
func (c *caddyFile) rewritten(s, p *caddyModule) bool {
	return slices.ContainsFunc(c.rewrites, func(r *caddyModule) bool {
		return r.server == s.server && place(s, r) == placedBefore && place(r, p) == placedBefore
	})
}

type placed int

const (
	placedBefore placed = iota // in front of the proxy
	placedBehind
	placedApart // in another route of the same group
)

// place says how a module is placed in the order of another.
func place(s, p *caddyModule) placed {
	i := fork(s, p)
	if i < 0 || i >= len(s.steps) || i >= len(p.steps) {
		return placedBehind
	}
	a, b := s.steps[i], p.steps[i]
	switch {
	case a.list != b.list: // routes, and routes for errors
		return placedBefore
	case a.route == b.route && a.handler < b.handler, a.route < b.route && !a.ends && (a.group == "" || a.group != b.group):
		return placedBefore
	case a.route < b.route || a.group != "" && a.group == b.group && a.route != b.route:
		return placedApart
	}
	return placedBehind
}

// fork is the first level at which the paths differ.
func fork(s, p *caddyModule) int {
	for i := range min(len(s.steps), len(p.steps)) {
		a, b := s.steps[i], p.steps[i]
		if a.list != b.list || a.route != b.route || a.handler != b.handler {
			return i
		}
	}
	return min(len(s.steps), len(p.steps))
}

// sameSite reports whether two modules serve one site: a route of the server with all below it, or, where routes name no
// host, the whole server.
func sameSite(a, b *caddyModule) bool {
	if a.server != b.server {
		return false
	}
	x, y := a.steps[0], b.steps[0]
	if x.list == y.list && x.route == y.route {
		return true
	}
	return !(x.list == y.list && (x.ends || y.ends)) && !everyPair(x.match, y.match, func(one, other *config.Node) bool {
		return setsDisjoint(one, other, "host")
	})
}

// impliedBy reports whether whatever matches given matches want. Both are lists of which one must match.
func impliedBy(want, given *config.Node) bool {
	return len(given.List) > 0 && !slices.ContainsFunc(given.List, func(g *config.Node) bool {
		return !slices.ContainsFunc(want.List, func(w *config.Node) bool { return setImplied(w, g) })
	})
}

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

// disjoint reports whether no request can match both.
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

// setsDisjoint reports whether the matchers under one of the keys have nothing in common.
func setsDisjoint(x, y *config.Node, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		one, other := x.Get(key).Texts(), y.Get(key).Texts()
		return len(one) > 0 && len(other) > 0 && !slices.ContainsFunc(one, func(a string) bool {
			return slices.ContainsFunc(other, func(b string) bool { return !apart(key, a, b) })
		})
	})
}

// excludes reports whether x says "not y".
func excludes(x, y *config.Node) bool {
	return slices.ContainsFunc(x.Get("not").List, func(set *config.Node) bool { return setImplied(set, y) })
}

// covers reports whether a pattern matches all that another does.
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

// simple reports whether a pattern of a path is a name or a prefix.
func simple(pattern string) bool { return strings.Count(strings.TrimSuffix(pattern, "*"), "*") == 0 }

// apart reports whether two patterns have nothing in common.
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

// matcherFile is the path of a matcher that is the name of a file and not the path of a request.
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

// fromClient finds placeholders of what the client sent.
var fromClient = regexp.MustCompile(`\{http\.request\.(host|header|uri|orig|cookie)`)

// upstreams are where a proxy sends requests.
type upstreams struct {
	names   []string // name and port, as they are dialled
	open    []string // placeholders of what the client sent
	dynamic bool
}

func upstreamsOf(proxy *config.Node) (u upstreams) {
	for _, upstream := range proxy.Get("upstreams").List {
		name := upstream.Get("dial").Text
		if name == "" {
			continue
		}
		u.names = append(u.names, name)
		if fromClient.MatchString(name) {
			u.open = append(u.open, name)
		}
	}
	if d := proxy.Get("dynamic_upstreams"); d.Shape == config.Table {
		u.dynamic = true
		if name := d.Get("name").Text; name != "" {
			port := d.Get("port").Text
			u.names = append(u.names, strings.TrimSuffix(name+":"+port, ":"))
		}
	}
	return u
}

func (u upstreams) boundTo(b *config.Binding) bool {
	if b == nil || !b.Known {
		return false
	}
	i := slices.IndexFunc(u.names, b.Bound)
	if i > 0 {
		u.names[0], u.names[i] = u.names[i], u.names[0] // the one to name
	}
	return i >= 0
}
