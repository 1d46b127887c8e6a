package config

import (
	"slices"
	"strconv"
	"strings"
)

// manifest reads an object of Kubernetes': Traefik's own kinds, Ingress, the routes of the Gateway API and Service. Any
// other kind is left.
func (r traefikReader) manifest(n *Node) {
	kind, spec, meta := n.Get("kind").Text, n.Get("spec"), n.Get("metadata")
	if strings.HasSuffix(kind, "List") {
		for _, item := range n.Get("items").List {
			r.manifest(item)
		}
		return
	}
	r.space = meta.Get("namespace").Text
	at := r.named(meta.Get("name").Text, n.Line, "")
	switch kind {
	case "Middleware":
		at.Line, at.Field = spec.Line, "spec"
		r.middleware(spec, at)
	case "ServersTransport":
		t := &ServersTransport{named: at}
		t.read(spec)
		r.transports = append(r.transports, t)
	case "Service":
		r.kubernetesService(n, at)
	case "TraefikService":
		s := &Service{named: at}
		for _, one := range slices.Concat(spec.Get("weighted").Get("services").List, spec.Get("highestRandomWeight").Get("services").List,
			[]*Node{spec.Get("mirroring")}) {
			s.add(r, one, "spec")
		}
		for _, one := range spec.Get("mirroring").Get("mirrors").List {
			s.add(r, one, "spec.mirroring.mirrors")
		}
		r.addService(s)
	case "IngressRoute":
		for i, route := range spec.Get("routes").List {
			one := r.route(at, route, "spec.routes", "services")
			one.Rule, one.RuleAt = route.Get("match").Text, r.mark(route.Line, "spec.routes."+strconv.Itoa(i))
			for _, m := range route.Get("middlewares").List {
				one.Middlewares = append(one.Middlewares, r.object(m, "spec.routes.middlewares"))
			}
			one.entryPoints, one.secure = spec.Get("entryPoints").Texts(), given(spec.Get("tls"))
			for _, parent := range spec.Get("parentRefs").List {
				one.parents = append(one.parents, r.object(parent, "spec.parentRefs"))
			}
		}
	case "IngressRouteTCP":
		for _, route := range spec.Get("routes").List {
			r.streamRoutes = append(r.streamRoutes, r.newRoute(at, route, "spec.routes", "services"))
		}
	case "TCPRoute", "TLSRoute":
		for _, rule := range spec.Get("rules").List {
			r.streamRoutes = append(r.streamRoutes, r.newRoute(at, rule, "spec.rules", "backendRefs"))
		}
	case "Ingress":
		r.ingress(n, at)
	case "IngressClass":
		r.classes[at.Name] = spec.Get("controller").Text
	case "HTTPRoute", "GRPCRoute":
		r.gatewayRoute(at, spec)
	case "BackendTLSPolicy":
		r.tlsPolicy(spec)
	}
}

// route adds a router for the rule n, which sends to these services; key is what holds them in n.
func (r traefikReader) route(at named, n *Node, field, key string, to ...*Node) *Router {
	router := r.newRoute(at, n, field, key, to...)
	r.Routers = append(r.Routers, router)
	return router
}

// newRoute is a router that is not added; without services they are those at key. Its line is that of the rule, which is where a fault of
// the route belongs.
func (r traefikReader) newRoute(at named, n *Node, field, key string, to ...*Node) *Router {
	if to == nil {
		to = n.Get(key).List
	}
	at.Line, at.Field = n.Line, field
	s := &Service{named: at}
	for _, one := range to {
		s.add(r, one, field+"."+key)
	}
	return &Router{named: at, inline: []*Service{s}}
}

// object reads a reference with a name and perhaps a namespace.
func (r traefikReader) object(n *Node, field string) Reference {
	ref := refer(n.Get("name").Text, r.provider, r.mark(n.Line, field))
	ref.object = !strings.Contains(ref.text, "@")
	if ref.space = n.Get("namespace").Text; ref.space == "" {
		ref.space = r.space
	}
	return ref
}

// add takes a service that a route sends to. Its own object says what is behind the name, and is found
// by name, port and scheme, as kubernetesService names it: "acme/443/https".
func (s *Service) add(r traefikReader, to *Node, field string) {
	if to.Get("name").Text == "" {
		return
	}
	ref := r.object(to, field)
	if to.Get("kind").Text == "TraefikService" {
		s.children = append(s.children, ref)
		return
	}
	s.options(r, to, field)
	scheme := to.Get("scheme").Text
	if r.gateway {
		scheme = gatewayScheme
	}
	ref.name += "/" + portOf(to.Get("port")) + "/" + scheme
	s.children = append(s.children, ref)
}

// portOf is a port by its number or name: an Ingress has an object, a route a scalar.
func portOf(n *Node) string {
	for _, key := range []string{"number", "name"} {
		if text := n.Get(key).Text; text != "" {
			return text
		}
	}
	return n.Text
}

// kubernetesService makes a service for each port and scheme by which routes may ask for it. As Traefik
// does, it takes https for port 443 and for ports whose name begins with https, unless a scheme is
// given or annotated; routes of the Gateway API go by appProtocol. Only a service with an externalName has a host that is known here:
// others are pods.
func (r traefikReader) kubernetesService(n *Node, at named) {
	spec := n.Get("spec")
	host := withoutRoot(spec.Get("externalName").Text)
	const prefix = "traefik.ingress.kubernetes.io/service."
	annotations := n.Get("metadata").Get("annotations")
	annotated := annotations.Get(prefix + "serversscheme").Text
	for _, port := range spec.Get("ports").List {
		number, name := port.Get("port").Text, port.Get("name").Text
		for _, scheme := range []string{"", "http", "https", "h2c", gatewayScheme} {
			given := scheme
			if given == "" {
				given = annotated
			}
			secure := given == "https" || given == "" && (number == "443" || strings.HasPrefix(name, "https"))
			if scheme == gatewayScheme {
				secure = gatewaySecure(port)
			}
			for _, asked := range slices.Compact([]string{number, name}) {
				s := &Service{named: at}
				if scheme == gatewayScheme {
					s.object, s.port = at.Name, name
				}
				s.Name += "/" + asked + "/" + scheme
				one := Server{Mark: r.mark(spec.Line, "spec.externalName"), Plain: !secure}
				if host != "" && !strings.Contains(host, "{") {
					one.Host = host + ":" + number
				}
				pass := annotations.Get(prefix + "passhostheader")
				if pass.Text == "false" && scheme != gatewayScheme {
					where := r.mark(pass.Line, "metadata.annotations")
					s.PassHost = &where
				}
				s.Servers = []Server{one}
				r.addService(s)
			}
		}
	}
}
