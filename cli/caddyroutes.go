package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// caddyModule is a module of ours or a reverse_proxy, and its place in the routes. Of the Caddyfile
//
//	a.example {
//		vendorsign jamf { ... }
//		reverse_proxy https://b.example
//	}
//
// the adapter makes a route for a.example with a subroute in it, which has one route with both
// handlers. The steps of the signer are the subroute and handler 0 of that route, those of the proxy
// the subroute and handler 1.
type caddyModule struct {
	node  *config.Node
	field string
	steps []caddyStep
	// The server that it is in, counted from 1: a signer of one never sees another's requests.
	server int
	// What the signer says; of a proxy, what its transport says if that signs. nil: it does not.
	bind *config.Binding
	file string // empty: the one that is checked
	line int
	// Of a verifier: plainListener of its server.
	listens string
}

// caddyStep is one level of the way to a module: a list of routes, the route in it, and the handler in
// that.
type caddyStep struct {
	list    *config.Node
	route   int
	handler int
	// Of several routes of a group only the first that matches runs.
	group string
	ends  bool // no route after it sees the request
	// The sets of matchers of the route; none: it matches everything.
	match *config.Node
}

// caddyFile is what the routes of a configuration hold.
type caddyFile struct {
	signers, proxies []*caddyModule
	others           []*caddyModule // third-party handlers, which may proxy too
	rewrites         []*caddyModule
	verifiers        []*caddyModule
	templates        []*caddyModule
	enders           []*caddyModule // that answer all requests themselves
	document         *config.Node   // that is walked
	named            *config.Node   // of the server that is walked
	server           int
	listens          string   // plainListener of the server
	invoking         []string // the named routes that are being walked
	invoked          int      // handlers in named routes, for each way to them
	found            []config.Fault
	directives       *directives                // of the Caddyfile; nil: the file is JSON
	secrets          map[string]map[string]bool // of credentials, by vendor
	faulty           []*config.Node             // blocks with faults of their own
	sites            map[*[]*caddyModule]*sites // by the list of which they are the index: see site
	signing          []*caddyModule             // see bound
	twice            []*config.Node             // signers of which it was said that a request meets two
}

// maxInvoked bounds how far named routes that invoke others several times can expand a small file.
const maxInvoked = 1 << 11

// standardHandlers are those of Caddy that do not send requests.
var standardHandlers = strings.Fields(`acme_server authentication copy_response copy_response_headers encode error
	file_server headers intercept invoke log_append map metrics push request_body rewrite static_response subroute templates
	tracing vars`)

// readCaddy finds the modules of a configuration and, in the Caddyfile that it was made of, their lines.
func readCaddy(documents []*config.Node, d *directives) *caddyFile {
	c := &caddyFile{directives: d}
	for _, document := range documents {
		c.document = document
		c.servers(document, "")
	}
	// Lines are found at last, since a directive that two modules could be goes to the first that asks.
	for _, m := range slices.Concat(c.signers, c.proxies, c.verifiers) {
		m.file, m.line = d.find(m)
	}
	return c
}

// servers finds the lists of routes that no other route holds: those of servers, or of a part of a
// configuration that was given alone.
func (c *caddyFile) servers(n *config.Node, path string) {
	if routes := n.Last("routes"); routes.Shape == config.List && slices.ContainsFunc(routes.List, isRoute) {
		c.server++
		c.listens = plainListener(n, c.document)
		c.named = n.Last("named_routes")
		c.routes(routes, config.Join(path, "routes"), nil)
		c.routes(n.Last("errors").Last("routes"), config.Join(path, "errors.routes"), nil)
		return
	}
	if isRoute(n) { // a part of a configuration
		c.server++
		c.listens = ""
		c.routes(&config.Node{Shape: config.List, List: []*config.Node{n}}, path, nil)
		return
	}
	for _, e := range n.Table {
		c.servers(e.Value, config.Join(path, e.Key))
	}
	for i, item := range n.List {
		c.servers(item, config.Join(path, strconv.Itoa(i)))
	}
}

// isRoute reports whether a table is a route, by the list of handlers that only routes have.
func isRoute(n *config.Node) bool { return n.Last("handle").Shape == config.List }

// routes walks a list of routes; above is the way to it.
func (c *caddyFile) routes(routes *config.Node, path string, above []caddyStep) {
	for i, route := range routes.List {
		for j, handler := range route.Last("handle").List {
			steps := append(slices.Clone(above), caddyStep{list: routes, route: i, handler: j,
				group: route.Last("group").Text, ends: route.Last("terminal").Text == "true", match: route.Last("match")})
			field := config.Join(path, strconv.Itoa(i)+".handle."+strconv.Itoa(j))
			c.handler(handler, field, steps)
		}
	}
}

// handler takes one handler and the routes below it.
func (c *caddyFile) handler(n *config.Node, field string, steps []caddyStep) {
	if len(c.invoking) > 0 {
		// A named route is walked for each way to it, since what comes before it differs.
		if c.invoked++; c.invoked > maxInvoked {
			return
		}
	}
	m := &caddyModule{node: n, field: field, steps: steps, server: c.server}
	name := n.Get("handler").Text
	vendor, module, signs := config.CaddyModule(n, "handler")
	switch {
	case signs:
		m.bind = config.BindingOf(vendor, n, config.InHandler)
		m.bind.Module = module
		c.signers = append(c.signers, m)
	case name == "reverse_proxy":
		if vendor, module, ok := config.CaddyModule(n.Last("transport"), "protocol"); ok {
			m.bind = config.BindingOf(vendor, n.Last("transport"), config.InTransport)
			m.bind.Module = module
		}
		c.proxies = append(c.proxies, m)
	case name == config.VerifierModule:
		m.listens = c.listens
		c.verifiers = append(c.verifiers, m)
	case name == "static_response" || name == "error":
		c.enders = append(c.enders, m)
	case name == "templates":
		c.templates = append(c.templates, m)
	case name == "rewrite":
		c.rewrites = append(c.rewrites, m)
	case !slices.Contains(standardHandlers, name):
		c.others = append(c.others, m)
	}
	// Where Caddy's handlers keep routes: subroute under routes and errors.routes, reverse_proxy and intercept under
	// handle_response.
	c.routes(n.Last("routes"), config.Join(field, "routes"), steps)
	c.routes(n.Last("errors").Last("routes"), config.Join(field, "errors.routes"), steps)
	for i, response := range n.Last("handle_response").List {
		c.routes(response.Last("routes"), config.Join(field, "handle_response."+strconv.Itoa(i)+".routes"), steps)
	}
	if name == "invoke" {
		c.invoke(n.Last("name").Text, field, steps)
	}
}

// invoke walks a named route. One that invokes itself, directly or indirectly, contains nothing new.
func (c *caddyFile) invoke(name, field string, steps []caddyStep) {
	route := c.named.Get(name)
	if !isRoute(route) || slices.Contains(c.invoking, name) {
		return
	}
	c.invoking = append(c.invoking, name)
	c.routes(&config.Node{Shape: config.List, List: []*config.Node{route}}, config.Join(field, "named_routes"), steps)
	c.invoking = c.invoking[:len(c.invoking)-1]
}

// at says where a module is, for messages about another one.
func (m *caddyModule) at() string {
	return m.node.Get("handler").Text + " (line " + strconv.Itoa(m.line) + ")"
}
