package config

import (
	"slices"
	"strconv"
	"strings"
)

// manifest reads an object of Kubernetes'.
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
		for _, one := range slices.Concat(spec.Get("weighted").Get("services").List, []*Node{spec.Get("mirroring")}) {
			s.add(r, one, "spec")
		}
		for _, one := range spec.Get("mirroring").Get("mirrors").List {
			s.children = append(s.children, r.object(one, "spec.mirroring.mirrors"))
		}
		r.addService(s)
	case "IngressRoute":
		for i, route := range spec.Get("routes").List {
			one := &Router{named: at, Rule: route.Get("match").Text, RuleAt: r.mark(route.Line, "spec.routes."+strconv.Itoa(i))}
			one.Line, one.Field = route.Line, "spec.routes"
			for _, m := range route.Get("middlewares").List {
				one.Middlewares = append(one.Middlewares, r.object(m, "spec.routes.middlewares"))
			}
			for _, name := range spec.Get("entryPoints").List {
				one.entryPoints = append(one.entryPoints, name.Text)
			}
			s := &Service{named: one.named}
			for _, to := range route.Get("services").List {
				s.add(r, to, "spec.routes.services")
			}
			one.inline = []*Service{s}
			r.Routers = append(r.Routers, one)
		}
	case "Ingress":
		r.ingress(n, at)
	case "HTTPRoute":
		for _, rule := range spec.Get("rules").List {
			one := &Router{named: at}
			one.Line, one.Field = rule.Line, "spec.rules"
			for _, filter := range rule.Get("filters").List {
				if m := filter.Get("extensionRef"); m.Get("kind").Text == "Middleware" {
					one.Middlewares = append(one.Middlewares, r.object(m, "spec.rules.filters"))
				}
			}
			s := &Service{named: one.named}
			for _, to := range rule.Get("backendRefs").List {
				s.add(r, to, "spec.rules.backendRefs")
			}
			one.inline = []*Service{s}
			r.Routers = append(r.Routers, one)
		}
	}
}

// object reads a reference with a name and perhaps a namespace.
func (r traefikReader) object(n *Node, field string) Reference {
	ref := refer(n.Get("name").Text, r.provider, r.mark(n.Line, field))
	if ref.space = n.Get("namespace").Text; ref.space == "" {
		ref.space = r.space
	}
	return ref
}

// add takes a service that a route sends to. Its own object says what is behind the name.
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
	ref.name += "/" + portOf(to.Get("port")) + "/" + to.Get("scheme").Text
	s.children = append(s.children, ref)
}

func portOf(n *Node) string {
	for _, key := range []string{"number", "name"} {
		if text := n.Get(key).Text; text != "" {
			return text
		}
	}
	return n.Text
}

// kubernetesService makes a service for each port and scheme by which routes may ask for it.
func (r traefikReader) kubernetesService(n *Node, at named) {
	spec := n.Get("spec")
	host := spec.Get("externalName").Text
	const prefix = "traefik.ingress.kubernetes.io/service."
	annotations := n.Get("metadata").Get("annotations")
	annotated := annotations.Get(prefix + "serversscheme").Text
	for _, port := range spec.Get("ports").List {
		number, name := port.Get("port").Text, port.Get("name").Text
		for _, scheme := range []string{"", "http", "https", "h2c"} {
			given := scheme
			if given == "" {
				given = annotated
			}
			secure := given == "https" || given == "" && (number == "443" || strings.HasPrefix(name, "https"))
			for _, asked := range slices.Compact([]string{number, name}) {
				s := &Service{named: at}
				s.Name += "/" + asked + "/" + scheme
				one := Server{Mark: r.mark(spec.Line, "spec.externalName"), Plain: !secure}
				if host != "" && !strings.Contains(host, "{") {
					one.Host = host + ":" + number
				}
				if pass := annotations.Get(prefix + "passhostheader"); pass.Text == "false" {
					where := r.mark(pass.Line, "metadata.annotations")
					s.PassHost = &where
				}
				s.Servers = []Server{one}
				r.addService(s)
			}
		}
	}
}

func (r traefikReader) ingress(n *Node, at named) {
	const annotation = "traefik.ingress.kubernetes.io/router.middlewares"
	list := n.Get("metadata").Get("annotations").Get(annotation)
	middlewares := r.references(list, "metadata.annotations."+annotation)
	backends := []*Node{n.Get("spec").Get("defaultBackend")}
	for _, rule := range n.Get("spec").Get("rules").List {
		for _, path := range rule.Get("http").Get("paths").List {
			backends = append(backends, path.Get("backend"))
		}
	}
	for _, backend := range backends {
		to := backend.Get("service")
		if to.Shape != Table {
			continue
		}
		one := &Router{named: at, Middlewares: middlewares}
		one.Line, one.Field = to.Line, "spec.rules"
		s := &Service{named: one.named}
		s.add(r, to, "spec.rules.backend.service")
		one.inline = []*Service{s}
		r.Routers = append(r.Routers, one)
	}
}
