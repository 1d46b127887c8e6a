package cli

import (
	"slices"
	"strings"
)

// mark is a place in a file, and what is there.
type mark struct {
	file  *configFile
	line  int
	field string
}

// reference names a middleware, service or transport of Traefik's.
type reference struct {
	mark
	name     string
	provider string // empty: that of whoever refers
	space    string // the namespace, where one is named
}

// named is what references find.
type named struct {
	mark
	name, provider, space string
}

// middleware is one of a router's, of any kind.
type middleware struct {
	named
	kind    string // as Traefik's documentation spells it, in lower case
	at      mark   // of the options
	options *node
	signer  *binding
	chain   []reference
}

// service is where a router sends to: servers of its own or other services.
type service struct {
	named
	servers   []server
	children  []reference
	passHost  *mark // of a passHostHeader that is false
	transport *reference
}

// server is one address of a service.
type server struct {
	mark
	host     string // with a port, if there is one; empty: not known
	plain    bool   // http
	prefixed bool   // its path is put before that of the request
}

// transport is a serversTransport.
type transport struct {
	named
	serverName string
	unverified bool
}

// router is a rule with its middlewares and its service.
type router struct {
	named
	rule        string
	ruleAt      mark
	middlewares []reference
	services    []reference
	inline      []*service
	entryPoints []string
}

// entryPoint has middlewares for all its routers.
type entryPoint struct {
	name        string
	middlewares []reference
}

// traefikFiles is Traefik's configuration, from all files of a call.
type traefikFiles struct {
	middlewares []*middleware
	services    []*service
	transports  []*transport
	routers     []*router
	entryPoints []entryPoint
	opened      int // chains and services that refer to others
	// What names stand for; those of Kubernetes may be written in several ways, and are compared.
	middlewareOf map[string]*middleware
	serviceOf    map[string]*service
}

// readTraefik reads the configuration in files that are parsed.
func readTraefik(files []*configFile) *traefikFiles {
	t := &traefikFiles{middlewareOf: make(map[string]*middleware), serviceOf: make(map[string]*service)}
	for _, f := range files {
		if f.kind == kindCaddyfile {
			continue
		}
		for _, n := range f.documents {
			r := traefikReader{traefikFiles: t, file: f, provider: fromFiles}
			if n.get("apiVersion").text != "" && n.get("kind").text != "" {
				r.provider = fromKubernetes
				r.manifest(n)
				r.flags(n)
				continue
			}
			r.dynamic(n.fold("http"), "http")
			r.static(n)
			r.flags(n)
			r.provider = fromLabels
			r.labels(n)
		}
	}
	return t
}

// maxOpened bounds what chains and services that refer to each other make of a small file.
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

// refer reads a name such as duo or duo@file.
func refer(text, owner string, at mark) reference {
	name, provider, found := strings.Cut(strings.TrimSpace(text), "@")
	r := reference{mark: at, name: name, provider: providerOf(provider)}
	if !found {
		r.provider = owner
	}
	return r
}

// finds reports whether the reference is to n. A manifest without a namespace may be in any.
func (r reference) finds(n named) bool {
	if r.provider != n.provider {
		return false
	}
	switch {
	case n.provider != fromKubernetes:
		return strings.EqualFold(r.name, n.name)
	case r.space != "" && n.space != "" && r.space != n.space:
		return false
	}
	return r.name == n.name || n.space != "" && r.name == n.space+"-"+n.name || n.space == "" && strings.HasSuffix(r.name, "-"+n.name)
}

// id is the same for all names that are one to Traefik.
func id(provider, name string) string { return provider + "\x00" + strings.ToLower(name) }

// middleware returns the one that is meant; nil: it is in none of the files.
func (t *traefikFiles) middleware(r reference) *middleware {
	if r.provider != fromKubernetes {
		return t.middlewareOf[id(r.provider, r.name)]
	}
	if i := slices.IndexFunc(t.middlewares, func(m *middleware) bool { return r.finds(m.named) }); i >= 0 {
		return t.middlewares[i]
	}
	return nil
}

// service returns the one that is meant; nil: it is in none of the files.
func (t *traefikFiles) service(r reference) *service {
	if r.provider != fromKubernetes {
		return t.serviceOf[id(r.provider, r.name)]
	}
	if i := slices.IndexFunc(t.services, func(s *service) bool { return r.finds(s.named) }); i >= 0 {
		return t.services[i]
	}
	return nil
}

func (t *traefikFiles) addMiddleware(m *middleware) {
	t.middlewares = append(t.middlewares, m)
	if key := id(m.provider, m.name); t.middlewareOf[key] == nil {
		t.middlewareOf[key] = m
	}
}

func (t *traefikFiles) addService(s *service) {
	t.services = append(t.services, s)
	if key := id(s.provider, s.name); t.serviceOf[key] == nil {
		t.serviceOf[key] = s
	}
}

// link is a middleware where it comes in a router's chain; nil: it is in none of the files.
type link struct {
	mark
	*middleware
}

// links are a router's middlewares in their order, chains opened.
func (t *traefikFiles) links(refs []reference, depth int) (all []link) {
	for _, ref := range refs {
		m := t.middleware(ref)
		if t.opened++; m != nil && m.kind == "chain" && depth < 20 && t.opened < maxOpened {
			all = append(all, t.links(m.chain, depth+1)...)
			continue
		}
		all = append(all, link{ref.mark, m})
	}
	return all
}

// chain are all middlewares that a router's requests come by, those of its entry points first.
func (t *traefikFiles) chain(r *router) []link {
	var refs []reference
	for _, e := range t.entryPoints {
		if len(r.entryPoints) == 0 || slices.ContainsFunc(r.entryPoints, func(name string) bool { return strings.EqualFold(name, e.name) }) {
			refs = append(refs, e.middlewares...)
		}
	}
	return t.links(append(refs, r.middlewares...), 0)
}

// leaves are the services with servers that a router ends at. Those that route to them say how they are asked. Without
// all of them in the files, not all is known.
func (t *traefikFiles) leaves(r *router) (all []*service, known bool) {
	known = true
	var visit func(s, above *service, depth int)
	visit = func(s, above *service, depth int) {
		own := *s
		if own.passHost == nil {
			own.passHost = above.passHost
		}
		if own.transport == nil {
			own.transport = above.transport
		}
		if len(s.servers) > 0 {
			all = append(all, &own)
		}
		for _, ref := range s.children {
			if t.opened++; depth >= 20 || t.opened >= maxOpened {
				known = false
			} else if child := t.service(ref); child != nil {
				visit(child, &own, depth+1)
			} else {
				known = false
			}
		}
	}
	for _, s := range r.inline {
		visit(s, new(service), 0)
	}
	visit(&service{children: r.services}, new(service), 0)
	return all, known
}
