package modules

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// walk goes through all handlers of a server in the order in which requests meet them, also those within handlers
// of other modules, as far as these export them. It calls proxy and signer for what it finds, and works out which
// sites they are in:
//
//	routes: [ {host a, terminal, [signer, proxy]},      a site of its own
//	          {host b, terminal, [proxy]},              another one
//	          {[signer2]}, {[proxy2]} ]                 the common site
//
// It is used by one goroutine, once.
type walk struct {
	// of is the server; proxy and signer are called for each that is met.
	of     *caddyhttp.Server
	proxy  func(p *reverseproxy.Handler, path string, lists []string, sites []*site)
	signer func(h *Handler, path, list string, sites []*site)

	common *site
	// all are all sites, common first; sites are those that the walk is in. hosts[i] are the names of all[i+1].
	all   []*site
	sites []*site
	hosts [][]string
	// named are the named routes that were met, and invoking those that the walk is in.
	named map[string]bool
	// lists are the paths of the lists of routes that the walk is in.
	lists    []string
	invoking []string
	// doubled are pairs of signers that one request meets.
	doubled []*Handler
	seen    map[uintptr]bool
	// loaded are the handlers of a named route that is being loaded, by its name; seen are the pointers within a
	// module that were followed.
	loaded map[string][]caddyhttp.MiddlewareHandler
}

// newWalk prepares a walk that calls proxy and signer for each one that it meets, with its path in the JSON. A proxy
// in a named route is met once for each route that invokes it.
func newWalk(server *caddyhttp.Server, proxy func(*reverseproxy.Handler, string, []string, []*site),
	signer func(*Handler, string, string, []*site),
) *walk {
	return &walk{of: server, proxy: proxy, signer: signer, common: new(site), named: make(map[string]bool), seen: make(map[uintptr]bool)}
}

// server walks all of it, and returns its sites, of which the first is the common one.
func (w *walk) server() []*site {
	path := "apps.http.servers." + w.of.Name()
	w.all = []*site{w.common}
	hosts := make([][]string, 0, len(w.of.Routes)) // by route
	sites := make([]*site, 0, len(w.of.Routes))
	for i := range w.of.Routes {
		s := w.common
		// A request that matches it goes no further.
		if w.of.Routes[i].Terminal {
			s = new(site)
			w.all, w.hosts = append(w.all, s), append(w.hosts, namesOf(hostsOf(&w.of.Routes[i])))
		}
		hosts, sites = append(hosts, hostsOf(&w.of.Routes[i])), append(sites, s)
	}
	w.routes(w.of.Routes, path+".routes", func(i int) []*site { return sites[i : i+1] })
	// A request ends up in an error route after any route that its host matches, and so after that route's signer.
	if w.of.Errors != nil {
		w.routes(w.of.Errors.Routes, path+".errors.routes", func(i int) []*site {
			own := hostsOf(&w.of.Errors.Routes[i])
			var met []*site
			for j, s := range sites {
				if overlap(own, hosts[j]) && !slices.Contains(met, s) {
					met = append(met, s)
				}
			}
			if !taken(own, hosts) && !slices.Contains(met, w.common) {
				met = append(met, w.common)
			}
			return met
		})
	}
	w.sites = w.uninvoked()
	for name := range w.of.NamedRoutes {
		if !w.named[name] {
			w.invoke(name)
		}
	}
	return w.all
}

// uninvoked are the sites of named routes that no handler is known to invoke. A third-party handler may do so unseen: then it is each
// site with one. Otherwise they get no requests, but their health checks do run. So they have a site of their own, where what signs in
// the others is known, while the others know nothing of them.
func (w *walk) uninvoked() (sites []*site) {
	for _, s := range w.all {
		if s.foreign {
			sites = append(sites, s)
		}
	}
	if len(sites) > 0 {
		return sites
	}
	own := &site{idle: true}
	for _, s := range w.all {
		own.add(*s)
	}
	return []*site{own}
}

// shareSigners gives the terminal sites the signers that requests can meet on the way to them: those of routes
// that are not terminal, which may be in front.
func (w *walk) shareSigners() {
	for _, s := range w.all[1:] {
		for _, h := range w.common.signers {
			if !slices.Contains(s.signers, h) {
				s.signers = append(s.signers, h)
				h.place.sites = append(h.place.sites, s)
			}
		}
	}
}

// routes walks a list of routes. Top-level ones have sites of their own; with sites nil those of the walk remain.
// path is that of the list in the JSON.
func (w *walk) routes(routes caddyhttp.RouteList, path string, sites func(i int) []*site) {
	w.lists = append(w.lists, path)
	defer func() { w.lists = w.lists[:len(w.lists)-1] }()
	// Two signers on one way are an error of the configuration, but only if no matcher can tell their requests apart:
	// of routes with matchers or in a group (handle), any may be passed by. Those meet at run time, in
	// Handler.misplaced.
	var always *Handler // the signer that every request meets so far
	for i := range routes {
		if sites != nil {
			w.sites = sites(i)
		}
		var own *Handler
		ended := false // nothing gets past
		for j, m := range routes[i].Handlers {
			at := fmt.Sprintf("%s.%d.handle.%d", path, i, j)
			// It wraps the handler that is meant.
			if s, ok := m.(*surveyor); ok {
				m = s.handler
			}
			if s, ok := m.(interface{ signer() *Handler }); ok {
				before := own
				own = s.signer()
				w.signer(own, at, path, w.sites)
				w.double(before, own)
				continue
			}
			w.handler(m, at)
			// A signer behind it is for other requests.
			if ends(m) {
				own, ended = nil, true
			}
		}
		// Any request may pass by this route.
		if !unconditional(&routes[i]) || routes[i].Group != "" {
			continue
		}
		if own != nil {
			w.double(always, own)
			always = own
		}
		if ended || routes[i].Terminal { // no request gets to what follows
			always = nil
		}
	}
}

// ends reports whether a handler answers every request itself. Of handlers that it does not know it says no.
func ends(m caddyhttp.MiddlewareHandler) bool {
	switch m := m.(type) {
	case *reverseproxy.Handler:
		return len(m.HandleResponse) == 0
	case *caddyhttp.StaticResponse, *caddyhttp.StaticError:
		return true
	}
	return false
}

// double notes two signers that one request meets. One signer that is met twice, in a named route, is no such
// pair.
func (w *walk) double(first, second *Handler) {
	if first != nil && first != second {
		w.doubled = append(w.doubled, first, second)
	}
}

// handler walks into a handler. One that neither Caddy nor this module has written may send requests itself, so its
// sites cannot be called complete.
func (w *walk) handler(m caddyhttp.MiddlewareHandler, path string) {
	switch m := m.(type) {
	case *reverseproxy.Handler:
		w.reverseProxy(m, path)
	case *caddyhttp.Invoke:
		w.invoke(m.Name)
	// A handler that Caddy has not loaded yet.
	case nil:
	default:
		v := reflect.ValueOf(m)
		if foreign(v.Type()) {
			for _, s := range w.sites {
				s.foreign = true
			}
		}
		clear(w.seen)
		w.within(v, path, 0)
	}
}

// foreign reports whether a handler is neither Caddy's nor of this module.
func foreign(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return !strings.HasPrefix(t.PkgPath(), "github.com/caddyserver/caddy/v2/") &&
		!strings.HasPrefix(t.PkgPath(), "github.com/vendorsign/vendorsign/")
}

// reverseProxy reports a proxy, and walks the routes of its handle_response, which may have proxies of their own.
func (w *walk) reverseProxy(p *reverseproxy.Handler, path string) {
	w.proxy(p, path, w.lists, w.sites)
	for i := range p.HandleResponse {
		w.routes(p.HandleResponse[i].Routes, fmt.Sprintf("%s.handle_response.%d.routes", path, i), nil)
	}
}

// invoke walks a named route where it is invoked. Caddy allows a route to invoke itself, which must not go on for
// ever here. A route that Caddy is just loading exposes no handlers yet; surveyors have collected them in loaded.
func (w *walk) invoke(name string) {
	route := w.of.NamedRoutes[name]
	if route == nil || slices.Contains(w.invoking, name) {
		return
	}
	w.named[name] = true
	w.invoking = append(w.invoking, name)
	shown := *route
	if len(shown.Handlers) == 0 {
		shown.Handlers = w.loaded[name]
	}
	w.routes(caddyhttp.RouteList{shown}, "apps.http.servers."+w.of.Name()+".named_routes."+name, nil)
	w.invoking = w.invoking[:len(w.invoking)-1]
}
