package caddyplugin

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	register(func() signHandler { return new(DarktraceSign) })
	caddy.RegisterModule(DarktraceTransport{})
}

// DarktraceSign signs requests to a Darktrace appliance or cloud instance.
type DarktraceSign struct {
	signers.Darktrace
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (DarktraceSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.darktrace_sign", New: func() caddy.Module { return new(DarktraceSign) }}
}

// Provision resolves the secrets and builds the signer.
func (m *DarktraceSign) Provision(ctx caddy.Context) error {
	config := m.Darktrace
	return m.provision(ctx, "darktrace", &config, m.Policy)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	darktrace_sign [<matcher>] {
//		public_token  <token>
//		private_token <token>
//		host          <name...>
//		date_format   compact|spaced|iso
//		sign_query    as_sent|decoded
//		query_order   sorted|as_sent
//		...
//	}
func (m *DarktraceSign) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Darktrace, &m.Policy, nil); err != nil {
		return err
	}
	config := m.Darktrace
	return check(d, "darktrace", &config, m.Policy)
}

// DarktraceTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type DarktraceTransport struct {
	*reverseproxy.HTTPTransport
	signers.Darktrace
	outbound.Policy
	transport
}

// CaddyModule returns the Caddy module information.
func (DarktraceTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.darktrace_sign", New: func() caddy.Module {
		return &DarktraceTransport{HTTPTransport: new(reverseproxy.HTTPTransport)}
	}}
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (m *DarktraceTransport) Provision(ctx caddy.Context) error {
	config := m.Darktrace
	return m.provision(ctx, "darktrace", &config, m.Policy, m.HTTPTransport)
}

// Validate refuses an upstream that the credential must not be sent to.
func (m *DarktraceTransport) Validate() error { return m.validate(m.HTTPTransport) }

// Cleanup ends the signer and closes the transport's idle connections.
func (m *DarktraceTransport) Cleanup() error { return m.cleanup(m.HTTPTransport) }

// RoundTrip signs a copy of r and sends it.
func (m *DarktraceTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return m.roundTrip(r, m.HTTPTransport)
}

// UnmarshalCaddyfile takes the options of darktrace_sign and all of reverse_proxy's transport http.
func (m *DarktraceTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Darktrace, &m.Policy, m.HTTPTransport); err != nil {
		return err
	}
	config := m.Darktrace
	return check(d, "darktrace", &config, m.Policy)
}

// Interface guards.
var (
	_ signHandler   = (*DarktraceSign)(nil)
	_ signTransport = (*DarktraceTransport)(nil)
)
