package caddyplugin

import (
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"
)

// notices remembers what the operator was told: a handler cannot prevent that reverse_proxy changes what it signed,
// but it can say so, once.
type notices struct {
	said    sync.Map
	rewrite sync.Once
	watched atomic.Uint64 // requests before an https upstream
}

// notice looks at what happened to r after it was signed, as far as reverse_proxy's placeholders tell.
func (h *handler) notice(r *http.Request) {
	replacer, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	if retries, _ := replacer.Get("http.reverse_proxy.retries"); retries != nil && retries != 0 {
		h.warn("retry", "a retry went out with the signature of the first attempt")
	}
	h.notices.rewrite.Do(func() {
		if server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok && rewritten(server.Routes, h) {
			h.warn("rewrite", "reverse_proxy rewrites requests after they are signed")
		}
	})
}

func (h *handler) warn(kind, message string) {
	if _, said := h.notices.said.LoadOrStore(kind, true); !said {
		h.logger.Warn(message+", and the vendor may refuse them; move the block into reverse_proxy as its transport", h.instead()...)
	}
}

// instead are the fields of what the transport does better.
func (h *handler) instead() []zap.Field {
	return append(h.who(h.host(), h.gate.Fingerprint()), zap.String("transport", h.vendor+"_sign"))
}

// rewritten reports whether a reverse_proxy that comes after h in routes changes the method or URI.
func rewritten(routes caddyhttp.RouteList, h *handler) bool {
	behind, found := false, false
	var walk func(caddyhttp.RouteList)
	walk = func(routes caddyhttp.RouteList) {
		for _, route := range routes {
			for _, m := range route.Handlers {
				switch m := m.(type) {
				case interface{ signer() *handler }:
					behind = behind || m.signer() == h
				case *caddyhttp.Subroute:
					walk(m.Routes)
				case *reverseproxy.Handler:
					found = found || behind && m.Rewrite != nil
				}
			}
			if route.Terminal || route.Group != "" { // what follows is for other requests
				behind = false
			}
		}
	}
	walk(routes)
	return found
}

func (h *handler) signer() *handler { return h }
