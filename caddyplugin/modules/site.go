package modules

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// site is a group of routes that requests go through: a server block of a Caddyfile. In JSON it is a terminal
// route of a server, or all of its other routes together, with the error routes for its hosts and the named routes
// that it invokes. Signers and proxies of one site belong together.
type site struct {
	signers []*Handler
	// transports are those of its proxies that sign.
	transports []*Transport
	// proxies are those that its requests go through.
	proxies []*reverseproxy.Handler
	// guarded are the transports below the proxies' guards, nil for those of other modules. guarded[i] belongs to
	// proxies[i].
	guarded []*reverseproxy.HTTPTransport
	// idle: it is of named routes that no handler invokes, and gets no requests.
	idle bool
	// foreign: a handler belongs to a third-party module, which may send requests itself or have a proxy that
	// cannot be seen.
	foreign bool
}

// signersOf lists the signers of sites.
func signersOf(sites []*site) iter.Seq[*Handler] {
	return func(yield func(*Handler) bool) {
		for _, s := range sites {
			for _, h := range s.signers {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// firstOf is the first signer of sites that fits, or nil.
func firstOf(sites []*site, fits func(*Handler) bool) *Handler {
	for h := range signersOf(sites) {
		if fits(h) {
			return h
		}
	}
	return nil
}

// signerPlace is where in the configuration a handler is. survey fills it before requests come.
type signerPlace struct {
	surveyed bool
	// path is in the JSON, line in the Caddyfile, if it came from one in this process; list is the path of its
	// block.
	path  string
	line  string
	list  string
	sites []*site
	// near are the upstreams of proxies in its block and the blocks within, and dynamic the proxies there whose upstreams are
	// found for each request: see standsIn.
	near    []string
	dynamic []*reverseproxy.Handler
	// blind: there is no proxy that could sign. senders are by guard.
	blind   bool
	senders sync.Map
}

// hasProxy reports whether a proxy of the handler's sites has one of the credential's hosts for an upstream.
func (p *signerPlace) hasProxy(h *Handler) bool {
	for _, s := range p.sites {
		for i, proxy := range s.proxies {
			if some, _ := leads(proxy, s.guarded[i], h); some && !asks(proxy) {
				return true
			}
		}
	}
	return false
}

// standsIn reports whether an upstream of a proxy takes the place of the vendor of h: with insecure_upstream it may be any, such as a
// simulated vendor or a TLS tunnel on this machine. Then it is the upstream of a proxy in the block of h, if no proxy has
// one of the credential's hosts.
func (h *Handler) standsIn(upstream string, proxy *reverseproxy.Handler) bool {
	return (slices.Contains(h.place.near, upstream) || slices.Contains(h.place.dynamic, proxy)) && h.gate.Insecure() && !h.place.hasProxy(h)
}

// where tells the operator which handler a message is about: by its line of the Caddyfile, if this process adapted
// it, and by its path in the JSON.
func (p *signerPlace) where() string {
	return strings.TrimPrefix(strings.Join([]string{p.line, p.path}, " "), " ")
}
