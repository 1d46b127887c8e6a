package cli

import (
	"slices"

	"github.com/vendorsign/vendorsign/cli/config"
)

// arms says for which of the requests that reach a proxy a signer comes first. It is decided on the
// configuration alone, by the place of both in the tree of routes and by the matchers on the way to
// each: what matchers mean is only known for paths, hosts and methods, so armsSome is also the answer
// in doubt. A handler of ours marks ("arms") a request, and the guard around the proxy's transport
// signs what is marked.
type arms int

const (
	// For none: it comes later, in another route, or matches other requests.
	armsNone arms = iota
	// For those that a matcher on its way takes, or nobody can tell.
	armsSome
	// For every request that reaches the proxy.
	armsAll
)

// comesBy compares the paths to a signer and to a proxy. Routes of a list run in their order; of those
// in a group, the first that matches runs.
//
//	route 0  match /api/*   handle [vendorsign, reverse_proxy]      armsAll
//	route 0  match /api/*   handle [vendorsign]
//	route 1                 handle [reverse_proxy]                  armsSome: others than /api/* have no signer
//	route 0                 handle [reverse_proxy], then a signer   armsNone
func (c *caddyFile) comesBy(s, p *caddyModule) arms {
	if place(s, p) != placedBefore {
		return armsNone
	}
	i := fork(s, p)
	// Without a rewrite the path is the same at every level, so matchers above the fork also say what reaches the
	// proxy.
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
		// A matcher on the way to the signer is harmless if the way to the proxy has one that implies it. If the two
		// cannot be used together, the signer never runs for this proxy, unless a rewrite in between changes the path.
		implied, apart := false, false
		for _, other := range below {
			implied = implied || impliedBy(step.match, other.match)
		}
		for _, other := range p.steps[i:] {
			apart = apart || disjoint(step.match, other.match)
		}
		switch {
		case implied, c.restAnswered(step.match, p):
		case apart && !c.rewritten(s, p):
			return armsNone
		default:
			result = armsSome
		}
	}
	return result
}

// restAnswered reports whether the requests that do not match a matcher are answered before they get to a proxy, as in
// @api not path /health for the signer and respond /health, or as in @other not path /api/* and abort @other for a signer at /api/*.
func (c *caddyFile) restAnswered(match *config.Node, p *caddyModule) bool {
	if slices.ContainsFunc(c.rewrites, func(r *caddyModule) bool { return r.server == p.server }) {
		return false // paths are not the same everywhere
	}
	rest := notAlone(match)
	return slices.ContainsFunc(c.enders, func(e *caddyModule) bool {
		return e.server == p.server && place(e, p) == placedBefore &&
			!slices.ContainsFunc(e.steps[fork(e, p):], func(step caddyStep) bool {
				if len(step.match.List) == 0 || rest != nil && impliedBy(step.match, rest) {
					return false
				}
				left := notAlone(step.match) // what it does not answer
				return left == nil || !impliedBy(match, left)
			})
	})
}

// notAlone is what a matcher excludes that is a single "not"; nil: it is another one.
func notAlone(match *config.Node) *config.Node {
	if len(match.List) != 1 || len(match.List[0].Table) != 1 || match.List[0].Table[0].Key != "not" {
		return nil
	}
	return match.List[0].Table[0].Value
}

// rewritten reports whether the path may change between the two.
func (c *caddyFile) rewritten(s, p *caddyModule) bool {
	return slices.ContainsFunc(c.rewrites, func(r *caddyModule) bool {
		return r.server == s.server && place(s, r) == placedBefore && place(r, p) == placedBefore
	})
}

// placed says where a module is in the order of another.
type placed int

const (
	placedBefore placed = iota // in front of the proxy
	placedBehind
	placedApart // in another route of the same group
	placedAnew  // in routes that begin when those of the other have ended
)

// place says how a module is placed in the order of another. Behind is also the answer for a module
// within the other.
func place(s, p *caddyModule) placed {
	i := fork(s, p)
	if i < 0 || i >= len(s.steps) || i >= len(p.steps) {
		return placedBehind
	}
	a, b := s.steps[i], p.steps[i]
	switch {
	// Routes for errors begin when the routes have ended, with the request as it was; those of two responses have nothing in common.
	case a.list != b.list:
		return placedAnew
	case a.route == b.route && a.handler < b.handler, a.route < b.route && !a.ends && (a.group == "" || a.group != b.group):
		return placedBefore
	case a.route < b.route || a.group != "" && a.group == b.group && a.route != b.route:
		return placedApart
	}
	return placedBehind
}

// fork is the first level at which the paths differ, or the length of the shorter one.
func fork(s, p *caddyModule) int {
	for i := range min(len(s.steps), len(p.steps)) {
		a, b := s.steps[i], p.steps[i]
		if a.list != b.list || a.route != b.route || a.handler != b.handler {
			return i
		}
	}
	return min(len(s.steps), len(p.steps))
}

// sameSite reports whether two modules serve one site: a route of the server with all below it, or,
// where routes name no host, the whole server. It is the scope in which the guard looks for a signer at
// run time.
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
