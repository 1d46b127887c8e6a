package caddyplugin

import (
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
)

// handler signs requests on their way to the next handler, which is to send them as they are.
type handler struct{ signing }

// ServeHTTP signs r for the next handler, or answers with a problem document.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	target := r.URL.RequestURI()
	signed, problem := h.gate.Sign(r, target)
	if problem != nil {
		h.refused(r, problem)
		problem.Write(w)
		return nil
	}
	defer outbound.Release(signed.Held)
	setTarget(r, target, signed.Target)
	return next.ServeHTTP(w, h.gate.Watch(r))
}

func (s *signing) refused(r *http.Request, p *outbound.Problem) {
	if c := s.logger.Check(zap.DebugLevel, "request refused"); c != nil {
		c.Write(zap.String("signer", s.vendor), zap.String("method", r.Method), zap.Int("status", p.Status),
			zap.String("reason", p.Kind), zap.String("detail", p.Detail))
	}
}

// setTarget makes the signed target the one that is sent. Signers change the query at most.
func setTarget(r *http.Request, before, after string) {
	if before == after {
		return
	}
	_, r.URL.RawQuery, _ = strings.Cut(after, "?")
	r.RequestURI = after
}
