package modules

import (
	"slices"
	"strings"

	"github.com/caddyserver/certmagic"
)

// shareHosts tells the guards of a terminal site of what signs in other ones for requests that may end in it: several routes
// can be for one host, with different paths, and in JSON, or by the admin API, one for any host can come first.
//
//	{path /new/*, terminal, [proxy]}           takes requests for a, and must not send them to the vendor unsigned
//	{host a, path /b/*, terminal, [proxy]}     likewise
//	{host a, terminal, [signer, proxy]}
//	{host c, terminal, [proxy]}                other sites: they get no request for a
//	{terminal, [proxy]}
//
// Routes that are not terminal are one site, whatever their hosts are, and may be in front of each other one or behind it.
// The signers themselves have no more proxies than before: the guards only refuse.
func (w *walk) shareHosts() {
	sites := w.all[1:]
	own := make([]site, len(sites))  // as they are before anything is shared
	groups := make(map[string]*site) // what signs for a host
	var all []int
	for i, s := range sites {
		s.add(site{transports: w.common.transports})
		own[i] = site{signers: slices.Clip(s.signers), transports: slices.Clip(s.transports)}
		if len(s.signers)+len(s.transports) == 0 {
			continue
		}
		all = append(all, i)
		for _, host := range w.hosts[i] {
			if groups[host] == nil {
				groups[host] = new(site)
			}
			groups[host].add(own[i])
		}
	}
	for j, s := range sites {
		var sources []*site
		for _, host := range w.hosts[j] {
			if group := groups[host]; group != nil {
				sources = append(sources, group)
			}
			if host != everyHost && !strings.ContainsAny(host, "*{") {
				continue
			}
			// It takes what comes after it.
			for _, i := range all {
				if i > j && slices.ContainsFunc(w.hosts[i], func(name string) bool { return takes(host, name) }) {
					sources = append(sources, &own[i])
				}
			}
		}
		// A thousand routes of one host have one list.
		if len(sources) == 1 {
			s.signers, s.transports = sources[0].signers, sources[0].transports
			continue
		}
		for _, source := range sources {
			s.add(*source)
		}
	}
	for _, i := range all {
		w.common.add(own[i])
	}
}

// add gives s what signs in another site.
func (s *site) add(other site) {
	for _, h := range other.signers {
		if !slices.Contains(s.signers, h) {
			s.signers = append(s.signers, h)
		}
	}
	for _, t := range other.transports {
		if !slices.Contains(s.transports, t) {
			s.transports = append(s.transports, t)
		}
	}
}

// takes reports whether a pattern of a host matcher may match a name; everyHost matches all others.
func takes(pattern, name string) bool {
	if name == pattern {
		return false // the same name is in the same group
	}
	return pattern == everyHost || strings.Contains(pattern, "{") || certmagic.MatchWildcard(name, pattern)
}

// everyHost stands for the hosts of a route that matches every one.
const everyHost = ""

// namesOf are the hosts of a route in lower case, or everyHost.
func namesOf(hosts []string) []string {
	if len(hosts) == 0 {
		return []string{everyHost}
	}
	names := make([]string, 0, len(hosts))
	for _, host := range hosts {
		names = append(names, strings.ToLower(host))
	}
	return names
}
