package modules

import (
	"context"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// fromClient reports whether a request came to Caddy's server: active health checks did not. The server says of each whether its
// client is a trusted proxy. (A health check's context has the key of the server, too, and what a template includes has no connection.)
func fromClient(ctx context.Context) bool {
	return caddyhttp.GetVar(ctx, caddyhttp.TrustedProxyVarKey) != nil
}

// askedHost is the Host that the client sent: reverse_proxy may have changed that of r for the upstream. The replacer still
// reads the server's own request. Active health checks have no client: they ask for the upstream, unless health_headers
// changes that.
func askedHost(r *http.Request) (host string, ok bool) {
	if !fromClient(r.Context()) {
		return r.URL.Host, false
	}
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if host, ok := replacer.GetString("http.request.hostport"); ok {
			return host, true
		}
	}
	return r.Host, true
}
