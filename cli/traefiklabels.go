package cli

// labels reads the labels of every container below n.
func (r traefikReader) labels(n *node) {
	for _, e := range n.table {
		if !isLabels(e) {
			r.labels(e.value)
			continue
		}
		http := labelTree(e).fold("traefik").fold("http")
		before := len(r.traefikFiles.routers)
		r.dynamic(http, "traefik.http")
		r.container(http, r.traefikFiles.routers[before:], e.line)
	}
	for _, item := range n.list {
		r.labels(item)
	}
}

// container gives routers that name no service the one that Traefik does: that of the labels, or the container itself.
func (r traefikReader) container(http *node, routers []*router, line int) {
	services := http.fold("services").table
	for _, one := range routers {
		switch {
		case len(one.services) > 0 || len(services) > 1:
		case len(services) == 1:
			one.services = []reference{refer(services[0].key, fromLabels, one.mark)}
		default:
			s := &service{named: one.named}
			s.servers = []server{{mark: one.mark, plain: true}}
			one.inline = append(one.inline, s)
		}
	}
	for _, e := range services { // a service without a server is the container, too
		for _, s := range r.traefikFiles.services {
			if s.file == r.file && s.provider == fromLabels && s.line == e.line && len(s.servers)+len(s.children) == 0 {
				s.servers = []server{{mark: s.mark, plain: true}}
			}
		}
	}
}
