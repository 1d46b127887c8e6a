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
	register(func() signHandler { return new(CortexSign) })
	caddy.RegisterModule(CortexTransport{})
}

// CortexSign signs requests to Cortex XSOAR, XDR, XSIAM, Xpanse or Cortex Cloud.
type CortexSign struct {
	signers.Cortex
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (CortexSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.cortex_sign", New: func() caddy.Module { return new(CortexSign) }}
}

// Provision resolves the secrets and builds the signer.
func (m *CortexSign) Provision(ctx caddy.Context) error {
	config := m.Cortex
	return m.provision(ctx, "cortex", &config, m.Policy)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	cortex_sign [<matcher>] {
//		api_key_id <id>
//		api_key    <key>
//		key_type   advanced|standard
//		host       <name...>
//		...
//	}
func (m *CortexSign) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Cortex, &m.Policy, nil); err != nil {
		return err
	}
	config := m.Cortex
	return check(d, "cortex", &config, m.Policy)
}

// CortexTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type CortexTransport struct {
	*reverseproxy.HTTPTransport
	signers.Cortex
	outbound.Policy
	transport
}

// CaddyModule returns the Caddy module information.
func (CortexTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.cortex_sign", New: func() caddy.Module {
		return &CortexTransport{HTTPTransport: new(reverseproxy.HTTPTransport)}
	}}
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (m *CortexTransport) Provision(ctx caddy.Context) error {
	config := m.Cortex
	return m.provision(ctx, "cortex", &config, m.Policy, m.HTTPTransport)
}

// Validate refuses an upstream that the credential must not be sent to.
func (m *CortexTransport) Validate() error { return m.validate(m.HTTPTransport) }

// Cleanup ends the signer and closes the transport's idle connections.
func (m *CortexTransport) Cleanup() error { return m.cleanup(m.HTTPTransport) }

// RoundTrip signs a copy of r and sends it.
func (m *CortexTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return m.roundTrip(r, m.HTTPTransport)
}

// UnmarshalCaddyfile takes the options of cortex_sign and all of reverse_proxy's transport http.
func (m *CortexTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Cortex, &m.Policy, m.HTTPTransport); err != nil {
		return err
	}
	config := m.Cortex
	return check(d, "cortex", &config, m.Policy)
}

// Interface guards.
var (
	_ signHandler   = (*CortexSign)(nil)
	_ signTransport = (*CortexTransport)(nil)
)
