package modules

import "net/http"

// A transport signs what its own reverse_proxy sends. Another reverse_proxy of the site could still reach the vendor, unsigned and
// with the client's own headers, so the guards of a site know its transports as they know its handlers.

// transport makes a transport known to survey, also within SignTransport and the types of names.go, which embed it.
func (t *Transport) transport() *Transport { return t }

// signingTransport is t if it signs; nil: it does not.
func signingTransport(t http.RoundTripper) *Transport {
	if s, ok := t.(interface{ transport() *Transport }); ok {
		return s.transport()
	}
	return nil
}

// claimant is the first transport of the guard's sites that has a host which r is sent to, or nil.
func (g *Guard) claimant(r *http.Request) *Transport {
	return firstTransport(g.place.sites, func(t *Transport) bool { return g.leadsTo(r, t.gate.Names) })
}

// firstTransport is the first signing transport of sites that fits, or nil.
func firstTransport(sites []*site, fits func(*Transport) bool) *Transport {
	for _, s := range sites {
		for _, t := range s.transports {
			if fits(t) {
				return t
			}
		}
	}
	return nil
}

// unused says how to fix the configuration, for a request to the host of t that goes through a reverse_proxy without t.
func (t *Transport) unused() string {
	return "this request's reverse_proxy does not sign, and its upstream is a host of " + t.directive() + ", the transport of another " +
		"reverse_proxy in this site; write reverse_proxy https://" + t.upstream() + " { transport " + t.directive() + " { ... } }"
}
