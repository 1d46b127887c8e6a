package cli

import (
	"slices"

	"github.com/vendorsign/vendorsign/cli/config"
)

// doubled finds two signers of a list of routes that one request meets, whether a proxy comes after them or not. Caddy does not load
// them if every request does; those in routes with matchers, or in a group, may be for different requests.
func (c *caddyFile) doubled() {
	before := make(map[*config.Node]*caddyModule) // the last signer in each list
	for _, s := range c.signers {
		list := s.steps[len(s.steps)-1].list
		first := before[list]
		before[list] = s
		if first == nil || slices.Contains(c.twice, s.node) {
			continue
		}
		// A named route is walked again for each way to it.
		if len(first.steps) != len(s.steps) || fork(first, s) != len(s.steps)-1 || place(first, s) != placedBefore {
			continue
		}
		switch {
		case meetsBoth(first, s):
			c.say(s, "", "two signers for one request, "+first.at()+" and "+s.at()+
				": Caddy does not start; give each a matcher, or a handle block with its reverse_proxy")
		case c.comesBy(first, s) != armsNone && !answered(first, s):
			c.say(s, config.LevelWarning, "requests that "+first.at()+" matches, too, have two signers and are refused; give each a handle block"+
				" of its own")
		default:
			continue
		}
		c.twice = append(c.twice, s.node)
	}
}

// answered reports whether what the first signer matches is answered before it gets to the next one of the list.
func answered(first, next *caddyModule) bool {
	a, b := first.steps[len(first.steps)-1], next.steps[len(next.steps)-1]
	return slices.ContainsFunc(a.list.List[a.route:b.route], func(route *config.Node) bool {
		match := route.Last("match")
		return slices.ContainsFunc(route.Last("handle").List, ends) && (len(match.List) == 0 || impliedBy(match, a.match))
	})
}

// meetsBoth reports whether every request that meets one signer of a list meets the next one, too.
func meetsBoth(first, next *caddyModule) bool {
	a, b := first.steps[len(first.steps)-1], next.steps[len(next.steps)-1]
	if a.route == b.route {
		handlers := a.list.List[a.route].Last("handle").List
		return !slices.ContainsFunc(handlers[a.handler+1:b.handler], ends)
	}
	if !everyRequest(a.list.List[a.route]) || !everyRequest(b.list.List[b.route]) {
		return false
	}
	for _, route := range a.list.List[a.route:b.route] {
		if everyRequest(route) && (route.Last("terminal").Text == "true" || slices.ContainsFunc(route.Last("handle").List, ends)) {
			return false
		}
	}
	return true
}

// everyRequest reports whether a route takes every request that comes to it.
func everyRequest(route *config.Node) bool {
	return len(route.Last("match").List) == 0 && route.Last("group").Text == ""
}

// ends reports whether a handler answers every request itself.
func ends(handler *config.Node) bool {
	switch handler.Get("handler").Text {
	case "reverse_proxy":
		return len(handler.Last("handle_response").List) == 0
	case "static_response", "error":
		return true
	}
	return false
}
