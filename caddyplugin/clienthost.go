package caddyplugin

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
)

// askedHost is the Host that the client sent: reverse_proxy may have changed that of r for the upstream. The replacer still
// reads the server's own request. Active health checks have no client.
func askedHost(r *http.Request) (host string, ok bool) {
	if r.Context().Value(http.ServerContextKey) == nil {
		return r.Host, false
	}
	if replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if host, ok := replacer.GetString("http.request.hostport"); ok {
			return host, true
		}
	}
	return r.Host, true
}
