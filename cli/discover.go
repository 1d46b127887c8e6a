package cli

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// dialect is who reads a signer's options: each has rules of its own.
type dialect int

const (
	inHandler   dialect = iota // of Caddy
	inTransport                // of Caddy's reverse_proxy, with its options beside
	inTraefik
)

// block is a signer's part of a document.
type block struct {
	vendor  string
	dialect dialect
	entry           // where it stands
	given   []entry // its options as they are spelt
	tls     *node   // of a transport
	// It is in a manifest of Kubernetes.
	manifest bool
	bare     bool     // it is a whole file of options
	name     string   // the hosts of its site, or the middleware; else the module
	path     []string // to the module of Caddy, or to plugin
}

// discovery walks a document of any kind: the signers stand where each gateway has them.
type discovery struct {
	plugin string // what Traefik's static configuration calls the plugin
	// A manifest's texts went through a reader of YAML 1.1, for which yes and on are no texts.
	manifest bool
	blocks   []block
	faults   []fault
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// discover finds the signers of a document, and what is wrong around them. plugin is what Traefik's static configuration calls
// the plugin; one with a vendor below it is found under any name.
func discover(document *node, plugin string) ([]block, []fault) {
	d := &discovery{plugin: plugin}
	d.walk(document, nil, "")
	return d.blocks, d.faults
}

func below(path []string, key string) []string { return append(path[:len(path):len(path)], key) }

// walk looks below n. name is what the routes or objects around it are called.
func (d *discovery) walk(n *node, path []string, name string) {
	for i, item := range n.list {
		d.walk(item, below(path, strconv.Itoa(i)), name)
	}
	if n.shape != isTable {
		return
	}
	for _, outer := range []string{matchedHosts(n.get("match")), n.get("metadata").get("name").text} {
		if outer != "" {
			name = outer
		}
	}
	if d.caddy(n, path, name) {
		return
	}
	if n.get("kind").text != "" && n.get("apiVersion").text != "" {
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
	for _, e := range n.table {
		inner := name
		if named {
			inner = e.key
		}
		switch {
		case strings.EqualFold(e.key, "plugin") && e.value.shape == isTable:
			d.plugins(e.value, below(path, e.key), inner)
		case isLabels(e):
			d.labels(e)
		default:
			d.walk(e.value, below(path, e.key), inner)
		}
	}
}

// labels looks below a container's labels.
func (d *discovery) labels(e entry) {
	tree := labelTree(e).fold("traefik")
	for _, protocol := range []string{"http", "tcp"} {
		for _, middleware := range tree.fold(protocol).fold("middlewares").table {
			for _, plugin := range middleware.value.table {
				if !strings.EqualFold(plugin.key, "plugin") {
					continue
				}
				for _, alias := range plugin.value.table {
					for _, vendor := range alias.value.table {
						vendor.value.shape = isTable // whatever its own label says
					}
				}
				d.plugins(plugin.value, strings.Split(plugin.field, "."), middleware.key)
			}
		}
	}
}

// matchedHosts are the host names of a route's matchers.
func matchedHosts(sets *node) string {
	var hosts []string
	for _, set := range sets.list {
		hosts = append(hosts, set.get("host").texts()...)
	}
	return strings.Join(hosts, ", ")
}

// object finds manifests of a kind or version that do not serve a signer.
func (d *discovery) object(n *node, path []string) {
	for _, e := range n.table {
		e.field = strings.Join(below(path, e.key), ".")
		switch {
		case e.key == "kind" && e.value.text == "MiddlewareTCP":
			d.fault(e, "the plugin signs HTTP requests; write kind: Middleware")
		case e.key == "apiVersion" && strings.HasPrefix(e.value.text, "traefik.containo.us/"):
			d.fault(e, "Traefik 3 does not read "+e.value.text+"; write apiVersion: traefik.io/v1alpha1")
		}
	}
}

// caddy takes a module of ours, a handler or a transport.
func (d *discovery) caddy(n *node, path []string, name string) bool {
	for i, kind := range []string{"handler", "protocol"} {
		vendor, ok := strings.CutSuffix(n.get(kind).text, "_sign")
		if !ok || !slices.Contains(signers.Vendors(), vendor) {
			continue
		}
		field := strings.Join(path, ".")
		b := block{vendor: vendor, dialect: dialect(i), entry: entry{line: n.line, field: field, value: n}, tls: n.get("tls"), name: name, path: path}
		if name == "" {
			b.name = n.get(kind).text
		}
		for _, e := range n.table {
			if e.key == kind {
				b.line = e.line
				continue
			}
			if e.key == "@id" { // Caddy's own, in any object
				continue
			}
			e.field = join(field, e.key)
			b.given = append(b.given, e)
		}
		d.blocks = append(d.blocks, b)
		return true
	}
	return false
}

// plugins looks into the block plugin of a middleware. Ours is under the name that the operator gave it, or under
// any other that has a vendor below it.
func (d *discovery) plugins(plugin *node, path []string, name string) {
	for _, alias := range plugin.table {
		ours := strings.EqualFold(alias.key, d.plugin)
		for _, e := range alias.value.table {
			ours = ours || slices.Contains(signers.Vendors(), strings.ToLower(e.key)) && e.value.shape == isTable
		}
		if !ours {
			continue
		}
		if alias.field == "" {
			alias.field = strings.Join(below(path, alias.key), ".")
		}
		if strings.HasPrefix(strings.TrimPrefix(strings.ToLower(alias.field), "traefik."), "tcp.") {
			d.fault(alias, "the plugin signs HTTP requests; the middleware belongs below http, not tcp")
		}
		if len(plugin.table) != 1 {
			d.fault(alias, "a middleware has one plugin, and this one has "+strconv.Itoa(len(plugin.table)))
		}
		d.vendors(alias, path, name)
	}
}

func (d *discovery) vendors(alias entry, path []string, name string) {
	used, known := 0, true
	for _, e := range alias.value.table {
		if e.field == "" {
			e.field = join(alias.field, e.key)
		}
		vendor := strings.ToLower(e.key)
		if _, err := signers.New(vendor); err != nil {
			d.fault(e, outbound.UnknownVendor(vendor).Error())
			if known = false; strings.Contains(d.faults[len(d.faults)-1].What, " is an option: ") {
				break // once for all options without their vendor
			}
			continue
		}
		used++
		if e.value.shape != isTable && e.value.shape != isNull {
			d.fault(e, "must hold the options of "+vendor)
			continue
		}
		b := block{vendor: vendor, dialect: inTraefik, entry: e, manifest: d.manifest, name: name, path: path}
		for _, option := range e.value.table {
			if option.field == "" {
				option.field = join(e.field, option.key)
			}
			if d.manifest && option.value.plain && yaml11.MatchString(option.value.text) {
				d.fault(option, "must be in quotes: Kubernetes takes "+option.value.text+" without them for true or false")
			}
			b.given = append(b.given, option)
		}
		d.blocks = append(d.blocks, b)
	}
	if known && used != 1 {
		d.fault(alias, "exactly one of "+strings.Join(signers.Vendors(), ", ")+" must be configured in a middleware, and "+strconv.Itoa(used)+" are")
	}
}

// yaml11 are the texts that YAML 1.1 takes for true or false and YAML 1.2 for texts.
var yaml11 = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

func (d *discovery) fault(e entry, what string) {
	d.faults = append(d.faults, fault{Line: e.line, Field: e.field, What: what})
}
