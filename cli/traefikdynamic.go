package cli

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// traefikReader is where a part of a configuration comes from.
type traefikReader struct {
	*traefikFiles
	file     *configFile
	provider string
	space    string
}

func (r traefikReader) mark(line int, field string) mark { return mark{r.file, line, field} }

func (r traefikReader) named(name string, line int, field string) named {
	return named{r.mark(line, field), name, r.provider, r.space}
}

func (r traefikReader) references(n *node, field string) (all []reference) {
	for _, word := range n.words() {
		if word.text != "" {
			all = append(all, refer(word.text, r.provider, r.mark(word.line, field)))
		}
	}
	return all
}

// dynamic reads the section http of a dynamic configuration.
func (r traefikReader) dynamic(http *node, field string) {
	for _, e := range http.fold("middlewares").table {
		r.middleware(e.value, r.named(e.key, e.line, join(field, "middlewares."+e.key)))
	}
	for _, e := range http.fold("serversTransports").table {
		t := &transport{named: r.named(e.key, e.line, join(field, "serversTransports."+e.key))}
		t.read(e.value)
		r.transports = append(r.transports, t)
	}
	for _, e := range http.fold("services").table {
		r.addService(r.service(e.value, r.named(e.key, e.line, join(field, "services."+e.key))))
	}
	for _, e := range http.fold("routers").table {
		at := join(field, "routers."+e.key)
		one := &router{named: r.named(e.key, e.line, at), middlewares: r.references(e.value.fold("middlewares"), at+".middlewares")}
		rule := e.value.foldEntry("rule")
		if one.rule, one.ruleAt = rule.value.text, one.mark; rule.field != "" { // a label
			one.ruleAt = r.mark(rule.line, rule.field)
		}
		if s := e.value.fold("service"); s.text != "" {
			one.services = []reference{refer(s.text, r.provider, r.mark(s.line, at+".service"))}
		}
		for _, name := range e.value.fold("entryPoints").words() {
			one.entryPoints = append(one.entryPoints, name.text)
		}
		r.routers = append(r.routers, one)
	}
}

// middleware reads one whose options have its kind as their key.
func (r traefikReader) middleware(n *node, at named) {
	for _, kind := range n.table {
		m := &middleware{named: at, kind: strings.ToLower(kind.key), at: r.mark(kind.line, join(at.field, kind.key)), options: kind.value}
		switch m.kind {
		case "chain":
			for _, word := range kind.value.fold("middlewares").words() {
				ref := refer(word.text, r.provider, r.mark(word.line, at.field+".chain.middlewares"))
				if word.shape == isTable { // in a manifest
					ref = r.object(word, at.field+".chain.middlewares")
				}
				m.chain = append(m.chain, ref)
			}
		case "plugin":
			for _, alias := range kind.value.table {
				for _, vendor := range alias.value.table {
					if name := strings.ToLower(vendor.key); slices.Contains(signers.Vendors(), name) {
						m.signer = bindingOf(name, vendor.value, inTraefik)
					}
				}
			}
		}
		r.addMiddleware(m)
	}
}

func (t *transport) read(n *node) {
	t.serverName, t.unverified = n.fold("serverName").text, n.fold("insecureSkipVerify").text == "true"
}

func (r traefikReader) service(n *node, at named) *service {
	s := &service{named: at}
	balancer := n.fold("loadBalancer")
	field := at.field + ".loadBalancer"
	for i, one := range balancer.fold("servers").list {
		s.servers = append(s.servers, r.server(one, field+".servers."+strconv.Itoa(i)))
	}
	if one := balancer.fold("server"); one.shape == isTable { // in labels
		s.servers = append(s.servers, r.server(one, field+".server"))
	}
	s.options(r, balancer, field)
	for _, one := range n.fold("weighted").fold("services").list {
		s.children = append(s.children, refer(one.fold("name").text, r.provider, r.mark(one.line, at.field)))
	}
	for _, name := range []*node{n.fold("mirroring").fold("service"), n.fold("failover").fold("service"),
		n.fold("failover").fold("fallback")} {
		if name.text != "" {
			s.children = append(s.children, refer(name.text, r.provider, r.mark(name.line, at.field)))
		}
	}
	for _, one := range n.fold("mirroring").fold("mirrors").list {
		s.children = append(s.children, refer(one.fold("name").text, r.provider, r.mark(one.line, at.field)))
	}
	return s
}

// options reads what the services of all providers have.
func (s *service) options(r traefikReader, n *node, field string) {
	if pass := n.fold("passHostHeader"); pass.text == "false" {
		at := r.mark(pass.line, field+".passHostHeader")
		s.passHost = &at
	}
	if t := n.fold("serversTransport"); t.text != "" {
		ref := refer(t.text, r.provider, r.mark(t.line, field+".serversTransport"))
		ref.space = r.space
		s.transport = &ref
	}
}

func (r traefikReader) server(n *node, field string) server {
	s := server{mark: r.mark(n.line, field)}
	address := n.fold("url")
	if address.text == "" { // the container itself
		scheme := n.fold("scheme").text
		s.plain = scheme == "" || strings.EqualFold(scheme, "http")
		return s
	}
	s.line, s.field = address.line, field+".url"
	u, err := url.Parse(address.text)
	if err != nil || strings.Contains(address.text, "{") {
		return s
	}
	s.host, s.plain = u.Host, u.Scheme == "http" || u.Scheme == "h2c"
	s.prefixed = n.fold("preservePath").text == "true" && strings.Trim(u.Path, "/") != ""
	return s
}

// static takes the middlewares of entry points, from a file or a command line.
func (r traefikReader) static(n *node) {
	for _, e := range n.fold("entryPoints").table {
		refs := r.references(e.value.fold("http").fold("middlewares"), "entryPoints."+e.key+".http.middlewares")
		if len(refs) > 0 {
			r.entryPoints = append(r.entryPoints, entryPoint{e.key, refs})
		}
	}
}

var entryPointFlag = regexp.MustCompile(`(?i)^--entrypoints\.([^.=]+)\.http\.middlewares=(.+)$`)

func (r traefikReader) flags(n *node) {
	if m := entryPointFlag.FindStringSubmatch(n.text); n.shape == isText && m != nil {
		value := &node{shape: isText, line: n.line, text: m[2]}
		r.entryPoints = append(r.entryPoints, entryPoint{m[1], r.references(value, "entryPoints."+m[1]+".http.middlewares")})
	}
	for _, e := range n.table {
		r.flags(e.value)
	}
	for _, item := range n.list {
		r.flags(item)
	}
}
