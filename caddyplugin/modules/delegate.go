package modules

import (
	"net/url"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// These methods pass what reverse_proxy asks its transport on to the transport below. Caddy finds each by a type
// assertion on the transport, so that a wrapper without them would silently change the defaults: no Host of the
// upstream over TLS, no PROXY protocol, health checks over plain http.

// DefaultBufferSizes implements reverseproxy.BufferedTransport.
func (g *Guard) DefaultBufferSizes() (request, response int64) {
	if t, ok := g.base.(reverseproxy.BufferedTransport); ok {
		return t.DefaultBufferSizes()
	}
	return 0, 0
}

// RequestHeaderOps implements reverseproxy.RequestHeaderOpsTransport.
func (g *Guard) RequestHeaderOps() *headers.HeaderOps {
	if t, ok := g.base.(reverseproxy.RequestHeaderOpsTransport); ok {
		return t.RequestHeaderOps()
	}
	return nil
}

// OverrideHealthCheckScheme implements reverseproxy.HealthCheckSchemeOverriderTransport.
func (g *Guard) OverrideHealthCheckScheme(base *url.URL, port string) {
	if t, ok := g.base.(reverseproxy.HealthCheckSchemeOverriderTransport); ok {
		t.OverrideHealthCheckScheme(base, port)
	}
}

// ProxyProtocolEnabled implements reverseproxy.ProxyProtocolTransport.
func (g *Guard) ProxyProtocolEnabled() bool {
	t, ok := g.base.(reverseproxy.ProxyProtocolTransport)
	return ok && t.ProxyProtocolEnabled()
}

// RequiresContentLength implements reverseproxy.ContentLengthRequiredTransport, which newer versions of Caddy have.
func (g *Guard) RequiresContentLength() bool {
	t, ok := g.base.(interface{ RequiresContentLength() bool })
	return ok && t.RequiresContentLength()
}

// Interface guards.
var (
	_ reverseproxy.BufferedTransport                   = (*Guard)(nil)
	_ reverseproxy.RequestHeaderOpsTransport           = (*Guard)(nil)
	_ reverseproxy.HealthCheckSchemeOverriderTransport = (*Guard)(nil)
	_ reverseproxy.ProxyProtocolTransport              = (*Guard)(nil)
)
