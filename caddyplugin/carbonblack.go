package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { register(func() signHandler { return new(CarbonBlackSign) }) }

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
	if err := unmarshal(d, &m.CarbonBlack, &m.Policy); err != nil {
		return err
	}
	config := m.CarbonBlack
	return check(d, "carbonblack", &config, m.Policy)
}
