package config

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Mark is a place in a file, and what is there.
type Mark struct {
	File  *File
	Line  int
	Field string
}

// named is what references find: a name within a provider and, for Kubernetes, a namespace.
type named struct {
	Mark
	Name, provider, space string
}

// Middleware is one of a router's, of any kind.
type Middleware struct {
	named
	// As Traefik's documentation spells it, in lower case.
	Kind    string
	At      Mark // of the options
	Options *Node
	// What ours says. nil: it is no signer.
	Signer *Binding
	// The middlewares of a chain.
	chain []Reference
	// It is one of several in one, which Traefik refuses.
	Several bool
}

// KindName is the kind as its documentation spells it.
func (m *Middleware) KindName() string {
	for _, name := range []string{"stripPrefix", "stripPrefixRegex", "addPrefix", "replacePath", "replacePathRegex",
		"basicAuth", "digestAuth", "forwardAuth", "grpcWeb", "passTLSClientCert", "circuitBreaker", "requestHeaderModifier", "urlRewrite"} {
		if strings.EqualFold(name, m.Kind) {
			return name
		}
	}
	return m.Kind
}

// ChangesPath reports whether it changes the path, or the query.
func (m *Middleware) ChangesPath() bool {
	switch m.Kind {
	case "stripprefix", "stripprefixregex", "addprefix", "replacepath", "replacepathregex":
		return true
	case "urlrewrite":
		return m.Options.Get("path").Shape == Table
	}
	return false
}

// RequestHeaders are the headers that it sets in requests, or removes: those have an empty value.
func (m *Middleware) RequestHeaders() []Entry {
	switch m.Kind {
	case "headers":
		return m.Options.Fold("customRequestHeaders").Table
	case "requestheadermodifier":
		return modified(m.Options)
	case "urlrewrite":
		if host := m.Options.Get("hostname"); host.Text != "" {
			return []Entry{{Key: "Host", Line: host.Line, Value: host}}
		}
	}
	return nil
}

// Service is where a router sends to: servers of its own or other services.
type Service struct {
	named
	Servers  []Server
	children []Reference
	// The place of a passHostHeader that is false: then the vendor gets the server's name as Host.
	PassHost  *Mark
	Transport *Reference
	// The place of a healthCheck, whose requests pass no middleware.
	HealthCheck *Mark
	// For routes of the Gateway API: the Service's own name, and its port's.
	object, port string
}

// Server is one address of a service.
type Server struct {
	Mark
	// With a port, if there is one. Empty: not known, such as of a container.
	Host string
	// Its url has no scheme.
	Bare bool
	// It is spoken to over http.
	Plain bool
	// Its path is put before that of the request, behind the signer.
	Prefixed bool
}

// ServersTransport is how Traefik speaks to servers: which name they must prove, and whether they must.
type ServersTransport struct {
	named
	ServerName string
	Unverified bool
}

// Router is a rule with its middlewares and its service. inline are services that have no name of their
// own.
type Router struct {
	named
	Rule        string
	RuleAt      Mark
	Middlewares []Reference
	services    []Reference
	inline      []*Service
	entryPoints []string
	// It takes requests over TLS.
	secure bool
	// The class of an Ingress, and where it names middlewares that Traefik does not read because of its class.
	class  string
	Unread *Mark
	// Routers whose middlewares come before its own, as Traefik 3.6 has them.
	parents []Reference
	// Traefik makes it, for a container that has none.
	Default bool
	// It names none of the container's several services, so that Traefik drops it.
	Undecided bool
	// Keys that Traefik does not know, and what they are most likely meant to be.
	Misspelt []Misspelling
}

// Misspelling is a key that is nearly a known one.
type Misspelling struct {
	Mark
	Key, Near string
}

// routerKeys are those of a router.
var routerKeys = []signers.Option{{Name: "entryPoints"}, {Name: "middlewares"}, {Name: "service"}, {Name: "rule"}, {Name: "parentRefs"},
	{Name: "ruleSyntax"}, {Name: "priority"}, {Name: "tls"}, {Name: "observability"}}

// Traefik is Traefik's configuration, from all files of a call: a router in one may use a middleware of
// another.
type Traefik struct {
	Middlewares []*Middleware
	services    []*Service
	transports  []*ServersTransport
	policies    []tlsPolicy
	classes     map[string]string // controllers, by the name of the IngressClass
	Routers     []*Router
	entryPoints []*entryPoint
	// The servers of TCP services, which no middleware for HTTP is in front of, and routes to such.
	streams      []Server
	streamRoutes []*Router
	// FastProxies are where experimental.fastProxy is turned on.
	FastProxies []Mark
	// Exposed is what Traefik's traces and metrics show of requests as they are sent.
	Exposed []Exposed
	// FullLogs are where the log's level is TRACE.
	FullLogs []Mark
	// Unverified is where the transport of services that name none verifies no certificate; nil: it does.
	Unverified *Mark
	plugin     string
	Opened     int // chains and services that refer to others
	// What names refer to; those of Kubernetes may be written in several ways, and are compared.
	middlewareOf map[string]*Middleware
	serviceOf    map[string]*Service
}

// IsPlugin reports whether kind is not one of a middleware but what the static configuration calls the plugin, as in
// middlewares.NAME.vendorsign where plugin was left out.
func (t *Traefik) IsPlugin(kind string) bool { return strings.EqualFold(kind, t.plugin) }

// ReadTraefik reads the configuration in files that are parsed. A document may be dynamic and static
// configuration and have labels at once; each reader takes what it knows.
//
// plugin is what Traefik's static configuration calls the plugin.
func ReadTraefik(files []*File, plugin string) *Traefik {
	t := &Traefik{plugin: plugin, middlewareOf: make(map[string]*Middleware), serviceOf: make(map[string]*Service),
		classes: make(map[string]string)}
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
			r.streams(n.Fold("tcp"))
			r.static(n)
			r.flags(n)
			r.provider = fromLabels
			r.labels(n)
		}
	}
	t.applyPolicies()
	t.applyClasses()
	return t
}

// maxOpened bounds how far chains and services that refer to each other can expand a small file.
const maxOpened = 1 << 17

// middleware returns the one that is meant; nil: it is in none of the files.
func (t *Traefik) middleware(r Reference) *Middleware {
	if r.inline != nil {
		return r.inline
	}
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

// addMiddleware adds one. Of several with one name, references find the first.
func (t *Traefik) addMiddleware(m *Middleware) {
	t.Middlewares = append(t.Middlewares, m)
	if key := id(m.provider, m.Name); t.middlewareOf[key] == nil {
		t.middlewareOf[key] = m
	}
}

// addService adds one, likewise.
func (t *Traefik) addService(s *Service) {
	t.services = append(t.services, s)
	if key := id(s.provider, s.Name); t.serviceOf[key] == nil {
		t.serviceOf[key] = s
	}
}
