package config

import (
	"slices"
	"strings"

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

// Chain are all middlewares that a router's requests pass, those of its entry points first.
func (t *Traefik) Chain(r *Router) []Link {
	var refs []Reference
	for _, e := range t.entryPoints {
		if len(r.entryPoints) == 0 || slices.ContainsFunc(r.entryPoints, func(name string) bool { return strings.EqualFold(name, e.name) }) {
			refs = append(refs, e.middlewares...)
		}
	}
	return t.Links(append(refs, r.Middlewares...), 0)
}

// ErrorPages are the services with servers that a middleware errors asks for its pages. It asks them itself, past the router's middlewares.
func (t *Traefik) ErrorPages(m *Middleware) []*Service {
	n := m.Options.Fold("service")
	ref := refer(n.Text, m.provider, m.At)
	if n.Shape == Table { // in a manifest
		s := &Service{named: m.named}
		s.add(traefikReader{Traefik: t, file: m.File, provider: m.provider, space: m.space}, n, m.At.Field)
		all, _ := t.Leaves(&Router{inline: []*Service{s}})
		return all
	}
	all, _ := t.Leaves(&Router{services: []Reference{ref}})
	return all
}

// NearMiddleware is the name of a middleware of the same provider that is most likely meant by a reference to one that is in none of the
// files; empty: none is like it.
func (t *Traefik) NearMiddleware(l Link) string {
	var options []signers.Option
	for _, m := range t.Middlewares {
		if m.provider == l.Ref.provider && m.provider != fromKubernetes {
			options = append(options, signers.Option{Name: m.Name})
		}
	}
	if near, ok := signers.Nearest(options, l.Ref.name); ok {
		return near
	}
	return ""
}

// OtherCase reports whether a name of the file provider is written in another letter case than where it is defined.
func (l Link) OtherCase() bool {
	return l.Middleware != nil && l.provider == fromFiles && l.Ref.name != l.Name
}

// Called is the name in the reference.
func (r Reference) Called() string { return r.name }

// Leaves are the services with servers that a router ends at. Those that route to them say how they are asked. Without
// all of them in the files, not all is known.
func (t *Traefik) Leaves(r *Router) (all []*Service, known bool) {
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
				known = false
			}
		}
	}
	for _, s := range r.inline {
		visit(s, new(Service), 0)
	}
	visit(&Service{children: r.services}, new(Service), 0)
	return all, known
}

// AnyName is the server name of a transport that is in none of the files.
const AnyName = "*"

// ServerName returns the name that the service's servers must prove; empty: that of their url.
func (t *Traefik) ServerName(s *Service) (name string, unverified bool) {
	if s.Transport == nil {
		return "", false
	}
	for _, one := range t.transports {
		if s.Transport.finds(one.named) {
			return one.ServerName, one.Unverified
		}
	}
	return AnyName, false
}
