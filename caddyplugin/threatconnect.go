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
	register(func() signHandler { return new(ThreatConnectSign) })
	caddy.RegisterModule(ThreatConnectTransport{})
}

// ThreatConnectSign signs requests to the ThreatConnect REST API.
type ThreatConnectSign struct {
	signers.ThreatConnect
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (ThreatConnectSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.threatconnect_sign", New: func() caddy.Module { return new(ThreatConnectSign) }}
}

// Provision resolves the secrets and builds the signer.
func (m *ThreatConnectSign) Provision(ctx caddy.Context) error {
	config := m.ThreatConnect
	return m.provision(ctx, "threatconnect", &config, m.Policy)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	threatconnect_sign [<matcher>] {
//		access_id  <id>
//		secret_key <key>
//		token      <token>
//		host       <name...>
//		...
//	}
func (m *ThreatConnectSign) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.ThreatConnect, &m.Policy, nil); err != nil {
		return err
	}
	config := m.ThreatConnect
	return check(d, "threatconnect", &config, m.Policy)
}

// ThreatConnectTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type ThreatConnectTransport struct {
	*reverseproxy.HTTPTransport
	signers.ThreatConnect
	outbound.Policy
	transport
}

// CaddyModule returns the Caddy module information.
func (ThreatConnectTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.threatconnect_sign", New: func() caddy.Module {
		return &ThreatConnectTransport{HTTPTransport: new(reverseproxy.HTTPTransport)}
	}}
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (m *ThreatConnectTransport) Provision(ctx caddy.Context) error {
	config := m.ThreatConnect
	return m.provision(ctx, "threatconnect", &config, m.Policy, m.HTTPTransport)
}

// Validate refuses an upstream that the credential must not be sent to.
func (m *ThreatConnectTransport) Validate() error { return m.validate(m.HTTPTransport) }

// Cleanup ends the signer and closes the transport's idle connections.
func (m *ThreatConnectTransport) Cleanup() error { return m.cleanup(m.HTTPTransport) }

// RoundTrip signs a copy of r and sends it.
func (m *ThreatConnectTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return m.roundTrip(r, m.HTTPTransport)
}

// UnmarshalCaddyfile takes the options of threatconnect_sign and all of reverse_proxy's transport http.
func (m *ThreatConnectTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.ThreatConnect, &m.Policy, m.HTTPTransport); err != nil {
		return err
	}
	config := m.ThreatConnect
	return check(d, "threatconnect", &config, m.Policy)
}

// Interface guards.
var (
	_ signHandler   = (*ThreatConnectSign)(nil)
	_ signTransport = (*ThreatConnectTransport)(nil)
)
