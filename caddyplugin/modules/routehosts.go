package modules

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// taken reports whether each host of an error route is one that a route of the server takes. Requests for another host come to error
// routes, too (Caddy refuses them first with strict_sni_host): what signs for these is known to all.
func taken(own []string, routes [][]string) bool {
	for _, host := range own {
		one := []string{host}
		if overlap(one, []string{""}) || !slices.ContainsFunc(routes, func(hosts []string) bool { return overlap(one, hosts) }) {
			return false
		}
	}
	return len(own) > 0
}

// hostsOf lists the hosts that a route matches; none for any. Of several sets of matchers one is enough, so their
// hosts are put together, and one without hosts matches any.
func hostsOf(route *caddyhttp.Route) (hosts []string) {
	for _, set := range route.MatcherSets {
		before := len(hosts)
		for _, m := range set {
			switch m := m.(type) {
			case caddyhttp.MatchHost:
				hosts = append(hosts, m...)
			case *caddyhttp.MatchHost:
				hosts = append(hosts, *m...)
			}
		}
		if len(hosts) == before {
			return nil
		}
	}
	return hosts
}

// overlap reports whether a host can be in both lists. Patterns are taken to match any host: a pair too many only
// gives a site one more signer.
func overlap(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			if strings.EqualFold(x, y) || strings.ContainsAny(x+y, "*{") {
				return true
			}
		}
	}
	return false
}
