package caddyplugin

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// askedHost is the Host that the client sent: directives before the signer, and reverse_proxy before a transport, may have
// changed that of r. Active health checks have no client.
func askedHost(r *http.Request) (host string, ok bool) {
	if r.Context().Value(http.ServerContextKey) == nil {
		return r.Host, false
	}
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok {
		return original.Host, true
	}
	return r.Host, true
}
