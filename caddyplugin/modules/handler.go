package modules

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
)

// Handler arms requests with its credential. They are signed later, by the guard of the reverse_proxy that sends them:
// after every rewrite and header_up, and again for each attempt. It is exported because Caddy's module documentation
// omits unexported types.
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
//
// Policy is filled for Caddy's documentation and for whoever reads the adapted JSON; the gate is made of the
// values.
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
	// Caddy sends each attempt through a sender, which can close the connection after a request that asks for it (see
	// closeAfter).
	h.gate.OneShot = true
	// Before enlist, which wraps the JSON that this reads.
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
	// The Host is kept from before reverse_proxy, which may replace it by the upstream's.
	a := &armed{Context: r.Context(), handler: h, host: r.Host}
	a.ResponseWriter = w
	// r itself changes, because placeholders refer to it, and later handlers may change more of it.
	*r = *r.WithContext(a)
	defer func() { *r = *r.WithContext(a.Context) }()
	err := next.ServeHTTP(a, r)
	if a.refused() {
		// An answer that was dropped may have been described already.
		for _, name := range described {
			w.Header().Del(name)
		}
		a.problem.Write(w)
		return nil
	}
	return err
}

// described are the headers that say how the body of an answer is to be read.
var described = [...]string{"Content-Length", "Content-Encoding", "Content-Range", "Content-Disposition", "Content-Language", "Etag",
	"Last-Modified"}

// misplaced is the problem of a handler that cannot arm; nil: it can. Before is what has already armed the
// request. Such configurations should not load (see survey.check); this is for what can only be seen when a
// request comes.
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

// signer makes a handler known to walk, also within Sign and the types of names.go, which embed it.
func (h *Handler) signer() *Handler { return h }

// setTarget makes the signed target the one that is sent. Signers only ever change the query: they append
// parameters, or put them in order.
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
