package config

import (
	"slices"
	"strings"
)

// Link is a middleware where it comes in a router's chain; nil: it is in none of the files.
type Link struct {
	Mark
	*Middleware
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
		all = append(all, Link{ref.Mark, m})
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

// Leaves are the services with servers that a router ends at. Those that route to them say how they are
// asked. known is false if one of them is in none of the files.
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
