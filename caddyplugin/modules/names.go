package modules

import "github.com/caddyserver/caddy/v2"

// The first five vendors also have modules under their own names: duo_sign is vendorsign duo. Their JSON, directives and loggers
// must not change. RegisterModule takes the ID from the type, and Caddy's site from the source, so each is written out.

func init() {
	caddy.RegisterModule(CarbonBlackSign{})
	caddy.RegisterModule(CarbonBlackTransport{})
	caddy.RegisterModule(CortexSign{})
	caddy.RegisterModule(CortexTransport{})
	caddy.RegisterModule(DarktraceSign{})
	caddy.RegisterModule(DarktraceTransport{})
	caddy.RegisterModule(DuoSign{})
	caddy.RegisterModule(DuoTransport{})
	caddy.RegisterModule(ThreatConnectSign{})
	caddy.RegisterModule(ThreatConnectTransport{})
}

// namedVendors are those that have modules under their own names.
var namedVendors = []string{"carbonblack", "cortex", "darktrace", "duo", "threatconnect"}

// bind makes a module for a vendor, for the New functions below: Caddy calls them before it reads a configuration
// into the module.
func bind[M interface{ ready(vendor string) }](m M, vendor string) M {
	m.ready(vendor)
	return m
}

// CarbonBlackSign signs requests to Carbon Black Cloud: vendorsign carbonblack.
type CarbonBlackSign struct{ Handler }

// CaddyModule returns the Caddy module information.
func (CarbonBlackSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.carbonblack_sign", New: func() caddy.Module {
		return bind(new(CarbonBlackSign), "carbonblack")
	}}
}

// CarbonBlackTransport is the transport vendorsign carbonblack.
type CarbonBlackTransport struct{ Transport }

// CaddyModule returns the Caddy module information.
func (CarbonBlackTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.carbonblack_sign", New: func() caddy.Module {
		return bind(new(CarbonBlackTransport), "carbonblack")
	}}
}

// CortexSign signs requests to Cortex XSOAR, XDR, XSIAM, Xpanse or Cloud: vendorsign cortex.
type CortexSign struct{ Handler }

// CaddyModule returns the Caddy module information.
func (CortexSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.cortex_sign", New: func() caddy.Module {
		return bind(new(CortexSign), "cortex")
	}}
}

// CortexTransport is the transport vendorsign cortex.
type CortexTransport struct{ Transport }

// CaddyModule returns the Caddy module information.
func (CortexTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.cortex_sign", New: func() caddy.Module {
		return bind(new(CortexTransport), "cortex")
	}}
}

// DarktraceSign signs requests to a Darktrace appliance or cloud instance: vendorsign darktrace.
type DarktraceSign struct{ Handler }

// CaddyModule returns the Caddy module information.
func (DarktraceSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.darktrace_sign", New: func() caddy.Module {
		return bind(new(DarktraceSign), "darktrace")
	}}
}

// DarktraceTransport is the transport vendorsign darktrace.
type DarktraceTransport struct{ Transport }

// CaddyModule returns the Caddy module information.
func (DarktraceTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.darktrace_sign", New: func() caddy.Module {
		return bind(new(DarktraceTransport), "darktrace")
	}}
}

// DuoSign signs requests to Duo's APIs: vendorsign duo.
type DuoSign struct{ Handler }

// CaddyModule returns the Caddy module information.
func (DuoSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.duo_sign", New: func() caddy.Module {
		return bind(new(DuoSign), "duo")
	}}
}

// DuoTransport is the transport vendorsign duo.
type DuoTransport struct{ Transport }

// CaddyModule returns the Caddy module information.
func (DuoTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.duo_sign", New: func() caddy.Module {
		return bind(new(DuoTransport), "duo")
	}}
}

// ThreatConnectSign signs requests to the ThreatConnect API: vendorsign threatconnect.
type ThreatConnectSign struct{ Handler }

// CaddyModule returns the Caddy module information.
func (ThreatConnectSign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.threatconnect_sign", New: func() caddy.Module {
		return bind(new(ThreatConnectSign), "threatconnect")
	}}
}

// ThreatConnectTransport is the transport vendorsign threatconnect.
type ThreatConnectTransport struct{ Transport }

// CaddyModule returns the Caddy module information.
func (ThreatConnectTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.threatconnect_sign", New: func() caddy.Module {
		return bind(new(ThreatConnectTransport), "threatconnect")
	}}
}
