package modules

import (
	"math"
	"slices"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// proxyPlace is a proxy of a server with signers, as the walk met it.
type proxyPlace struct {
	proxy *reverseproxy.Handler
	path  string
	// lists are the paths of the blocks that it is in, the outermost first.
	lists []string
	sites []*site
}

// placeProxy makes sure that a proxy which the walk met sends through a guard, and tells the guard its sites. There
// are four kinds: one that prepare has guarded; one whose transport signs itself, which gets a guard only to be
// counted; one that Caddy set up before the first signer and that already has running health checks, whose transport
// can no longer be changed without a race, so that its upstreams are closed to what must be signed; and one that was
// set up early without them, whose transport is replaced before any listener is open.
func (s *survey) placeProxy(p *reverseproxy.Handler, path string, lists []string, sites []*site) {
	s.proxies = append(s.proxies, proxyPlace{p, path, slices.Clone(lists), sites})
	limitBuffers(p)
	g, ok := p.Transport.(*Guard)
	switch {
	// It was loaded with one.
	case ok:
	case unguarded(p.Transport):
		g = newGuard(p.Transport)
	case p.HealthChecks != nil && p.HealthChecks.Active != nil && p.HealthChecks.Active.IsEnabled():
		// A proxy in a named route is met several times; its guard collects the sites.
		before, _ := p.LoadBalancing.SelectionPolicy.(closed)
		if before.guard == nil {
			before = closed{p.LoadBalancing.SelectionPolicy, newGuard(p.Transport)}
			p.LoadBalancing.SelectionPolicy = before
		}
		g = before.guard
	default:
		g = newGuard(p.Transport)
		p.Transport = g
		s.guards = append(s.guards, g)
	}
	g.place.proxy = p
	g.place.lists = append(g.place.lists, lists...) // of a named route there are several
	signs := signingTransport(p.Transport)
	if signs != nil && !slices.Contains(s.transports, signs) {
		s.transports = append(s.transports, signs)
	}
	for _, site := range sites {
		if signs != nil && !slices.Contains(site.transports, signs) {
			site.transports = append(site.transports, signs)
		}
		if !slices.Contains(g.place.sites, site) {
			g.place.sites = append(g.place.sites, site)
			site.proxies = append(site.proxies, p)
			site.guarded = append(site.guarded, g.http)
		}
	}
}

// limitBuffers replaces "unlimited", a negative size, by a limit that nothing reaches. Without a limit Caddy drops the error of a body that
// breaks off or is too large (bufferedBody): what came before it would be signed and sent as the whole body, and so with answers.
func limitBuffers(p *reverseproxy.Handler) {
	if p.RequestBuffers < 0 {
		p.RequestBuffers = math.MaxInt64
	}
	if p.ResponseBuffers < 0 {
		p.ResponseBuffers = math.MaxInt64
	}
}
