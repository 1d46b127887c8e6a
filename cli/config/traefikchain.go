package config

import (
	"cmp"
	"slices"

	"github.com/vendorsign/vendorsign/signers"
)

// Link is a middleware where it comes in a router's chain; nil: it is in none of the files.
type Link struct {
	Mark
	*Middleware
	Ref Reference
}

// Links are a router's middlewares in their order, chains opened. Chains may contain each other: the
// depth is bounded, and so is the number of references that one call opens.
func (t *Traefik) Links(refs []Reference, depth int) (all []Link) {
	for _, ref := range refs {
		m := t.middleware(ref)
		if t.Opened++; m != nil && m.Kind == "chain" && depth < 20 && t.Opened < maxOpened {
			all = append(all, t.Links(m.chain, depth+1)...)
			continue
		}
		all = append(all, Link{ref.Mark, m, ref})
	}
	return all
}

// Chains are all middlewares that a router's requests pass, those of its entry point first. A router has one chain for each of its entry
// points, and one below others for each of them.
func (t *Traefik) Chains(r *Router) (all [][]Link) {
	for _, refs := range t.ways(r, 0) {
		all = append(all, t.Links(refs, 0))
	}
	return all
}

// ways are the references to the middlewares in front of a router's services, one list for each of its parents.
func (t *Traefik) ways(r *Router, depth int) (all [][]Reference) {
	for _, ref := range r.parents {
		for _, parent := range t.Routers {
			if t.Opened++; parent == r || !ref.finds(parent.named) || depth >= 20 || t.Opened >= maxOpened {
				continue
			}
			for _, way := range t.ways(parent, depth+1) {
				all = append(all, append(slices.Clone(way), r.Middlewares...))
			}
		}
	}
	if all != nil {
		return all
	}
	for _, refs := range t.entries(r) {
		all = append(all, append(slices.Clone(refs), r.Middlewares...))
	}
	return all
}

// Loops reports whether a chain contains itself, which Traefik refuses.
func (t *Traefik) Loops(m *Middleware) bool {
	seen := make(map[*Middleware]bool)
	var visit func(of *Middleware) bool
	visit = func(of *Middleware) bool {
		for _, ref := range of.chain {
			inner := t.middleware(ref)
			if inner == m && m.Kind == "chain" {
				return true
			}
			if t.Opened++; inner == nil || seen[inner] || t.Opened >= maxOpened {
				continue
			}
			seen[inner] = true
			if visit(inner) {
				return true
			}
		}
		return false
	}
	return visit(m)
}

// ErrorPages are the services with servers that a middleware errors asks for its pages. It asks them itself, past the router's middlewares.
func (t *Traefik) ErrorPages(m *Middleware) []*Service {
	n := m.Options.Fold("service")
	ref := refer(n.Text, m.provider, m.At)
	if n.Shape == Table { // in a manifest
		s := &Service{named: m.named}
		s.add(traefikReader{Traefik: t, file: m.File, provider: m.provider, space: m.space}, n, m.At.Field)
		all, _, _ := t.Leaves(&Router{inline: []*Service{s}})
		return all
	}
	all, _, _ := t.Leaves(&Router{services: []Reference{ref}})
	return all
}

// NearMiddleware is the name of a middleware of the same provider that is most likely meant by a reference to one that is in none of the
// files; empty: none is like it.
func (t *Traefik) NearMiddleware(l Link) string {
	var options []signers.Option
	// One of a manifest has its namespace before its name where it is no object that refers to it.
	if l.Ref.provider == fromKubernetes || l.Ref.provider == ofIngresses {
		for _, m := range t.Middlewares {
			if full := cmp.Or(m.space, "default") + "-" + m.Name; m.provider == fromKubernetes && !l.Ref.object &&
				(l.Ref.name == m.Name || l.Ref.name == full) {
				return full + "@" + fromKubernetes
			}
		}
		return ""
	}
	// The same name of another provider needs that provider's name behind it.
	for _, other := range []string{fromFiles, fromLabels} {
		if other != l.Ref.provider && t.middlewareOf[id(other, l.Ref.name)] != nil {
			return t.middlewareOf[id(other, l.Ref.name)].Name + "@" + other
		}
	}
	for _, m := range t.Middlewares {
		if m.provider == l.Ref.provider {
			options = append(options, signers.Option{Name: m.Name})
		}
	}
	if near, ok := signers.Nearest(options, l.Ref.name); ok {
		return near
	}
	return ""
}

// OtherCase reports whether a name of a file or of labels is written in a different letter case than where it is defined.
func (l Link) OtherCase() bool {
	return l.Middleware != nil && l.provider != fromKubernetes && l.Ref.name != l.Name
}

// Leaves are the services with servers that a router ends at. Those that route to them say how they are asked. unknown are references
// to services that are in none of the files; known is whether all is known.
func (t *Traefik) Leaves(r *Router) (all []*Service, unknown []Reference, known bool) {
	known = true
	var visit func(s, above *Service, depth int)
	visit = func(s, above *Service, depth int) {
		own := *s
		if own.PassHost == nil {
			own.PassHost = above.PassHost
		}
		if own.Transport == nil {
			own.Transport = above.Transport
		}
		if len(s.Servers) > 0 {
			all = append(all, &own)
		}
		for _, ref := range s.children {
			if t.Opened++; depth >= 20 || t.Opened >= maxOpened {
				known = false
			} else if child := t.service(ref); child != nil {
				visit(child, &own, depth+1)
			} else {
				known, unknown = false, append(unknown, ref)
			}
		}
	}
	for _, s := range r.inline {
		visit(s, new(Service), 0)
	}
	visit(&Service{children: r.services}, new(Service), 0)
	return all, unknown, known
}

// AnyName is the server name of a transport that is in none of the files.
const AnyName = "*"

// NoTransport reports whether the transport of a service is in none of the files.
func (t *Traefik) NoTransport(s *Service) bool {
	return s.Transport != nil && !slices.ContainsFunc(t.transports, func(one *ServersTransport) bool { return s.Transport.finds(one.named) })
}

// ServerName returns the name that the service's servers must prove; empty: that of their url. unverified is where the service's transport
// comes from, if that verifies no certificate.
func (t *Traefik) ServerName(s *Service) (name string, unverified *Mark) {
	if s.Transport == nil {
		return "", t.Unverified
	}
	for _, one := range t.transports {
		if s.Transport.finds(one.named) {
			if one.Unverified {
				unverified = &s.Transport.Mark
			}
			return one.ServerName, unverified
		}
	}
	return AnyName, nil
}

// Streams are the servers of TCP services, those of routes in manifests at the place of the route.
func (t *Traefik) Streams() []Server {
	all := slices.Clone(t.streams)
	for _, r := range t.streamRoutes {
		leaves, _, _ := t.Leaves(r)
		for _, l := range leaves {
			for _, s := range l.Servers {
				all = append(all, Server{Mark: r.Mark, Host: s.Host})
			}
		}
	}
	return all
}
