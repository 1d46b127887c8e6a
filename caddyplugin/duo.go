package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(DuoSign{})
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
	return caddy.ModuleInfo{ID: "http.handlers.duo_sign", New: func() caddy.Module {
		m := new(DuoSign)
		m.of("duo", &m.Duo, &m.Policy)
		return m
	}}
}

// DuoTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type DuoTransport struct {
	Transport
	signers.Duo
	outbound.Policy
}

// CaddyModule returns the Caddy module information.
func (DuoTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.duo_sign", New: func() caddy.Module {
		m := new(DuoTransport)
		m.of("duo", &m.Duo, &m.Policy)
		return m
	}}
}
