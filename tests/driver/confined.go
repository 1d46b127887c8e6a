//go:build go1.21

package driver

import (
	"net/http"
	"net/http/httptrace"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Confined makes a gate as Traefik's plugin does, where the variables of the gateway's process are env. It returns what
// attaches the trace of a request that may go to an upstream which proves nothing, and what signs one.
func Confined(vendor string, config, policy []byte, env map[string]string, news func(string)) (
	watch func(*http.Request) *http.Request, sign func(*http.Request) (problem *http.Response), err error,
) {
	refs, err := credentials.Confined(func(name string) (string, bool) {
		value, set := env[name]
		return value, set
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := newGateTelling(vendor, config, policy, refs, news)
	if err != nil {
		return nil, nil, err
	}
	watch = func(r *http.Request) *http.Request {
		trace := outbound.RequestTrace(g)
		if trace == nil {
			return r
		}
		return r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	}
	sign = func(r *http.Request) *http.Response {
		if problem := outbound.Sign(outbound.Begin(g), r, r.URL.RequestURI()).Problem; problem != nil {
			return problem.Response(r)
		}
		return nil
	}
	return watch, sign, nil
}

// AllowedHosts reports whether a list of hosts that an operator permits has an address.
func AllowedHosts(list, address, defaultPort string) (bool, error) {
	allows, err := credentials.ParseAllowedHosts(list)
	if err != nil {
		return false, err
	}
	return allows(address, defaultPort), nil
}
