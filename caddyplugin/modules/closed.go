package modules

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

// closed replaces the upstreams of a proxy with active health checks that Caddy set up before the first signer of
// its site: the checks are already running, and the transport can no longer be changed. It has no upstream for
// requests that would have to be signed. guard is the one that the proxy would have: it knows the proxy and its
// sites, and sends nothing.
type closed struct {
	reverseproxy.Selector
	guard *Guard
}

// Select leaves the choice to the configured policy, and then refuses an upstream that is a credential's. nil is
// no upstream: reverse_proxy answers 503, and does not count a failure. The log says what to change. A vendor that
// only its certificate tells is known when there is a connection: that is closed, and reverse_proxy answers 502.
func (c closed) Select(pool reverseproxy.UpstreamPool, r *http.Request, w http.ResponseWriter) *reverseproxy.Upstream {
	u := c.Selector.Select(pool, r, w)
	if u == nil {
		return nil
	}
	// The dial address may be a placeholder that only this request fills in.
	address, sites := addressOf(filledIn(r, u.Dial)), c.guard.place.sites
	next := c.next(r, address)
	leads := func(s *signing) bool { return c.guard.leadsFrom(next, address, s.gate.Names) }
	if h := firstOf(sites, func(h *Handler) bool { return leads(&h.signing) || h.standsIn(u.Dial, c.guard.place.proxy) }); h != nil {
		c.refuse(r, &h.signing, h.late())
		return nil
	}
	if t := firstTransport(sites, func(t *Transport) bool { return leads(&t.signing) }); t != nil {
		c.refuse(r, &t.signing, t.unused())
		return nil
	}
	// r is the proxy's own copy, which it sends next, and again in each attempt.
	if caddyhttp.GetVar(r.Context(), selectedVar) != any(r) {
		caddyhttp.SetVar(r.Context(), selectedVar, r)
		*r = *streaming(r)
		if c.guard.watches() {
			*r = *c.guard.watching(r, func(s *signing) {
				if s != nil {
					c.refuse(r, s, s.late())
				}
			})
		}
	}
	return u
}

// closedVar is the request variable with the last guard for which a request was refused, and selectedVar the one with the last
// request for which an upstream was selected.
const (
	closedVar   = "vendorsign.closed"
	selectedVar = "vendorsign.selected"
)

// refuse records a refusal, once for a request: with lb_try_duration Caddy selects an upstream again and again.
func (c closed) refuse(r *http.Request, s *signing, why string) {
	if caddyhttp.GetVar(r.Context(), closedVar) != any(c.guard) {
		caddyhttp.SetVar(r.Context(), closedVar, c.guard)
		s.refused(r, outbound.UnsignedProblem(why), s.gate.Fingerprint())
	}
}

// next is r as the proxy will send it to an address, with the Host that its transport and header_up give it.
func (c closed) next(r *http.Request, address string) *http.Request {
	next := shallow(r)
	next.URL.Host, next.Header = address, r.Header.Clone()
	proxy := c.guard.place.proxy
	if t, ok := proxy.Transport.(reverseproxy.RequestHeaderOpsTransport); ok && t.RequestHeaderOps() != nil {
		next.Host = address
	}
	if proxy.Headers != nil && proxy.Headers.Request != nil {
		proxy.Headers.Request.ApplyToRequest(next)
	}
	return next
}

// late says how to fix the configuration, for a request through a closed proxy to the vendor of s.
func (s *signing) late() string {
	return "this reverse_proxy has health checks and comes before the first " + s.directive() +
		" of its site, which then cannot sign what it sends; put " + s.directive() + " in front of it"
}
