package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(CarbonBlackSign{})
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
	return caddy.ModuleInfo{ID: "http.handlers.carbonblack_sign", New: func() caddy.Module {
		m := new(CarbonBlackSign)
		m.of("carbonblack", &m.CarbonBlack, &m.Policy)
		return m
	}}
}

// CarbonBlackTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type CarbonBlackTransport struct {
	Transport
	signers.CarbonBlack
	outbound.Policy
}

// CaddyModule returns the Caddy module information.
func (CarbonBlackTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.carbonblack_sign", New: func() caddy.Module {
		m := new(CarbonBlackTransport)
		m.of("carbonblack", &m.CarbonBlack, &m.Policy)
		return m
	}}
}
