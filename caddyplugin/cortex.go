package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(CortexSign{})
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
	return caddy.ModuleInfo{ID: "http.handlers.cortex_sign", New: func() caddy.Module {
		m := new(CortexSign)
		m.of("cortex", &m.Cortex, &m.Policy)
		return m
	}}
}

// CortexTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type CortexTransport struct {
	Transport
	signers.Cortex
	outbound.Policy
}

// CaddyModule returns the Caddy module information.
func (CortexTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.cortex_sign", New: func() caddy.Module {
		m := new(CortexTransport)
		m.of("cortex", &m.Cortex, &m.Policy)
		return m
	}}
}
