package config

import "strconv"

// labels reads the labels of every container below n. Labels of several containers are one
// configuration to Traefik, but a service without a name is that of its own container.
func (r traefikReader) labels(n *Node) {
	for _, e := range n.Table {
		if !isLabels(e) {
			r.labels(e.Value)
			continue
		}
		tree := labelTree(e).Fold("traefik")
		if enabled, err := strconv.ParseBool(tree.Fold("enable").Text); err == nil && !enabled {
			continue // Traefik does not read the container
		}
		http := tree.Fold("http")
		before := len(r.Traefik.Routers)
		r.dynamic(http, "traefik.http")
		r.container(http, r.Traefik.Routers[before:])
	}
	for _, item := range n.List {
		r.labels(item)
	}
}

// container gives routers that name no service the one that Traefik does: that of the labels, or the container itself.
func (r traefikReader) container(http *Node, routers []*Router) {
	services := http.Fold("services").Table
	// Without a router Traefik makes one by its defaultRule, with no middlewares: BuildRouterConfiguration. One to the container itself
	// is left out, as every container has it.
	if len(routers) == 0 && len(services) == 1 {
		at := r.named(services[0].Key, services[0].Line, services[0].Field)
		to := refer(at.Name, fromLabels, at.Mark)
		r.Routers = append(r.Routers, &Router{named: at, RuleAt: at.Mark, Default: true, services: []Reference{to}})
	}
	for _, one := range routers {
		// Traefik's Docker provider: a router without a service gets the only one of the container's labels, or one
		// for the container itself; with several it has to name one.
		switch {
		case len(one.services) > 0:
		case len(services) > 1:
			one.Undecided = true
		case len(services) == 1:
			one.services = []Reference{refer(services[0].Key, fromLabels, one.Mark)}
		default:
			s := &Service{named: one.named}
			s.Servers = []Server{{Mark: one.Mark, Plain: true}}
			one.inline = append(one.inline, s)
		}
	}
	for _, e := range services { // a service without a server is the container, too
		for _, s := range r.Traefik.services {
			if s.File == r.file && s.provider == fromLabels && s.Line == e.Line && len(s.Servers)+len(s.children) == 0 {
				s.Servers = []Server{{Mark: s.Mark, Plain: true}}
			}
		}
	}
}
