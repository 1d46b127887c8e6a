package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { register(func() signHandler { return new(CortexSign) }) }

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
	if err := unmarshal(d, &m.Cortex, &m.Policy); err != nil {
		return err
	}
	config := m.Cortex
	return check(d, "cortex", &config, m.Policy)
}
