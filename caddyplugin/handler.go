package caddyplugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound"
)

// handler signs requests on their way to reverse_proxy, which is to send them as they are.
type handler struct {
	signing
	guards  bool // connections are looked at, before the credential goes out
	notices *notices
}

// UnmarshalCaddyfile takes the vendor's options (docs/vendors) and those of all vendors (outbound.Policy). Syntax:
//
//	duo_sign [<matcher>] [<credentials_file>] {
//		integration_key <ikey>
//		secret_key      <skey>
//		host            <name...>
//		...
//	}
func (h *handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error { return h.unmarshal(d, nil) }

// Provision resolves the secrets and builds the signer.
func (h *handler) Provision(ctx caddy.Context) error {
	if err := h.provision(ctx); err != nil {
		return err
	}
	h.notices = new(notices)
	if h.logger.Core().Enabled(zap.DebugLevel) {
		h.logger.Warn("at this log level reverse_proxy logs the headers of signed requests, X-Auth-Token among them; the transport keeps them out of the log", h.instead()...)
	}
	h.guards = h.gate.Trace() != nil
	if err := refuseHTTP3(ctx); err != nil {
		return fmt.Errorf("%s: %w", h.vendor, err)
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
	signed, problem := h.sign(r, target, nil)
	if problem != nil {
		problem.Write(w)
		return nil
	}
	defer outbound.Release(signed.Held)
	setTarget(r, target, signed.Target)
	if signed.Body == nil && r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody {
		r.Body = outbound.NewUpload(r.Body)
	}
	p := &passage{recorder: recorder{ResponseWriterWrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}, h: h, r: r,
		about: h.subject(r, r.Host, signed.Fingerprint()), signed: signed}
	err := p.send(next)
	if p.vendor != 0 && h.gate.Rotating() && (p.explanation != nil || signed.SettleDue) {
		h.settle(w, r, next, p.answer(), p.explanation)
	}
	h.notice(r)
	if broken := p.broken(); broken != nil && p.status == 0 {
		broken.Write(w)
		return nil
	}
	return err
}

// wroteHeader looks at what is sent for Host.
func (h *handler) wroteHeader(name string, values []string) {
	if name == "Host" && !h.gate.Bound(values[0]) {
		h.warn("host", "the Host header changed after the request was signed")
	}
}

// settle finds out whether the next requests need another credential. The client has its answer, and does not wait.
func (h *handler) settle(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, a outbound.Answer, e *outbound.Explanation) {
	http.NewResponseController(w).Flush()
	probe := func(attempt outbound.Attempt) outbound.Answer { return h.probe(r, next, attempt) }
	if e != nil {
		h.gate.Again(a, e, probe)
	}
	if a.Signed.SettleDue {
		h.gate.Settle(probe)
	}
}

// probe sends a probe the same way as r went.
func (h *handler) probe(r *http.Request, next caddyhttp.Handler, attempt outbound.Attempt) outbound.Answer {
	out, cancel := probeRequest(r, attempt)
	defer cancel()
	target := out.URL.RequestURI()
	signed, problem := h.gate.SignAgain(out, target, attempt)
	if problem != nil {
		return outbound.Answer{}
	}
	h.probed(out, signed)
	setTarget(out, target, signed.Target)
	if h.guards {
		out = out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			if reason := h.gate.CheckConn(info.Conn); reason != "" {
				h.closed(out.Host, signed.Fingerprint(), reason)
			}
		}}))
	}
	answer := newRecorder(&nobody{header: make(http.Header)})
	if err := next.ServeHTTP(answer, out); err != nil {
		return outbound.Answer{}
	}
	return outbound.Answer{Status: answer.status, Header: answer.Header(), Body: answer.body, Signed: signed}
}

// probeRequest is the request of a probe, beside r, whose client may leave meanwhile.
func probeRequest(r *http.Request, attempt outbound.Attempt) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), probeTimeout)
	out := r.Clone(ctx)
	var target string
	out.Method, target = attempt.Probe()
	out.RequestURI = target
	out.URL.RawPath = ""
	out.URL.Path, out.URL.RawQuery, _ = strings.Cut(target, "?")
	out.Header, out.Body, out.ContentLength, out.TransferEncoding, out.Trailer = make(http.Header), nil, 0, nil, nil
	return out, cancel
}

// probeTimeout bounds how long a request waits for a probe.
const probeTimeout = 10 * time.Second

// nobody takes an answer that no client waits for.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header { return n.header }

func (n *nobody) WriteHeader(int) {}

func (n *nobody) Write(data []byte) (int, error) { return len(data), nil }

// setTarget makes the signed target the one that is sent. Signers change the query at most.
func setTarget(r *http.Request, before, after string) {
	if before == after {
		return
	}
	_, r.URL.RawQuery, _ = strings.Cut(after, "?")
	r.RequestURI = after
}

// Interface guards.
var (
	_ caddy.Provisioner           = (*handler)(nil)
	_ caddy.Validator             = (*handler)(nil)
	_ caddy.CleanerUpper          = (*handler)(nil)
	_ caddyfile.Unmarshaler       = (*handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*handler)(nil)
)
