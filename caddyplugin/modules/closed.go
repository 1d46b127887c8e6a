package modules

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

// closed replaces the upstreams of a proxy with active health checks that Caddy set up before the first signer of
// its site: the checks are already running, and the transport can no longer be changed. It has no upstream for
// requests that would have to be signed.
type closed struct {
	reverseproxy.Selector
	sites []*site
}

// Select leaves the choice to the configured policy, and then refuses an upstream that is a credential's. nil is
// no upstream: reverse_proxy answers 503, and does not count a failure. The log says what to change.
func (c closed) Select(pool reverseproxy.UpstreamPool, r *http.Request, w http.ResponseWriter) *reverseproxy.Upstream {
	u := c.Selector.Select(pool, r, w)
	if u == nil {
		return nil
	}
	// The dial address may be a placeholder that only this request fills in.
	address := filledIn(r, u.Dial)
	if h := firstOf(c.sites, func(h *Handler) bool { return h.gate.Names(address) || h.standsIn(u.Dial) }); h != nil {
		h.refused(r, outbound.UnsignedProblem("this reverse_proxy has health checks and comes before the first "+h.directive()+
			" of its site, which then cannot sign what it sends; put "+h.directive()+" in front of it"), h.gate.Fingerprint())
		return nil
	}
	if t := firstTransport(c.sites, func(t *Transport) bool { return t.gate.Names(address) }); t != nil {
		t.refused(r, outbound.UnsignedProblem(t.unused()), t.gate.Fingerprint())
		return nil
	}
	return u
}
