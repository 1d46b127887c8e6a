package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// Dialect is who reads a signer's options: each gateway has rules of its own for letter case, types and
// unknown keys.
type Dialect int

// The dialects.
const (
	InHandler   Dialect = iota // a handler of Caddy's
	InTransport                // a transport of Caddy's reverse_proxy, with that transport's options too
	InTraefik
)

// Block is a signer's part of a document. It is found by Discover, and read by a Reading or by
// Options.Take.
type Block struct {
	Entry   // its place; for messages, not the key that leads to its options
	Vendor  string
	Module  string // what it is called in a Caddyfile, such as "vendorsign acme"
	Dialect Dialect
	// Of a transport: whether its upstream is spoken to over TLS.
	TLS      *Node
	Manifest bool     // it is in a manifest of Kubernetes
	Path     []string // to the module of Caddy, or to Traefik's plugin

	given []Entry // its options as they are spelt
	name  string  // the hosts of its site, or its middleware; else its module
	bare  bool    // it is a whole file of options
}

// NamedRouteHint says why a signer at a path may be alone although the Caddyfile has a reverse_proxy next to it.
func NamedRouteHint(path string) string {
	if !strings.Contains(path, "named_routes") {
		return ""
	}
	return "; Caddy takes only the first directive of a named route, so write route { ... } around them"
}

// discovery walks a document of any kind and finds the signers where each gateway has them. It need not
// know the kind: Caddy's modules have a key handler or protocol, Traefik's are below plugin.
type discovery struct {
	plugin string // what Traefik's static configuration calls the plugin
	// A manifest's texts went through a reader of YAML 1.1, for which yes and on are no texts.
	manifest bool
	blocks   []Block
	faults   []Fault
}

// Join adds a key to the path of a field.
func Join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// Discover finds the signers of a document, and what is wrong around them. plugin is what Traefik's
// static configuration calls the plugin; one with a vendor below it is found under any name.
func Discover(document *Node, plugin string) ([]Block, []Fault) {
	d := &discovery{plugin: plugin}
	d.walk(document, nil, "")
	d.sections(document)
	return d.blocks, d.faults
}

// below is a path with one more key; the slice is a new one, since several keys share the path.
func below(path []string, key string) []string { return append(path[:len(path):len(path)], key) }

// walk looks below n. name is what the routes or objects around it are called.
func (d *discovery) walk(n *Node, path []string, name string) {
	for i, item := range n.List {
		d.walk(item, below(path, strconv.Itoa(i)), name)
	}
	if n.Shape != Table {
		return
	}
	for _, outer := range []string{matchedHosts(n.Get("match")), n.Get("metadata").Get("name").Text} {
		if outer != "" {
			name = outer
		}
	}
	if d.caddy(n, path, name) {
		return
	}
	// A manifest of Kubernetes. What is wrong with its kind or version is only said if a signer is in it.
	if n.Get("kind").Text != "" && n.Get("apiVersion").Text != "" {
		was, before := d.manifest, len(d.blocks)
		d.manifest = true
		defer func() {
			d.manifest = was
			if len(d.blocks) > before {
				d.object(n, path)
			}
		}()
	}
	named := len(path) > 0 && strings.EqualFold(path[len(path)-1], "middlewares")
	for _, e := range n.Table {
		inner := name
		if named {
			inner = e.Key
		}
		switch {
		case strings.EqualFold(e.Key, "plugin") && e.Value.Shape == Table:
			d.plugins(e.Value, below(path, e.Key), inner)
		case isLabels(e):
			d.labels(e)
		default:
			d.walk(e.Value, below(path, e.Key), inner)
		}
	}
}

// matchedHosts are the host names of a route's matchers.
func matchedHosts(sets *Node) string {
	var hosts []string
	for _, set := range sets.List {
		hosts = append(hosts, set.Get("host").Texts()...)
	}
	return strings.Join(hosts, ", ")
}

// object finds manifests of a kind or version that do not serve a signer.
func (d *discovery) object(n *Node, path []string) {
	for _, e := range n.Table {
		e.Field = strings.Join(below(path, e.Key), ".")
		switch {
		case e.Key == "kind" && e.Value.Text == "MiddlewareTCP":
			d.fault(e, "the plugin signs HTTP requests; write kind: Middleware")
		case e.Key == "apiVersion" && strings.HasPrefix(e.Value.Text, "traefik.containo.us/"):
			d.fault(e, "Traefik 3 does not read "+e.Value.Text+"; write apiVersion: traefik.io/v1alpha1")
		}
	}
}

// anyVendor is the module whose key vendor says for whom it signs.
const anyVendor = "vendorsign"

// CaddyModule is the vendor of a module of ours, whose name the key kind has, and what the module is
// called in a Caddyfile: vendorsign with a key vendor, or one of the older modules with a name of their
// own. ok is false for any other module.
func CaddyModule(n *Node, kind string) (vendor, module string, ok bool) {
	name := n.Get(kind).Text
	if name == anyVendor {
		vendor = n.Last("vendor").Text
		return vendor, name + " " + vendor, true
	}
	vendor, ok = strings.CutSuffix(name, "_sign")
	return vendor, name, ok && slices.Contains(signers.Natives(), vendor)
}

// caddy takes a module of ours, a handler or a transport, and reports whether n is one.
func (d *discovery) caddy(n *Node, path []string, name string) bool {
	for i, kind := range []string{"handler", "protocol"} {
		vendor, module, ok := CaddyModule(n, kind)
		if !ok {
			continue
		}
		field := strings.Join(path, ".")
		if _, err := signers.Lookup(vendor); err != nil {
			d.fault(Entry{Line: n.Line, Field: field, Value: n}, "vendor: "+err.Error())
			return true
		}
		b := Block{Entry: Entry{Line: n.Line, Field: field, Value: n}, Vendor: vendor, Module: module, Dialect: Dialect(i), TLS: n.Last("tls")}
		b.Path, b.name = path, name
		if name == "" {
			b.name = n.Get(kind).Text
		}
		for _, e := range n.Table {
			if e.Key == kind {
				b.Line = e.Line
				continue
			}
			if strings.EqualFold(e.Key, "vendor") && n.Get(kind).Text == anyVendor {
				continue
			}
			e.Field = Join(field, e.Key)
			b.given = append(b.given, e)
		}
		d.blocks = append(d.blocks, b)
		return true
	}
	return false
}

// fault adds what is wrong at e.
func (d *discovery) fault(e Entry, what string) {
	d.faults = append(d.faults, Fault{Line: e.Line, Field: e.Field, What: what})
}
