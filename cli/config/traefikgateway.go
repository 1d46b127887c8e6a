package config

import (
	"slices"
	"strings"
)

// gatewayScheme takes the place of a scheme in the names of services for routes of the Gateway API: see kubernetesService.
const gatewayScheme = "gateway"

// gatewayRoute reads an HTTPRoute or a GRPCRoute. Traefik makes middlewares of the filters of a rule, in their order, and does not read
// those of a backendRef.
func (r traefikReader) gatewayRoute(at named, spec *Node) {
	r.gateway = true
	const field = "spec.rules.filters"
	for _, rule := range spec.Get("rules").List {
		one := r.route(at, rule, "spec.rules", "backendRefs")
		one.secure = true // the listener, which is elsewhere, may be so
		for _, filter := range rule.Get("filters").List {
			one.inline[0].add(r, filter.Get("requestMirror").Get("backendRef"), field)
			if m := filter.Get("extensionRef"); m.Get("kind").Text == "Middleware" {
				one.Middlewares = append(one.Middlewares, r.object(m, field))
			}
			for _, kind := range []string{"requestHeaderModifier", "urlRewrite"} {
				if options := filter.Get(kind); options.Shape == Table {
					m := &Middleware{named: at, Kind: strings.ToLower(kind), At: r.mark(options.Line, field), Options: options}
					m.Mark = m.At
					one.Middlewares = append(one.Middlewares, Reference{Mark: m.At, provider: r.provider, text: at.Name, inline: m})
				}
			}
		}
	}
}

// modified are the headers that a requestHeaderModifier sets, adds and removes: the value of the last is empty. It has no power over the
// Host.
func modified(options *Node) (all []Entry) {
	for _, key := range []string{"set", "add"} {
		for _, one := range options.Get(key).List {
			all = append(all, Entry{Key: one.Get("name").Text, Line: one.Line, Value: one.Get("value")})
		}
	}
	for _, one := range options.Get("remove").List {
		all = append(all, Entry{Key: one.Text, Line: one.Line, Value: TextNode("", one.Line)})
	}
	return slices.DeleteFunc(all, func(e Entry) bool { return strings.EqualFold(e.Key, "Host") })
}

// gatewaySecure reports whether routes of the Gateway API speak TLS to a port of a service.
func gatewaySecure(port *Node) bool {
	switch strings.ToLower(port.Get("appProtocol").Text) {
	case "":
		return port.Get("port").Text == "443" || strings.HasPrefix(port.Get("name").Text, "https")
	case "https", "kubernetes.io/wss":
		return true
	}
	return false
}

// tlsPolicy is a BackendTLSPolicy about one service: routes of the Gateway API speak TLS to it, and it must prove the name host.
type tlsPolicy struct {
	named
	port, host string // port may be empty: all
}

// tlsPolicy reads a BackendTLSPolicy, which may be about several services.
func (r traefikReader) tlsPolicy(spec *Node) {
	for _, to := range spec.Get("targetRefs").List {
		if kind := to.Get("kind").Text; kind == "Service" {
			p := tlsPolicy{named: r.named(to.Get("name").Text, to.Line, "spec.targetRefs"), port: to.Get("sectionName").Text,
				host: spec.Get("validation").Get("hostname").Text}
			r.policies = append(r.policies, p)
		}
	}
}

// applyPolicies gives services the transports of their policies, once all files are read.
func (t *Traefik) applyPolicies() {
	for _, p := range t.policies {
		for _, s := range t.services {
			if s.object != p.Name || p.port != "" && p.port != s.port || p.space != "" && s.space != "" && p.space != s.space {
				continue
			}
			transport := &ServersTransport{named: p.named, ServerName: p.host}
			transport.Name = s.Name + "/policy"
			t.transports = append(t.transports, transport)
			s.Transport = &Reference{Mark: p.Mark, name: transport.Name, provider: p.provider, space: s.space, text: p.Name, object: true}
			for i := range s.Servers {
				s.Servers[i].Plain = false
			}
		}
	}
}
