package modules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// Handler arms requests with its credential. They are signed later, by the guard of the reverse_proxy that sends them:
// after every rewrite and header_up, and again for each attempt. It is exported because Caddy's documentation of
// modules omits what is not.
type Handler struct {
	outbound.Policy
	signing
	place *signerPlace // in the configuration, found by survey
}

// UnmarshalCaddyfile takes the vendor's options (docs/vendors) and those of all vendors (outbound.Policy). Syntax:
//
//	vendorsign [<matcher>] <vendor> [<credentials_file>] {
//		host <name...>
//		...
//	}
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	err := h.unmarshal(d, nil)
	h.Policy = outbound.PolicyOf(h.values)
	return err
}

// Provision resolves the secrets, builds the signer, and guards the reverse_proxy handlers of the server.
func (h *Handler) Provision(ctx caddy.Context) error {
	if err := h.provision(ctx); err != nil {
		return err
	}
	h.gate.OneShot = true
	if err := refuseHTTP3(ctx); err != nil {
		return fmt.Errorf("%s: %w", h.vendor, err)
	}
	h.place = new(signerPlace)
	return enlist(ctx, h)
}

// ServeHTTP arms r. If a guard refuses to send r, the answer is a problem document from here: reverse_proxy's response
// matchers, retries and health checks do not see it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if p := h.misplaced(armedBy(r)); p != nil {
		h.refused(r, p, h.gate.Fingerprint())
		p.Write(w)
		return nil
	}
	a := &armed{Context: r.Context(), handler: h, host: r.Host}
	a.ResponseWriter = w
	// r itself changes, because placeholders refer to it, and later handlers may change more of it.
	*r = *r.WithContext(a)
	defer func() { *r = *r.WithContext(a.Context) }()
	err := next.ServeHTTP(a, r)
	if a.problem != nil && !a.answered {
		a.problem.Write(w)
		return nil
	}
	return err
}

// misplaced is the problem of a handler that cannot arm. Before is what has already armed the request.
func (h *Handler) misplaced(before *armed) *outbound.Problem {
	switch {
	case !h.place.surveyed:
		return outbound.UnsignedProblem(h.directive() + " is in no route of Caddy's http app, where a reverse_proxy could sign")
	case h.place.blind:
		return outbound.UnsignedProblem("the site of " + h.directive() + " has no reverse_proxy, which does the signing")
	case before != nil && before.handler != h && before.handler.place.list == h.place.list:
		return outbound.UnsignedProblem(before.handler.directive() + " and " + h.directive() +
			" of one block match this request; give them matchers of which only one fits, or put each into a handle block with its proxy")
	}
	return nil
}

// directive is what the handler is called in a Caddyfile.
func (h *Handler) directive() string {
	if h.choice != nil {
		return "vendorsign " + h.vendor
	}
	return h.vendor + "_sign"
}

func (h *Handler) signer() *Handler { return h }

// armed is the context of a request that a handler wants signed, and the writer of its answer. If an outer and an inner
// block both have a handler, the inner one applies.
type armed struct {
	context.Context
	caddyhttp.ResponseWriterWrapper
	handler  *Handler
	host     string            // the request's own, which chooses among several hosts of the credential
	problem  *outbound.Problem // why the request was not sent
	answered bool
}

// statusClosed is the status that newer versions of Caddy (such as 2.11.9) use for a client that seems to have left.
const statusClosed = 499

// WriteHeader drops Caddy's answer to errRefused.
func (a *armed) WriteHeader(status int) {
	if a.problem != nil && status == statusClosed {
		return
	}
	a.answered = a.answered || status >= 200 || status == http.StatusSwitchingProtocols
	a.ResponseWriterWrapper.WriteHeader(status)
}

// Write answers with 200 if nothing else was said.
func (a *armed) Write(data []byte) (int, error) {
	a.answered = true
	return a.ResponseWriterWrapper.Write(data)
}

// ReadFrom leaves the copying to the writer.
func (a *armed) ReadFrom(source io.Reader) (int64, error) {
	a.answered = true
	return a.ResponseWriterWrapper.ReadFrom(source)
}

type armedKey struct{}

// Value finds a itself.
func (a *armed) Value(key any) any {
	if key == (armedKey{}) {
		return a
	}
	return a.Context.Value(key)
}

// armedBy is nil for a request that no handler has armed.
func armedBy(r *http.Request) *armed {
	a, _ := r.Context().Value(armedKey{}).(*armed)
	return a
}

// errRefused makes reverse_proxy stop with a request that was refused. To Caddy it is a client that has left: not a
// failure of the upstream, not retried, and answered with nothing but statusClosed.
var errRefused = refusedError{errors.New("the request was refused before it was sent")}

type refusedError struct{ error }

// Is makes errors.Is(err, context.Canceled) true.
func (refusedError) Is(target error) bool { return target == context.Canceled }

// probeRequest is the request of a probe on r's connection pool, which may outlive r's client.
func probeRequest(r *http.Request, attempt *outbound.Snapshot) (*http.Request, context.CancelFunc) {
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

// setTarget makes the signed target the one that is sent. Signers only ever change the query.
func setTarget(r *http.Request, before, after string) {
	if before == after {
		return
	}
	_, r.URL.RawQuery, _ = strings.Cut(after, "?")
	r.RequestURI = after
}

// Interface guards.
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
