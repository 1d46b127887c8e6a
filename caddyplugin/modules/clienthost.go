package modules

import (
	"context"
	"net/http"

	"github.com/caddyserver/caddy/v2"
)

// fromClient reports whether a request came over the network: active health checks did not. (HTTP/3 has no
// http.ServerContextKey, and a health check's context has Caddy's own key.)
func fromClient(ctx context.Context) bool { return ctx.Value(http.LocalAddrContextKey) != nil }

// askedHost is the Host that the client sent: reverse_proxy may have changed that of r for the upstream. The replacer still
// reads the server's own request. Active health checks have no client.
func askedHost(r *http.Request) (host string, ok bool) {
	if !fromClient(r.Context()) {
		return r.Host, false
	}
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if host, ok := replacer.GetString("http.request.hostport"); ok {
			return host, true
		}
	}
	return r.Host, true
}
