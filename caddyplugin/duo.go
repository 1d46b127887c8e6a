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
	register(func() signHandler { return new(DuoSign) })
	caddy.RegisterModule(DuoTransport{})
}

// DuoSign signs requests to Duo's Admin, Auth and Accounts APIs.
type DuoSign struct {
	signers.Duo
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (DuoSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.duo_sign", New: func() caddy.Module { return new(DuoSign) }}
}

// Provision resolves the secrets and builds the signer.
func (m *DuoSign) Provision(ctx caddy.Context) error {
	config := m.Duo
	return m.provision(ctx, "duo", &config, m.Policy)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	duo_sign [<matcher>] {
//		integration_key   <ikey>
//		secret_key        <skey>
//		signature_version 5|4|2
//		digest            sha512|sha1
//		date_header       date|x-duo-date
//		host              <name...>
//		...
//	}
func (m *DuoSign) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Duo, &m.Policy, nil); err != nil {
		return err
	}
	config := m.Duo
	return check(d, "duo", &config, m.Policy)
}

// DuoTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type DuoTransport struct {
	*reverseproxy.HTTPTransport
	signers.Duo
	outbound.Policy
	transport
}

// CaddyModule returns the Caddy module information.
func (DuoTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.duo_sign", New: func() caddy.Module {
		return &DuoTransport{HTTPTransport: new(reverseproxy.HTTPTransport)}
	}}
}

// Provision resolves the secrets, builds the signer and sets up the transport below it.
func (m *DuoTransport) Provision(ctx caddy.Context) error {
	config := m.Duo
	return m.provision(ctx, "duo", &config, m.Policy, m.HTTPTransport)
}

// Validate refuses an upstream that the credential must not be sent to.
func (m *DuoTransport) Validate() error { return m.validate(m.HTTPTransport) }

// Cleanup ends the signer and closes the transport's idle connections.
func (m *DuoTransport) Cleanup() error { return m.cleanup(m.HTTPTransport) }

// RoundTrip signs a copy of r and sends it.
func (m *DuoTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return m.roundTrip(r, m.HTTPTransport)
}

// UnmarshalCaddyfile takes the options of duo_sign and all of reverse_proxy's transport http.
func (m *DuoTransport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	if err := unmarshal(d, &m.Duo, &m.Policy, m.HTTPTransport); err != nil {
		return err
	}
	config := m.Duo
	return check(d, "duo", &config, m.Policy)
}

// Interface guards.
var (
	_ signHandler   = (*DuoSign)(nil)
	_ signTransport = (*DuoTransport)(nil)
)
