package cli

import (
	"slices"
	"strings"
)

// sites finds those of many modules that serve one site with a given one, which sameSite decides for each pair: a file of
// ten thousand sites has a hundred million pairs, and most have no host in common.
type sites struct {
	modules []*caddyModule
	// Their numbers in modules: of all of a server, of a host of a server, and of those whose hosts are not plain names.
	ofServer, open map[int][]int
	ofHost         map[siteKey][]int
}

// siteKey is a host in lower case, and the server whose routes name it.
type siteKey struct {
	server int
	host   string
}

// newSites indexes modules by the hosts of the outermost routes that they are in.
func newSites(modules []*caddyModule) *sites {
	all := &sites{modules: modules, ofServer: make(map[int][]int), open: make(map[int][]int), ofHost: make(map[siteKey][]int)}
	for i, m := range modules {
		all.ofServer[m.server] = append(all.ofServer[m.server], i)
		hosts, plain := siteHosts(m)
		if !plain {
			all.open[m.server] = append(all.open[m.server], i)
			continue
		}
		for _, h := range hosts {
			key := siteKey{m.server, h}
			all.ofHost[key] = append(all.ofHost[key], i)
		}
	}
	return all
}

// of returns the modules that serve one site with m, in their order.
func (all *sites) of(m *caddyModule) (found []*caddyModule) {
	for _, i := range all.candidates(m) {
		if sameSite(all.modules[i], m) {
			found = append(found, all.modules[i])
		}
	}
	return found
}

// candidates are the numbers of the modules that may serve one site with m: the index only leaves out what sameSite refuses.
func (all *sites) candidates(m *caddyModule) []int {
	hosts, plain := siteHosts(m)
	if !plain {
		return all.ofServer[m.server]
	}
	numbers := slices.Clone(all.open[m.server])
	for _, h := range hosts {
		numbers = append(numbers, all.ofHost[siteKey{m.server, h}]...)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// siteHosts are the hosts of a module's outermost route, in lower case. They are not plain if a set of matchers has none, or
// one with an asterisk or a placeholder, which may match any.
func siteHosts(m *caddyModule) (hosts []string, plain bool) {
	sets := m.steps[0].match.List
	for _, set := range sets {
		texts := set.Get("host").Texts()
		if len(texts) == 0 || slices.ContainsFunc(texts, func(h string) bool { return strings.ContainsAny(h, "*{") }) {
			return nil, false
		}
		for _, h := range texts {
			hosts = append(hosts, strings.ToLower(h))
		}
	}
	return hosts, len(sets) > 0
}

// site returns those of a kind of modules that serve one site with m. Each kind is indexed once, when all modules are found.
func (c *caddyFile) site(m *caddyModule, kind *[]*caddyModule) []*caddyModule {
	if c.sites == nil {
		c.sites = make(map[*[]*caddyModule]*sites)
	}
	all := c.sites[kind]
	if all == nil {
		all = newSites(*kind)
		c.sites[kind] = all
	}
	return all.of(m)
}

// bound are the modules that sign, the proxies last.
func (c *caddyFile) bound() []*caddyModule {
	if c.signing == nil {
		c.signing = slices.DeleteFunc(slices.Concat(c.signers, c.proxies), func(m *caddyModule) bool { return m.bind == nil })
	}
	return c.signing
}
