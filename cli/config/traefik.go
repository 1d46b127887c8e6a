package config

import (
	"slices"
	"strings"
)

// Mark is a place in a file, and what is there.
type Mark struct {
	File  *File
	Line  int
	Field string
}

// Reference names a middleware, service or transport of Traefik's.
type Reference struct {
	Mark
	name     string
	provider string // empty: that of whoever refers
	space    string // the namespace, where one is named
}

// named is what references find.
type named struct {
	Mark
	Name, provider, space string
}

// Middleware is one of a router's, of any kind.
type Middleware struct {
	named
	Kind    string // as Traefik's documentation spells it, in lower case
	At      Mark   // of the options
	Options *Node
	Signer  *Binding
	chain   []Reference
}

// KindName is the kind as its documentation spells it.
func (m *Middleware) KindName() string {
	for _, name := range []string{"stripPrefix", "stripPrefixRegex", "addPrefix", "replacePath", "replacePathRegex",
		"basicAuth", "digestAuth", "forwardAuth"} {
		if strings.EqualFold(name, m.Kind) {
			return name
		}
	}
	return m.Kind
}

// Service is where a router sends to: servers of its own or other services.
type Service struct {
	named
	Servers   []Server
	children  []Reference
	PassHost  *Mark // of a passHostHeader that is false
	Transport *Reference
}

// Server is one address of a service.
type Server struct {
	Mark
	Host     string // with a port, if there is one; empty: not known
	Plain    bool   // http
	Prefixed bool   // its path is put before that of the request
}

// ServersTransport is a serversTransport.
type ServersTransport struct {
	named
	ServerName string
	Unverified bool
}

// Router is a rule with its middlewares and its service.
type Router struct {
	named
	Rule        string
	RuleAt      Mark
	Middlewares []Reference
	services    []Reference
	inline      []*Service
	entryPoints []string
}

// entryPoint has middlewares for all its routers.
type entryPoint struct {
	name        string
	middlewares []Reference
}

// Traefik is Traefik's configuration, from all files of a call.
type Traefik struct {
	Middlewares []*Middleware
	services    []*Service
	transports  []*ServersTransport
	Routers     []*Router
	entryPoints []entryPoint
	plugin      string
	Opened      int // chains and services that refer to others
	// What names refer to; those of Kubernetes may be written in several ways, and are compared.
	middlewareOf map[string]*Middleware
	serviceOf    map[string]*Service
}

// ReadTraefik reads the configuration in files that are parsed.
//
// plugin is what Traefik's static configuration calls the plugin.
func ReadTraefik(files []*File, plugin string) *Traefik {
	t := &Traefik{plugin: plugin, middlewareOf: make(map[string]*Middleware), serviceOf: make(map[string]*Service)}
	for _, f := range files {
		if f.Kind == KindCaddyfile {
			continue
		}
		for _, n := range f.Documents {
			r := traefikReader{Traefik: t, file: f, provider: fromFiles}
			if n.Get("apiVersion").Text != "" && n.Get("kind").Text != "" {
				r.provider = fromKubernetes
				r.manifest(n)
				r.flags(n)
				continue
			}
			r.dynamic(n.Fold("http"), "http")
			r.static(n)
			r.flags(n)
			r.provider = fromLabels
			r.labels(n)
		}
	}
	return t
}

// maxOpened bounds how far chains and services that refer to each other can expand a small file.
const maxOpened = 1 << 17

// labelProviders are those that read labels of containers.
var labelProviders = []string{"docker", "swarm", "ecs", "nomad", "consulcatalog"}

const (
	fromLabels     = "docker"
	fromFiles      = "file"
	fromKubernetes = "kubernetescrd"
)

func providerOf(name string) string {
	name = strings.ToLower(name)
	switch {
	case slices.Contains(labelProviders, name):
		return fromLabels
	case strings.HasPrefix(name, "kubernetes"):
		return fromKubernetes
	}
	return name
}

// refer reads a name such as acme or acme@file.
func refer(text, owner string, at Mark) Reference {
	name, provider, found := strings.Cut(strings.TrimSpace(text), "@")
	r := Reference{Mark: at, name: name, provider: providerOf(provider)}
	if !found {
		r.provider = owner
	}
	return r
}

// finds reports whether the reference is to n. A manifest without a namespace may be in any.
func (r Reference) finds(n named) bool {
	if r.provider != n.provider {
		return false
	}
	switch {
	case n.provider != fromKubernetes:
		return strings.EqualFold(r.name, n.Name)
	case r.space != "" && n.space != "" && r.space != n.space:
		return false
	}
	return r.name == n.Name || n.space != "" && r.name == n.space+"-"+n.Name || n.space == "" && strings.HasSuffix(r.name, "-"+n.Name)
}

// id is the same for all names that are one to Traefik.
func id(provider, name string) string { return provider + "\x00" + strings.ToLower(name) }

// middleware returns the one that is meant; nil: it is in none of the files.
func (t *Traefik) middleware(r Reference) *Middleware {
	if r.provider != fromKubernetes {
		return t.middlewareOf[id(r.provider, r.name)]
	}
	if i := slices.IndexFunc(t.Middlewares, func(m *Middleware) bool { return r.finds(m.named) }); i >= 0 {
		return t.Middlewares[i]
	}
	return nil
}

// service returns the one that is meant; nil: it is in none of the files.
func (t *Traefik) service(r Reference) *Service {
	if r.provider != fromKubernetes {
		return t.serviceOf[id(r.provider, r.name)]
	}
	if i := slices.IndexFunc(t.services, func(s *Service) bool { return r.finds(s.named) }); i >= 0 {
		return t.services[i]
	}
	return nil
}

func (t *Traefik) addMiddleware(m *Middleware) {
	t.Middlewares = append(t.Middlewares, m)
	if key := id(m.provider, m.Name); t.middlewareOf[key] == nil {
		t.middlewareOf[key] = m
	}
}

func (t *Traefik) addService(s *Service) {
	t.services = append(t.services, s)
	if key := id(s.provider, s.Name); t.serviceOf[key] == nil {
		t.serviceOf[key] = s
	}
}

// Link is a middleware where it comes in a router's chain; nil: it is in none of the files.
type Link struct {
	Mark
	*Middleware
}

// Links are a router's middlewares in their order, chains opened.
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
