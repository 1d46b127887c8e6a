package modules

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

func init() { caddy.RegisterModule(Guard{}) }

// Guard is the transport of a reverse_proxy in a server that has a signing handler or transport. It signs the requests that a
// handler has armed, and sends no unsigned request to a host of one of the site's credentials. It is put around
// the configured transport automatically; there is no need to configure it.
//
//	armed, upstream of the credential    signed by its handler's sender
//	armed, another upstream              sent as it came
//	not armed, upstream of a credential  answered with a problem: it would leave unsigned
//	upstream of a signing transport      likewise: another reverse_proxy of the site has that transport
//	not armed, another upstream          sent as it came, unless it has the certificate of a credential's host
//	active health check                  signed, if the upstream is a credential's
type Guard struct {
	// The transport that sends; reverse_proxy's own by default.
	Below json.RawMessage `json:"below,omitempty" caddy:"namespace=http.reverse_proxy.transport inline_key=protocol"`
	// The proxy has the key transport more than once, in different letter case.
	Twice bool `json:"twice,omitempty"`
	// That of this process: a configuration has no guard of its own.
	Made string `json:"made,omitempty"`

	// base is the transport below; http is the same if it is Caddy's own, which can be asked about TLS and its
	// upstream.
	base http.RoundTripper
	http *reverseproxy.HTTPTransport
	// own: base was made here, and is not a module that Caddy cleans up.
	own   bool
	place guardPlace
	// ready is closed when place is known.
	ready chan struct{}
}

// guardPlace is what a guard must know about the configuration around it. It is complete before requests come; only
// active health checks start earlier.
type guardPlace struct {
	proxy *reverseproxy.Handler
	// lists are the paths of the blocks that the proxy is in, the outermost first.
	lists []string
	sites []*site
}

// CaddyModule returns the Caddy module information.
func (Guard) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.vendorsign_guard", New: func() caddy.Module { return newGuard(nil) }}
}

// newGuard is a guard around base, which survey makes, or that of Caddy's New with nil.
func newGuard(base http.RoundTripper) *Guard {
	g := &Guard{base: base, ready: make(chan struct{})}
	g.http, _ = base.(*reverseproxy.HTTPTransport)
	return g
}

// Provision sets up the transport below.
func (g *Guard) Provision(ctx caddy.Context) error {
	if g.Made != made {
		return errMade
	}
	if g.Twice {
		return errors.New("transport is given twice, in different letter case; keep one")
	}
	// As reverse_proxy does without a transport.
	if g.Below == nil {
		g.http, g.own = new(reverseproxy.HTTPTransport), true
		g.base = g.http
		if err := g.http.Provision(ctx); err != nil {
			return fmt.Errorf("provisioning default transport: %w", err)
		}
	} else {
		below, err := ctx.LoadModule(g, "Below")
		if err != nil {
			return fmt.Errorf("loading transport: %w", err)
		}
		g.base = below.(http.RoundTripper)
		g.http, _ = below.(*reverseproxy.HTTPTransport)
	}
	return enlistGuard(ctx, g)
}

// Cleanup closes the idle connections of a transport that Caddy does not manage.
func (g *Guard) Cleanup() error {
	if g.own {
		return g.http.Cleanup()
	}
	return nil
}

// RoundTrip signs and sends r if a handler has armed it and the upstream is the credential's, and sends it unchanged
// if it is for another upstream. Anything else gets a problem.
func (g *Guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if a := armedBy(r); a != nil {
		if !g.isFor(a.handler, r) {
			return g.pass(r, a)
		}
		response, err := g.sender(a.handler).roundTrip(r)
		// The handler writes the problem itself. errRefused keeps reverse_proxy from counting a failure, retrying, or
		// passing the answer to handle_response.
		if a.problem != nil {
			return nil, errRefused
		}
		return response, err
	}
	if !fromClient(r.Context()) {
		return g.checkHealth(r)
	}
	return g.pass(r, nil)
}

// checkHealth sends an active health check, signed with the first credential of the site that belongs to the
// upstream. It waits for the survey, because Caddy starts health checks while it provisions the proxy, when the
// site's signers may not be known yet.
func (g *Guard) checkHealth(r *http.Request) (*http.Response, error) {
	select {
	case <-g.ready:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if h := g.owner(r); h != nil {
		return g.sender(h).roundTrip(r)
	}
	return g.pass(r, nil)
}

// owner is the signer of the site whose vendor r is sent to, or nil. Of several it is the one in the innermost block around the proxy, and
// of these the first: another block may have a credential of its own for the same vendor.
func (g *Guard) owner(r *http.Request) *Handler {
	if h := g.nearest(func(h *Handler) bool { return g.leadsTo(r, h.gate.Names) }); h != nil {
		return h
	}
	info, ok := reverseproxy.GetDialInfo(r.Context())
	if !ok || info.Upstream == nil {
		return nil
	}
	return g.nearest(func(h *Handler) bool { return h.standsIn(info.Upstream.Dial, g.place.proxy) })
}

// nearest is the signer that fits in the innermost block around the proxy, or the first of another block; nil: none fits.
func (g *Guard) nearest(fits func(*Handler) bool) (near *Handler) {
	depth := -1
	for h := range signersOf(g.place.sites) {
		if at := slices.Index(g.place.lists, h.place.list); (near == nil || at > depth) && fits(h) {
			near, depth = h, at
		}
	}
	return near
}

// named is the first signer of the site that has a host which r is sent to, or nil.
func (g *Guard) named(r *http.Request) *Handler {
	return firstOf(g.place.sites, func(h *Handler) bool { return g.leadsTo(r, h.gate.Names) })
}

// sender signs for h what this guard sends. It is kept with the handler: a guard may serve several handlers, and a
// handler several guards.
func (g *Guard) sender(h *Handler) *sender {
	if s, ok := h.place.senders.Load(g); ok {
		return s.(*sender)
	}
	// Two requests may both make one at the first time; either works, and the last one stays.
	s := &sender{signing: &h.signing, http: g.http, base: g.base, anywhere: true}
	// A transport that cannot be asked: the gate checks the connections.
	if s.http == nil {
		outbound.Trace(h.gate) // makes the gate check connections
	}
	h.place.senders.Store(g, s)
	return s
}

// isFor reports whether an armed request that goes through g must be signed for h, or refused if it cannot be. It is not
// if the upstream is not a host of the credential and is meant to be another one: in a proxy that asks before it
// continues (forward_auth), if it is the host of another credential, of a handler or a transport, or if the site has another proxy to
// the credential's host.
func (g *Guard) isFor(h *Handler, r *http.Request) bool {
	if g.leadsTo(r, h.gate.Names) {
		return true
	}
	if asks(g.place.proxy) || g.named(r) != nil || g.claimant(r) != nil {
		return false
	}
	// Here the upstream belongs to no credential that is known. It is still this credential's, and refused by its
	// sender, unless the configuration shows that this proxy is meant for something else: all of its upstreams are
	// fixed and foreign, while another proxy of the site goes to the vendor.
	some, open := leads(g.place.proxy, g.http, h)
	return some || open || !h.place.hasProxy(h)
}

// pass sends r as it came, unless its upstream is the vendor of one of the site's credentials. a is what armed it
// for another upstream, or nil.
func (g *Guard) pass(r *http.Request, a *armed) (*http.Response, error) {
	var of *signing
	var p *outbound.Problem
	if h := g.owner(r); h != nil {
		of, p = &h.signing, outbound.UnsignedProblem(h.unarmed(a))
	} else if t := g.claimant(r); t != nil {
		of, p = &t.signing, outbound.UnsignedProblem(t.unused())
	} else if response, h, err := g.passWatched(streaming(r)); h == nil {
		return response, err
	} else {
		of, p = h, outbound.UnsignedProblem("this request was not signed, and the server at the upstream's address has the certificate of a "+
			"host of "+h.directive()+"; let a signer match it, or use the vendor's name as the upstream")
	}
	of.refused(r, p, of.gate.Fingerprint())
	if a != nil {
		a.problem = p
		return nil, errRefused
	}
	return p.Response(r), nil
}

// unarmed says how to fix the configuration, for a request to the host of h that h did not arm. It is long, since
// it shows what to write.
func (h *Handler) unarmed(a *armed) string {
	said := "no " + h.directive() + " came before this request's reverse_proxy, whose upstream is a host of " + h.directive()
	if a != nil {
		said = a.handler.directive() + " came before this request's reverse_proxy, whose upstream is a host of another credential's " +
			h.directive()
	}
	return said + "; put both into one block, as in: handle PATH { " + h.directive() + " { ... }  reverse_proxy https://" +
		h.upstream() + " }, or make it the transport: reverse_proxy https://" + h.upstream() + " { transport " + h.directive() + " { ... } }"
}

// unguarded reports whether a transport needs no guard: it signs itself, or does not speak HTTP, as fastcgi.
func unguarded(t http.RoundTripper) bool {
	m, ok := t.(caddy.Module)
	return ok && isUnguarded(string(m.CaddyModule().ID))
}

// below is the transport that a guard, if it is one, sends through; else it is t.
func below(t http.RoundTripper) http.RoundTripper {
	if g, ok := t.(*Guard); ok {
		return g.base
	}
	return t
}

// Interface guards.
var (
	_ caddy.Provisioner  = (*Guard)(nil)
	_ caddy.CleanerUpper = (*Guard)(nil)
	_ http.RoundTripper  = (*Guard)(nil)
)
