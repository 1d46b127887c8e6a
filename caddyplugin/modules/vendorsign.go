package modules

import "github.com/caddyserver/caddy/v2"

func init() {
	caddy.RegisterModule(Sign{})
	caddy.RegisterModule(SignTransport{})
}

// Sign signs requests to any vendor on their way to a reverse_proxy. Put it in the block of the proxy, or before it.
// The proxy then signs each attempt after rewrites and header_up; a request that could only leave unsigned is
// answered with 503. A site without a reverse_proxy is refused. Secrets are {file./path} or {env.NAME}; a file is
// read again when it changes.
//
// The options that all vendors share are the fields below; a vendor's own are on its page in
// https://github.com/vendorsign/vendorsign/tree/main/docs/vendors.
type Sign struct {
	// The vendor, by its name in docs/vendors. Its options, and the common ones, are in the same object.
	Vendor string `json:"vendor,omitempty"`
	Handler
}

// CaddyModule returns the Caddy module information. Each module has its own Vendor, which choice points to.
func (Sign) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.vendorsign", New: func() caddy.Module {
		m := bind(new(Sign), "")
		m.choice = &m.Vendor
		return m
	}}
}

// SignTransport is reverse_proxy's transport http, and signs each attempt at the last moment. It takes the options of
// both. No request can get past it: use it where the proxy is for one vendor only, and with HTTP/3, which the handler
// cannot sign for.
type SignTransport struct {
	// The vendor, by its name in docs/vendors. Its options, and the common ones, are in the same object.
	Vendor string `json:"vendor,omitempty"`
	Transport
}

// CaddyModule returns the Caddy module information.
func (SignTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.reverse_proxy.transport.vendorsign", New: func() caddy.Module {
		m := bind(new(SignTransport), "")
		m.choice = &m.Vendor
		return m
	}}
}
