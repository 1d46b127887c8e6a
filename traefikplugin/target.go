//go:build go1.21

package traefikplugin

import (
	"net/http"
	"net/url"
	"strings"
)

// wireTarget is the request target that Traefik's proxy will send: it parses RequestURI, which rewriting middlewares
// update, prints it again, and treats semicolons in the query as ampersands. It is empty, and refused, if the proxy
// would send something other than a path (a target such as "x:y", which Go calls opaque).
func wireTarget(r *http.Request) string {
	u := r.URL
	if r.RequestURI != "" {
		parsed, err := url.ParseRequestURI(r.RequestURI)
		if err == nil {
			u = parsed
		}
	}
	// net/url keeps what follows a scheme without a slash in Opaque.
	if u.Opaque != "" || r.URL.Opaque != "" {
		return ""
	}
	target := u.EscapedPath()
	if target == "" {
		target = "/"
	}
	if u.RawQuery != "" {
		target += "?" + strings.ReplaceAll(u.RawQuery, ";", "&")
	}
	return target
}
