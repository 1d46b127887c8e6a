package caddyplugin

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// handler signs requests on their way to reverse_proxy, which is to send them as they are.
type handler struct {
	signing
	trace   *httptrace.ClientTrace // nil: any upstream
	notices *notices
}

func (h *handler) provision(ctx caddy.Context, vendor string, config signers.Config, policy outbound.Policy) error {
	if err := h.signing.provision(ctx, vendor, config, policy); err != nil {
		return err
	}
	h.notices = new(notices)
	if h.logger.Core().Enabled(zap.DebugLevel) {
		h.logger.Warn("at this log level reverse_proxy logs the headers of signed requests, X-Auth-Token among them; the transport keeps them out of the log",
			zap.String("transport", vendor+"_sign"))
	}
	if h.trace = h.gate.Trace(); h.trace != nil {
		h.trace.WroteHeaderField = func(name string, values []string) {
			if name == "Host" && !h.gate.Bound(values[0]) {
				h.warn("host", "the Host header changed after the request was signed")
			}
		}
	}
	return nil
}

// Validate refuses what only the transport can do.
func (h *handler) Validate() error {
	if h.explainHeader {
		return errors.New(h.vendor + ": explain_header needs the transport; a handler sees the reason when the headers are already sent")
	}
	return nil
}

// ServeHTTP signs r for the next handler, or answers with a problem document.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	target := r.URL.RequestURI()
	signed, problem := h.sign(r, target, time.Time{})
	if problem != nil {
		problem.Write(w)
		return nil
	}
	defer outbound.Release(signed.Held)
	setTarget(r, target, signed.Target)
	out := r
	if h.trace != nil {
		out = r.WithContext(httptrace.WithClientTrace(r.Context(), h.trace))
	}
	answer := newRecorder(w)
	err := next.ServeHTTP(answer, out)
	if answer.status != 0 {
		h.learn(r, outbound.Answer{Status: answer.status, Header: w.Header(), Body: answer.body, Verified: h.gate.Verified(), Signed: signed})
	}
	h.notice(r)
	return err
}

// setTarget makes the signed target the one that is sent. Signers change the query at most.
func setTarget(r *http.Request, before, after string) {
	if before == after {
		return
	}
	_, r.URL.RawQuery, _ = strings.Cut(after, "?")
	r.RequestURI = after
}
