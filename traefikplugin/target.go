//go:build go1.21

package traefikplugin

import (
	"net/http"
	"net/url"
	"strings"
)

// wireTarget is the request target that Traefik's proxy will send: it parses RequestURI, which rewriting
// middlewares update, prints it again, and treats semicolons in the query as ampersands. It is empty, and refused,
// if the proxy would send something other than a path (a target such as "x:y", which Go calls opaque).
//
//	/a%2fb?x=1;y=2  ->  /a%2fb?x=1&y=2
//	/a?             ->  /a
//	x:y             ->  "", which outbound.Sign refuses
//
// A signature over the semicolon would be wrong at the vendor, although the client sent one.
func wireTarget(r *http.Request) string {
	u := r.URL
	// Traefik sends RequestURI. A rewriting middleware, such as stripPrefix, sets it and URL.
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
	// The escapes of the client stay if they are valid ones for the path (net/url keeps them in RawPath).
	target := u.EscapedPath()
	if target == "" {
		target = "/"
	}
	if u.RawQuery != "" {
		target += "?" + strings.ReplaceAll(u.RawQuery, ";", "&")
	}
	return target
}
