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

func (d *discovery) walk(n *node, path string) {
	for i, item := range n.list {
		d.walk(item, join(path, strconv.Itoa(i)))
	}
	if n.shape != isTable || d.caddy(n, path) {
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
	for _, e := range n.table {
		e.field = join(path, e.key)
		switch {
		case strings.EqualFold(e.key, "plugin") && e.value.shape == isTable:
			d.plugins(e)
		case strings.EqualFold(e.key, "labels"):
			d.labels(e)
		default:
			d.walk(e.value, e.field)
		}
	}
}

// object finds manifests of a kind or version that do not serve a signer.
func (d *discovery) object(n *node, path string) {
	for _, e := range n.table {
		e.field = join(path, e.key)
		switch {
		case e.key == "kind" && e.value.text == "MiddlewareTCP":
			d.fault(e, "the plugin signs HTTP requests; write kind: Middleware")
		case e.key == "apiVersion" && strings.HasPrefix(e.value.text, "traefik.containo.us/"):
			d.fault(e, "Traefik 3 does not read "+e.value.text+"; write apiVersion: traefik.io/v1alpha1")
		}
	}
}

// caddy takes a module of ours, a handler or a transport.
func (d *discovery) caddy(n *node, path string) bool {
	for i, kind := range []string{"handler", "protocol"} {
		vendor, ok := strings.CutSuffix(n.get(kind).text, "_sign")
		if !ok || !slices.Contains(signers.Names(), vendor) {
			continue
		}
		b := block{vendor: vendor, dialect: dialect(i), entry: entry{line: n.line, field: path, value: n}, tls: n.get("tls")}
		for _, e := range n.table {
			if e.key == kind {
				b.line = e.line
				continue
			}
			if e.key == "@id" { // Caddy's own, in any object
				continue
			}
			e.field = join(path, e.key)
			b.given = append(b.given, e)
		}
		d.blocks = append(d.blocks, b)
		return true
	}
	return false
}

// plugins looks into the block plugin of a middleware. Ours is under the name that the operator gave it, or under
// any other that has a vendor below it.
func (d *discovery) plugins(plugin entry) {
	for _, alias := range plugin.value.table {
		ours := strings.EqualFold(alias.key, d.plugin)
		for _, e := range alias.value.table {
			ours = ours || slices.Contains(signers.Names(), strings.ToLower(e.key)) && e.value.shape == isTable
		}
		if !ours {
			continue
		}
		if alias.field == "" {
			alias.field = join(plugin.field, alias.key)
		}
		if strings.HasPrefix(strings.TrimPrefix(strings.ToLower(alias.field), "traefik."), "tcp.") {
			d.fault(alias, "the plugin signs HTTP requests; the middleware belongs below http, not tcp")
		}
		if len(plugin.value.table) != 1 {
			d.fault(alias, "a middleware has one plugin, and this one has "+strconv.Itoa(len(plugin.value.table)))
		}
		d.vendors(alias)
	}
}

func (d *discovery) vendors(alias entry) {
	used, known := 0, true
	for _, e := range alias.value.table {
		if e.field == "" {
			e.field = join(alias.field, e.key)
		}
		vendor := strings.ToLower(e.key)
		if _, err := signers.Lookup(vendor); err != nil {
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
		b := block{vendor: vendor, dialect: inTraefik, entry: e, manifest: d.manifest}
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
		d.fault(alias, "exactly one of "+strings.Join(signers.Names(), ", ")+" must be configured in a middleware, and "+strconv.Itoa(used)+" are")
	}
}

// yaml11 are the texts that YAML 1.1 takes for true or false and YAML 1.2 for texts.
var yaml11 = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)

// label is an option in a label of a container. Traefik reads them in any case.
var label = regexp.MustCompile(`(?i)^traefik\.(?:http|tcp)\.middlewares\.([^.]+)\.(plugin)\.([^.]+)(?:\.([^.]+)(?:\.([^.\[]+)(\[\d+\])?(\..*)?)?)?$`)

// labels makes of a container's labels what they become in Traefik.
func (d *discovery) labels(e entry) {
	all := slices.Clone(e.value.table)
	for _, item := range e.value.list {
		key, value, _ := strings.Cut(item.text, "=")
		all = append(all, entry{key: key, line: item.line, value: &node{shape: isText, line: item.line, text: value}})
	}
	root := &node{shape: isTable}
	for _, l := range all {
		l.key = strings.TrimSpace(l.key)
		m := label.FindStringSubmatch(l.key)
		if m == nil || l.value.shape == isTable || l.value.shape == isList {
			continue
		}
		value := &node{shape: isText, line: l.line, text: interpolate(l.value.text)}
		at, words := root, strings.Split(l.key, ".")
		for i, key := range slices.DeleteFunc(slices.Clone(m[1:5]), func(key string) bool { return key == "" }) {
			at = at.child(key, l.line, strings.Join(words[:4+i], "."))
		}
		switch {
		case m[5] == "":
		case m[7] != "": // an option of a block
			at = at.child(m[5], l.line, strings.Join(words[:8], "."))
			at.table = append(at.table, entry{key: m[7][1:], line: l.line, field: l.key, value: value})
		case m[6] != "":
			at = at.child(m[5], l.line, l.key)
			at.shape, at.list = isList, append(at.list, value)
		default:
			at.table = append(at.table, entry{key: m[5], line: l.line, field: l.key, value: value})
		}
	}
	for _, middleware := range root.table {
		for _, plugin := range middleware.value.table {
			d.plugins(plugin)
		}
	}
}

// child returns the table below key, which is made if it is not there. Its place is that of its first label.
func (n *node) child(key string, line int, field string) *node {
	for _, e := range n.table {
		if strings.EqualFold(e.key, key) {
			return e.value
		}
	}
	e := entry{key: key, line: line, field: field, value: &node{shape: isTable, line: line}}
	n.table = append(n.table, e)
	return e.value
}

var composeVariable = regexp.MustCompile(`\$\{[^}]*\}|\$[A-Za-z_]\w*`)

// interpolate puts a placeholder where Compose puts a variable, and one dollar for two.
func interpolate(text string) string {
	parts := strings.Split(text, "$$")
	for i := range parts {
		parts[i] = composeVariable.ReplaceAllString(parts[i], "{variable}")
	}
	return strings.Join(parts, "$")
}

func (d *discovery) fault(e entry, what string) {
	d.faults = append(d.faults, fault{Line: e.line, Field: e.field, What: what})
}
