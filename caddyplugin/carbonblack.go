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
	register(func() signHandler { return new(CarbonBlackSign) })
	caddy.RegisterModule(CarbonBlackTransport{})
}

// CarbonBlackSign signs requests to Carbon Black Cloud or CB Defense.
type CarbonBlackSign struct {
	signers.CarbonBlack
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (CarbonBlackSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.carbonblack_sign", New: func() caddy.Module { return new(CarbonBlackSign) }}
}

// Provision resolves the secrets and builds the signer.
func (m *CarbonBlackSign) Provision(ctx caddy.Context) error {
	config := m.CarbonBlack
	return m.provision(ctx, "carbonblack", &config, m.Policy)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	carbonblack_sign [<matcher>] {
//		api_id         <id>
//		api_secret_key <key>
//		host           <name...>
//		...
//	}
func (m *CarbonBlackSign) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.CarbonBlack, &m.Policy, nil); err != nil {
		return err
	}
	config := m.CarbonBlack
	return check(d, "carbonblack", &config, m.Policy)
}

// CarbonBlackTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type CarbonBlackTransport struct {
	*reverseproxy.HTTPTransport
	signers.CarbonBlack
	outbound.Policy
	transport
}

// CaddyModule returns the Caddy module information.
func (CarbonBlackTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.carbonblack_sign", New: func() caddy.Module {
		return &CarbonBlackTransport{HTTPTransport: new(reverseproxy.HTTPTransport)}
	}}
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (m *CarbonBlackTransport) Provision(ctx caddy.Context) error {
	config := m.CarbonBlack
	return m.provision(ctx, "carbonblack", &config, m.Policy, m.HTTPTransport)
}

// Validate refuses an upstream that the credential must not be sent to.
func (m *CarbonBlackTransport) Validate() error { return m.validate(m.HTTPTransport) }

// Cleanup ends the signer and closes the transport's idle connections.
func (m *CarbonBlackTransport) Cleanup() error { return m.cleanup(m.HTTPTransport) }

// RoundTrip signs a copy of r and sends it.
func (m *CarbonBlackTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return m.roundTrip(r, m.HTTPTransport)
}

// UnmarshalCaddyfile takes the options of carbonblack_sign and all of reverse_proxy's transport http.
func (m *CarbonBlackTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.CarbonBlack, &m.Policy, m.HTTPTransport); err != nil {
		return err
	}
	config := m.CarbonBlack
	return check(d, "carbonblack", &config, m.Policy)
}

// Interface guards.
var (
	_ signHandler   = (*CarbonBlackSign)(nil)
	_ signTransport = (*CarbonBlackTransport)(nil)
)
