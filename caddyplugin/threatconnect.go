package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(ThreatConnectSign{})
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
	return caddy.ModuleInfo{ID: "http.handlers.threatconnect_sign", New: func() caddy.Module {
		m := new(ThreatConnectSign)
		m.of("threatconnect", &m.ThreatConnect, &m.Policy)
		return m
	}}
}

// ThreatConnectTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type ThreatConnectTransport struct {
	Transport
	signers.ThreatConnect
	outbound.Policy
}

// CaddyModule returns the Caddy module information.
func (ThreatConnectTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.threatconnect_sign", New: func() caddy.Module {
		m := new(ThreatConnectTransport)
		m.of("threatconnect", &m.ThreatConnect, &m.Policy)
		return m
	}}
}
