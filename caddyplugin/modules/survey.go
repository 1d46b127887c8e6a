package modules

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/cli/config"
)

// survey finds the signers of a server and the proxies that they sign for. It is made for the first signer, a handler or a transport,
// that Caddy sets up. From then on each reverse_proxy gets a Guard as its transport before its health checks start.
// Those that Caddy set up earlier get theirs at the end, when all handlers exist but no listener does: Caddy sets
// up a server's named routes last, and a surveyor is at the end of each.
//
//	first signer's Provision  enlist -> surveyOf -> prepare: guards into the JSON that is not loaded yet
//	further signers, guards   enlist, enlistGuard
//	last surveyor's Provision run: walk, place signers and proxies, guard what is left, check
//	App.Start                 the survey must be done
//
// Caddy loads a configuration in one goroutine, so there is no lock.
type survey struct {
	// server is the one that is surveyed; waits counts the surveyors that Caddy has not set up yet.
	server   *caddyhttp.Server
	waits    int
	done     bool
	handlers []*Handler
	// transports are those that sign, as the walk met them.
	transports []*Transport
	guards     []*Guard
	sites      []*site
	proxies    []proxyPlace

	// How many handlers they have, what those are made of, and those that Caddy has loaded since. first is the
	// handler that has the server's first signer in it, or is it.
	counts map[string]int
	unseen map[string][]json.RawMessage
	loaded map[string][]caddyhttp.MiddlewareHandler
	first  caddyhttp.MiddlewareHandler
}

// surveyOf is the survey of the server that is being loaded; nil outside of Caddy's http app.
func surveyOf(ctx caddy.Context) (*survey, error) {
	server, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server)
	if !ok {
		return nil, nil
	}
	module, err := ctx.App("vendorsign")
	if err != nil {
		return nil, err
	}
	app := module.(*App)
	s := app.surveys[server]
	// The server's first signer or guard.
	if s == nil {
		s = &survey{server: server, counts: make(map[string]int), unseen: make(map[string][]json.RawMessage),
			loaded: make(map[string][]caddyhttp.MiddlewareHandler)}
		app.surveys[server] = s
		s.prepare(ctx.Modules())
	}
	return s, nil
}

// enlist starts the survey of the handler's server, if it is the first, and makes it place h. Outside of a server
// there is no survey, and misplaced answers the requests.
func enlist(ctx caddy.Context, h *Handler) error {
	s, err := surveyOf(ctx)
	if s != nil {
		h.place.line = lineOf(ctx.Module())
		s.handlers = append(s.handlers, h)
	}
	return err
}

// enlistGuard is enlist for a guard that Caddy loads from the changed configuration. It does not know its proxy
// yet: see placeProxy.
func enlistGuard(ctx caddy.Context, g *Guard) error {
	s, err := surveyOf(ctx)
	if s != nil {
		s.guards = append(s.guards, g)
	}
	return err
}

// prepare guards the parts of the server, and of the modules being loaded, that Caddy has not loaded yet. Caddy's
// App.Provision loads a server's routes, then its error routes, then its named routes; in each it takes a handler's
// JSON only when it gets to it, so JSON that is changed in time is loaded as changed.
func (s *survey) prepare(modules []caddy.Module) {
	for i, m := range modules {
		// The app has the other servers, too.
		if _, ok := m.(*caddyhttp.App); !ok {
			guardUnloaded(m)
		} else if i+1 < len(modules) {
			s.first, _ = modules[i+1].(caddyhttp.MiddlewareHandler)
		}
	}
	watchSources(s.server.Routes)
	guardUnloaded(&s.server.Routes)
	guardUnloaded(s.server.Errors)
	guardUnloaded(s.server.NamedRoutes)
	for name, route := range s.server.NamedRoutes {
		if len(route.Handlers) > 0 || len(route.HandlersRaw) == 0 {
			continue // it is loaded, or there is nothing to load
		}
		s.counts[name] = len(route.HandlersRaw)
		// Of a route that is being loaded, those up to the first signer's are loaded as they were.
		for i, raw := range route.HandlersRaw {
			s.unseen[name] = append(s.unseen[name], raw)
			route.HandlersRaw[i] = surveyor{Route: name, Within: raw}.raw()
		}
		route.HandlersRaw = append(route.HandlersRaw, surveyor{Route: name}.raw())
		s.waits++
	}
	// Without a named route of its own the server gets one that only holds a surveyor. Nothing invokes it, but Caddy
	// provisions it last.
	if s.waits > 0 {
		return
	}
	if s.server.NamedRoutes == nil {
		s.server.NamedRoutes = make(map[string]*caddyhttp.Route)
	}
	s.server.NamedRoutes["vendorsign"] = &caddyhttp.Route{HandlersRaw: []json.RawMessage{surveyor{}.raw()}}
	s.waits++
}

// run places every signer and every guard. All handlers exist by now, in named routes too. Guards that health
// checks wait for are released last. Its error refuses the configuration.
func (s *survey) run() error {
	w := newWalk(s.server, s.placeProxy, s.placeSigner)
	w.loaded = s.loaded
	s.sites = w.server()
	for _, h := range s.handlers {
		if !h.place.surveyed { // in a module that does not expose its handlers
			s.placeSigner(h, "", "", s.sites)
		}
	}
	for _, g := range s.guards {
		if g.place.sites == nil {
			g.place.sites = s.sites
		}
	}
	// After all sites are known: those of other routes share theirs with terminal ones.
	w.shareSigners()
	w.shareHosts()
	upstreams, dynamic := make(map[string][]string), make(map[string][]*reverseproxy.Handler) // by list
	for _, p := range s.proxies {
		// Such a proxy sends nothing that a handler has to sign.
		if asks(p.proxy) || unguarded(below(p.proxy.Transport)) {
			continue
		}
		for _, list := range p.lists {
			for _, u := range p.proxy.Upstreams {
				upstreams[list] = append(upstreams[list], u.Dial)
			}
			if p.proxy.DynamicUpstreams != nil {
				dynamic[list] = append(dynamic[list], p.proxy)
			}
		}
	}
	for _, h := range s.handlers {
		h.place.near, h.place.dynamic = upstreams[h.place.list], dynamic[h.place.list]
	}
	// Caddy compiles named routes for each request. The matchers of one without handlers may not be loaded yet, and would be added to ours.
	for _, route := range s.server.NamedRoutes {
		if len(route.MatcherSetsRaw) == 0 {
			watchSource(route)
		}
	}
	for _, g := range s.guards {
		close(g.ready)
	}
	s.done = true
	return s.check(w)
}

// placeSigner notes where the walk met a signer. A signer in a named route is met once for each site that invokes
// it. Of several places the last one is named in messages.
func (s *survey) placeSigner(h *Handler, path, list string, sites []*site) {
	h.place.surveyed, h.place.path, h.place.list = true, path, list
	for _, site := range sites {
		if !slices.Contains(site.signers, h) {
			site.signers = append(site.signers, h)
			h.place.sites = append(h.place.sites, site)
		}
	}
}

// check refuses what cannot work: two signers that one request always passes through, and one with no proxy after
// it. What may work for some requests is left to Handler.misplaced.
func (s *survey) check(w *walk) error {
	if len(w.doubled) > 0 {
		first, second := w.doubled[0], w.doubled[1]
		return fmt.Errorf("%s: %s and %s (%s) sign the same requests; give them matchers, or put each into a handle block with its reverse_proxy",
			second.place.where(), second.directive(), first.directive(), first.place.where())
	}
	for _, h := range s.handlers {
		proxies, foreign, idle := 0, h.place.path == "", len(h.place.sites) > 0
		for _, site := range h.place.sites {
			proxies += len(site.proxies)
			idle = idle && site.idle
			foreign = foreign || site.foreign
		}
		switch {
		case proxies > 0, idle:
		case !foreign:
			return fmt.Errorf("%s: %s signs nothing: its site has no reverse_proxy; write reverse_proxy https://%s in it%s",
				h.place.where(), h.directive(), h.upstream(), config.NamedRouteHint(h.place.path))
		// A third-party handler may have proxies that cannot be seen: the configuration loads, and requests are
		// refused until something signs.
		default:
			h.place.blind = true
			h.logger.Error("no reverse_proxy of this site can be seen, and nothing else signs; requests are answered 503",
				append(h.labels(h.host(), h.gate.Fingerprint()), zap.String("place", h.place.where()))...)
		}
	}
	return nil
}
