package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { register(func() signHandler { return new(ThreatConnectSign) }) }

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
	if err := unmarshal(d, &m.ThreatConnect, &m.Policy); err != nil {
		return err
	}
	config := m.ThreatConnect
	return check(d, "threatconnect", &config, m.Policy)
}
