package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { register(func() signHandler { return new(DuoSign) }) }

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
	if err := unmarshal(d, &m.Duo, &m.Policy); err != nil {
		return err
	}
	config := m.Duo
	return check(d, "duo", &config, m.Policy)
}
