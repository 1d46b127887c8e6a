package cli

import (
	"slices"
	"strconv"
	"strings"
)

// manifest reads an object of Kubernetes'.
func (r traefikReader) manifest(n *node) {
	kind, spec, meta := n.get("kind").text, n.get("spec"), n.get("metadata")
	if strings.HasSuffix(kind, "List") {
		for _, item := range n.get("items").list {
			r.manifest(item)
		}
		return
	}
	r.space = meta.get("namespace").text
	at := r.named(meta.get("name").text, n.line, "")
	switch kind {
	case "Middleware":
		at.line, at.field = spec.line, "spec"
		r.middleware(spec, at)
	case "ServersTransport":
		t := &transport{named: at}
		t.read(spec)
		r.transports = append(r.transports, t)
	case "Service":
		r.kubernetesService(n, at)
	case "TraefikService":
		s := &service{named: at}
		for _, one := range slices.Concat(spec.get("weighted").get("services").list, []*node{spec.get("mirroring")}) {
			s.add(r, one, "spec")
		}
		for _, one := range spec.get("mirroring").get("mirrors").list {
			s.children = append(s.children, r.object(one, "spec.mirroring.mirrors"))
		}
		r.addService(s)
	case "IngressRoute":
		for i, route := range spec.get("routes").list {
			one := &router{named: at, rule: route.get("match").text, ruleAt: r.mark(route.line, "spec.routes."+strconv.Itoa(i))}
			one.line, one.field = route.line, "spec.routes"
			for _, m := range route.get("middlewares").list {
				one.middlewares = append(one.middlewares, r.object(m, "spec.routes.middlewares"))
			}
			for _, name := range spec.get("entryPoints").list {
				one.entryPoints = append(one.entryPoints, name.text)
			}
			s := &service{named: one.named}
			for _, to := range route.get("services").list {
				s.add(r, to, "spec.routes.services")
			}
			one.inline = []*service{s}
			r.routers = append(r.routers, one)
		}
	case "Ingress":
		r.ingress(n, at)
	case "HTTPRoute":
		for _, rule := range spec.get("rules").list {
			one := &router{named: at}
			one.line, one.field = rule.line, "spec.rules"
			for _, filter := range rule.get("filters").list {
				if m := filter.get("extensionRef"); m.get("kind").text == "Middleware" {
					one.middlewares = append(one.middlewares, r.object(m, "spec.rules.filters"))
				}
			}
			s := &service{named: one.named}
			for _, to := range rule.get("backendRefs").list {
				s.add(r, to, "spec.rules.backendRefs")
			}
			one.inline = []*service{s}
			r.routers = append(r.routers, one)
		}
	}
}

// object reads a reference with a name and perhaps a namespace.
func (r traefikReader) object(n *node, field string) reference {
	ref := refer(n.get("name").text, r.provider, r.mark(n.line, field))
	if ref.space = n.get("namespace").text; ref.space == "" {
		ref.space = r.space
	}
	return ref
}

// add takes a service that a route sends to. Its own object says what is behind the name.
func (s *service) add(r traefikReader, to *node, field string) {
	if to.get("name").text == "" {
		return
	}
	ref := r.object(to, field)
	if to.get("kind").text == "TraefikService" {
		s.children = append(s.children, ref)
		return
	}
	s.options(r, to, field)
	ref.name += "/" + portOf(to.get("port")) + "/" + to.get("scheme").text
	s.children = append(s.children, ref)
}

func portOf(n *node) string {
	for _, key := range []string{"number", "name"} {
		if text := n.get(key).text; text != "" {
			return text
		}
	}
	return n.text
}

// kubernetesService makes a service for each port and scheme by which routes may ask for it.
func (r traefikReader) kubernetesService(n *node, at named) {
	spec := n.get("spec")
	host := spec.get("externalName").text
	const prefix = "traefik.ingress.kubernetes.io/service."
	annotations := n.get("metadata").get("annotations")
	annotated := annotations.get(prefix + "serversscheme").text
	for _, port := range spec.get("ports").list {
		number, name := port.get("port").text, port.get("name").text
		for _, scheme := range []string{"", "http", "https", "h2c"} {
			given := scheme
			if given == "" {
				given = annotated
			}
			secure := given == "https" || given == "" && (number == "443" || strings.HasPrefix(name, "https"))
			for _, asked := range slices.Compact([]string{number, name}) {
				s := &service{named: at}
				s.name += "/" + asked + "/" + scheme
				one := server{mark: r.mark(spec.line, "spec.externalName"), plain: !secure}
				if host != "" && !strings.Contains(host, "{") {
					one.host = host + ":" + number
				}
				if pass := annotations.get(prefix + "passhostheader"); pass.text == "false" {
					where := r.mark(pass.line, "metadata.annotations")
					s.passHost = &where
				}
				s.servers = []server{one}
				r.addService(s)
			}
		}
	}
}

func (r traefikReader) ingress(n *node, at named) {
	const annotation = "traefik.ingress.kubernetes.io/router.middlewares"
	list := n.get("metadata").get("annotations").get(annotation)
	middlewares := r.references(list, "metadata.annotations."+annotation)
	backends := []*node{n.get("spec").get("defaultBackend")}
	for _, rule := range n.get("spec").get("rules").list {
		for _, path := range rule.get("http").get("paths").list {
			backends = append(backends, path.get("backend"))
		}
	}
	for _, backend := range backends {
		to := backend.get("service")
		if to.shape != isTable {
			continue
		}
		one := &router{named: at, middlewares: middlewares}
		one.line, one.field = to.line, "spec.rules"
		s := &service{named: one.named}
		s.add(r, to, "spec.rules.backend.service")
		one.inline = []*service{s}
		r.routers = append(r.routers, one)
	}
}
