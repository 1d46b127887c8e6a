package modules

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

// Transport signs each attempt of a reverse_proxy when nothing can change it any more: after the choice of the
// upstream, header_up and rewrite, and again for every retry and active health check. It is exported because
// Caddy's module documentation omits unexported types.
//
// Caddy's transport http is embedded rather than wrapped: reverse_proxy finds its optional methods, such as
// EnableTLS, by type assertions.
type Transport struct {
	*reverseproxy.HTTPTransport
	outbound.Policy
	signing
	sender *sender
}

// ready prepares a transport for a vendor. HTTPTransport must exist before any configuration is read into it: its
// UnmarshalCaddyfile panics on nil, as in caddyserver/caddy issue 3119.
func (t *Transport) ready(vendor string) {
	t.signing.ready(vendor)
	t.HTTPTransport = new(reverseproxy.HTTPTransport)
	t.sender = &sender{signing: &t.signing, http: t.HTTPTransport, base: t.HTTPTransport}
}

// UnmarshalCaddyfile takes the options of the handler and all of reverse_proxy's transport http: dial_timeout, tls
// and the others.
func (t *Transport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if t.HTTPTransport == nil {
		return errUnmade
	}
	err := t.unmarshal(d, t.HTTPTransport)
	t.Policy = outbound.PolicyOf(t.values)
	return err
}

// Provision resolves the secrets, builds the signer and sets up the transport below it. The signer is first:
// nothing is dialled for a configuration that has a fault.
func (t *Transport) Provision(ctx caddy.Context) error {
	if err := t.provision(ctx); err != nil {
		return err
	}
	// As for the handler: see closeAfter.
	t.gate.OneShot = true
	// It starts the survey of the server, if nothing that signs did before: the walk finds the transport at its reverse_proxy.
	if _, err := surveyOf(ctx); err != nil {
		return err
	}
	return t.HTTPTransport.Provision(ctx)
}

// Validate refuses wrong upstreams that are known before they are dialled. The TLS of https upstreams is in the
// JSON by then: Caddy's adapter calls EnableTLS.
func (t *Transport) Validate() error {
	switch {
	// What is not known yet is checked before sending.
	case t.gate.Insecure(), t.gate.Absent() != "":
	case t.TLS == nil:
		return errors.New(t.vendor + ": the upstream is plain http, where anyone can read the credential; use https or set insecure_upstream")
	case t.TLS.InsecureSkipVerify:
		return errors.New(t.vendor + ": tls_insecure_skip_verify would send the credential to anyone; trust the issuer or set insecure_upstream")
	}
	return nil
}

// Cleanup ends the signer and closes the idle connections of the transport below it.
func (t *Transport) Cleanup() error {
	return errors.Join(t.signing.Cleanup(), t.HTTPTransport.Cleanup())
}

// RoundTrip signs a copy of r, so that no log of the proxy shows the signature and no retry starts from it. Its own
// refusals are responses: an error would count as a failure of the upstream and be retried.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.sender.roundTrip(r) }

// Interface guards.
var (
	_ caddy.Provisioner                      = (*Transport)(nil)
	_ caddy.Validator                        = (*Transport)(nil)
	_ caddy.CleanerUpper                     = (*Transport)(nil)
	_ caddyfile.Unmarshaler                  = (*Transport)(nil)
	_ http.RoundTripper                      = (*Transport)(nil)
	_ reverseproxy.TLSTransport              = (*Transport)(nil)
	_ reverseproxy.RequestHeaderOpsTransport = (*Transport)(nil)
)
