package caddyplugin

import (
	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(DarktraceSign{})
	caddy.RegisterModule(DarktraceTransport{})
}

// DarktraceSign signs requests to a Darktrace appliance or cloud instance.
type DarktraceSign struct {
	signers.Darktrace
	outbound.Policy
	handler
}

// CaddyModule returns the Caddy module information.
func (DarktraceSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.darktrace_sign", New: func() caddy.Module {
		m := new(DarktraceSign)
		m.of("darktrace", &m.Darktrace, &m.Policy)
		return m
	}}
}

// DarktraceTransport is the HTTP transport of reverse_proxy, and signs each attempt at the last moment.
type DarktraceTransport struct {
	Transport
	signers.Darktrace
	outbound.Policy
}

// CaddyModule returns the Caddy module information.
func (DarktraceTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.darktrace_sign", New: func() caddy.Module {
		m := new(DarktraceTransport)
		m.of("darktrace", &m.Darktrace, &m.Policy)
		return m
	}}
}
