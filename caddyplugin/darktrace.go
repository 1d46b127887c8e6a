package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() { register(func() signHandler { return new(DarktraceSign) }) }

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
	if err := unmarshal(d, &m.Darktrace, &m.Policy); err != nil {
		return err
	}
	config := m.Darktrace
	return check(d, "darktrace", &config, m.Policy)
}
