package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// traefikReader is where a part of a configuration comes from. It is passed by value: a namespace that
// a manifest sets does not leak into the next.
type traefikReader struct {
	*Traefik
	file     *File
	provider string
	space    string
	// gateway: what is read is a route of the Gateway API.
	gateway bool
}

// mark is a place in the file that is read.
func (r traefikReader) mark(line int, field string) Mark { return Mark{r.file, line, field} }

// named is a name of the provider and namespace that are read.
func (r traefikReader) named(name string, line int, field string) named {
	return named{r.mark(line, field), name, r.provider, r.space}
}

// references reads a list of names, or one text with commas, as labels and annotations have it. Each
// knows its line, since a fault may be about one name.
func (r traefikReader) references(n *Node, field string) (all []Reference) {
	for _, word := range n.Words() {
		if word.Text != "" {
			all = append(all, refer(word.Text, r.provider, r.mark(word.Line, field)))
		}
	}
	return all
}

// dynamic reads the section http of a dynamic configuration.
func (r traefikReader) dynamic(http *Node, field string) {
	for _, e := range http.Fold("middlewares").Table {
		r.middleware(e.Value, r.named(e.Key, e.Line, Join(field, "middlewares."+e.Key)))
	}
	for _, e := range http.Fold("serversTransports").Table {
		t := &ServersTransport{named: r.named(e.Key, e.Line, Join(field, "serversTransports."+e.Key))}
		t.read(e.Value)
		r.transports = append(r.transports, t)
	}
	for _, e := range http.Fold("services").Table {
		r.addService(r.service(e.Value, r.named(e.Key, e.Line, Join(field, "services."+e.Key))))
	}
	for _, e := range http.Fold("routers").Table {
		at := Join(field, "routers."+e.Key)
		one := &Router{named: r.named(e.Key, e.Line, at), Middlewares: r.references(e.Value.Fold("middlewares"), at+".middlewares")}
		rule := e.Value.FoldEntry("rule")
		if one.Rule, one.RuleAt = rule.Value.Text, one.Mark; rule.Field != "" { // a label
			one.RuleAt = r.mark(rule.Line, rule.Field)
		}
		if s := e.Value.Fold("service"); s.Text != "" {
			one.services = []Reference{refer(s.Text, r.provider, r.mark(s.Line, at+".service"))}
		}
		for _, name := range e.Value.Fold("entryPoints").Words() {
			one.entryPoints = append(one.entryPoints, name.Text)
		}
		for _, k := range e.Value.Table {
			near, ok := signers.Nearest(routerKeys, k.Key)
			if ok && !strings.EqualFold(near, k.Key) {
				one.Misspelt = append(one.Misspelt, Misspelling{r.mark(k.Line, at), k.Key, near})
			}
		}
		one.secure = given(e.Value.Fold("tls"))
		one.parents = r.references(e.Value.Fold("parentRefs"), at+".parentRefs")
		r.Routers = append(r.Routers, one)
	}
}

// streams reads the section tcp of a dynamic configuration. Labels can only name ports of their own container.
func (r traefikReader) streams(tcp *Node) {
	for _, e := range tcp.Fold("services").Table {
		for i, server := range e.Value.Fold("loadBalancer").Fold("servers").List {
			at := Join("tcp.services."+e.Key, "loadBalancer.servers."+strconv.Itoa(i)+".address")
			address := server.Fold("address")
			r.Traefik.streams = append(r.Traefik.streams, Server{Mark: r.mark(address.Line, at), Host: withoutRoot(address.Text)})
		}
	}
}

// middleware reads one whose options have its kind as their key.
func (r traefikReader) middleware(n *Node, at named) {
	for _, kind := range n.Table {
		m := &Middleware{named: at, Kind: strings.ToLower(kind.Key), At: r.mark(kind.Line, Join(at.Field, kind.Key)), Options: kind.Value,
			Several: len(n.Table) > 1}
		switch m.Kind {
		case "chain":
			for _, word := range kind.Value.Fold("middlewares").Words() {
				ref := refer(word.Text, r.provider, r.mark(word.Line, at.Field+".chain.middlewares"))
				if word.Shape == Table { // in a manifest
					ref = r.object(word, at.Field+".chain.middlewares")
				}
				m.chain = append(m.chain, ref)
			}
		case "plugin":
			for _, alias := range kind.Value.Table {
				if b := r.signer(alias); b != nil {
					m.Signer = b
				}
			}
		}
		r.addMiddleware(m)
	}
}

// signer is what a block of the plugin says; nil: it is another plugin's. Traefik disables the routers of one with a fault, such as a
// misspelt vendor: then they send nothing unsigned, and the vendor is not known.
func (r traefikReader) signer(alias Entry) *Binding {
	ours := strings.EqualFold(alias.Key, r.plugin)
	faulty := len(alias.Value.Table) != 1
	var b *Binding
	for _, e := range alias.Value.Table {
		name := strings.ToLower(e.Key)
		if !slices.Contains(signers.Names(), name) || e.Value.Shape != Table {
			faulty = true
			continue
		}
		ours = true
		b = BindingOf(name, e.Value, InTraefik)
	}
	switch {
	case !ours:
		return nil
	case !faulty:
		return b
	}
	given := alias.Value
	if len(given.Table) > 0 && given.Table[0].Value.Shape == Table {
		given = given.Table[0].Value
	}
	return &Binding{Given: given, Insecure: true}
}

// read takes what matters to a credential: the name that a server must prove, and whether it must.
func (t *ServersTransport) read(n *Node) {
	t.ServerName, t.Unverified = n.Fold("serverName").Text, n.Fold("insecureSkipVerify").Text == "true"
}

// service reads one of the kinds loadBalancer, weighted, highestRandomWeight, mirroring and failover. All but the first have other
// services for servers.
func (r traefikReader) service(n *Node, at named) *Service {
	s := &Service{named: at}
	balancer := n.Fold("loadBalancer")
	field := at.Field + ".loadBalancer"
	for i, one := range balancer.Fold("servers").List {
		s.Servers = append(s.Servers, r.server(one, field+".servers."+strconv.Itoa(i)))
	}
	if one := balancer.Fold("server"); one.Shape == Table { // in labels
		s.Servers = append(s.Servers, r.server(one, field+".server"))
	}
	s.options(r, balancer, field)
	mirroring, failover := n.Fold("mirroring"), n.Fold("failover")
	for _, name := range []*Node{mirroring.Fold("service"), failover.Fold("service"), failover.Fold("fallback")} {
		if name.Text != "" {
			s.children = append(s.children, refer(name.Text, r.provider, r.mark(name.Line, at.Field)))
		}
	}
	for _, one := range slices.Concat(n.Fold("weighted").Fold("services").List, n.Fold("highestRandomWeight").Fold("services").List,
		mirroring.Fold("mirrors").List) {
		s.children = append(s.children, refer(one.Fold("name").Text, r.provider, r.mark(one.Line, at.Field)))
	}
	return s
}

// options reads what the services of all providers have.
func (s *Service) options(r traefikReader, n *Node, field string) {
	if pass := n.Fold("passHostHeader"); pass.Text == "false" {
		at := r.mark(pass.Line, field+".passHostHeader")
		s.PassHost = &at
	}
	if check := n.Fold("healthCheck"); check.Shape == Table {
		at := r.mark(check.Line, field+".healthCheck")
		s.HealthCheck = &at
	}
	if t := n.Fold("serversTransport"); t.Text != "" {
		ref := refer(t.Text, r.provider, r.mark(t.Line, field+".serversTransport"))
		ref.space, ref.object = r.space, !strings.Contains(t.Text, "@")
		s.Transport = &ref
	}
}

// server reads an address. Without a url it is the container itself, whose name is not known; labels say scheme and
// port only.
func (r traefikReader) server(n *Node, field string) Server {
	s := Server{Mark: r.mark(n.Line, field)}
	address := n.Fold("url")
	if address.Text == "" { // the container itself
		scheme := n.Fold("scheme").Text
		s.Plain = scheme == "" || strings.EqualFold(scheme, "http")
		return s
	}
	s.Line, s.Field = address.Line, field+".url"
	u, err := url.Parse(address.Text)
	if err != nil || strings.Contains(address.Text, "{") {
		return s
	}
	s.Host, s.Plain = withoutRoot(u.Host), u.Scheme == "http" || u.Scheme == "h2c"
	s.Bare = u.Scheme != "https" && !s.Plain
	s.Prefixed = n.Fold("preservePath").Text == "true" && strings.Trim(u.Path, "/") != ""
	return s
}

// withoutRoot is an address without the dot of DNS's root, which neither certificates nor Traefik's proof of a name have.
//
//	acme.example.:443 -> acme.example:443
func withoutRoot(address string) string {
	name, _ := credentials.SplitPort(address)
	return strings.TrimSuffix(name, ".") + address[len(name):]
}
