package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// httpSections are what Traefik reads below http.
var httpSections = []signers.Option{{Name: "routers"}, {Name: "services"}, {Name: "middlewares"}, {Name: "serversTransports"},
	{Name: "models"}}

// sections finds sections of a dynamic configuration that Traefik does not read where they are. Without http above them it leaves them
// out, and logs nothing.
func (d *discovery) sections(document *Node) {
	middlewares := document.FoldEntry("middlewares")
	if len(document.Fold("http").Table) == 0 && middlewares.Value.Shape == Table && len(d.blocks) > 0 && !d.manifest {
		middlewares.Field = middlewares.Key
		d.fault(middlewares, "Traefik does not read it here, and says nothing; put routers, services and middlewares below http")
	}
	d.misspeltSections(document.Fold("http"), "http")
}

// misspeltSections finds what Traefik does not know below http. Field is where that is.
func (d *discovery) misspeltSections(http *Node, field string) {
	for _, e := range http.Table {
		if near, ok := signers.Nearest(httpSections, e.Key); ok && !strings.EqualFold(near, e.Key) {
			d.fault(Entry{Line: e.Line, Field: Join(field, e.Key)}, "http has no "+signers.ShownName(e.Key)+
				", and Traefik refuses the whole file, or all labels of the container; did you mean "+near+"?")
		}
	}
}

// labels looks below a container's labels.
func (d *discovery) labels(e Entry) {
	for _, item := range e.Value.List {
		if item.Shape == Table && len(item.Table) > 0 && strings.HasPrefix(item.Table[0].Key, "traefik.") {
			d.fault(Entry{Line: item.Line, Field: "labels"},
				"labels with a hyphen before them are a list, whose entries are NAME=VALUE and not NAME: VALUE")
			return
		}
	}
	for _, l := range pairs(e) {
		if what := labelFault(l.Key); what != "" {
			d.fault(Entry{Line: l.Line, Field: strings.TrimSpace(l.Key)}, what)
		}
	}
	tree := labelTree(e).Fold("traefik")
	d.misspeltSections(tree.Fold("http"), "traefik.http")
	for _, protocol := range []string{"http", "tcp"} {
		for _, middleware := range tree.Fold(protocol).Fold("middlewares").Table {
			for _, plugin := range middleware.Value.Table {
				if !strings.EqualFold(plugin.Key, "plugin") {
					continue
				}
				for _, alias := range plugin.Value.Table {
					for _, vendor := range alias.Value.Table {
						vendor.Value.Shape = Table // whatever its own label says
					}
				}
				d.plugins(plugin.Value, strings.Split(plugin.Field, "."), middleware.Key)
			}
		}
	}
}

// plugins looks into the block plugin of a middleware. Ours is under the name that the operator gave it, or under
// any other that has a vendor below it.
func (d *discovery) plugins(plugin *Node, path []string, name string) {
	for _, alias := range plugin.Table {
		ours := strings.EqualFold(alias.Key, d.plugin)
		for _, e := range alias.Value.Table {
			// The operator may give the plugin any name, but only this plugin has a table with a vendor's name.
			ours = ours || slices.Contains(signers.Names(), strings.ToLower(e.Key)) && e.Value.Shape == Table
		}
		if !ours {
			continue
		}
		if alias.Field == "" {
			alias.Field = strings.Join(below(path, alias.Key), ".")
		}
		if _, near := signers.Nearest([]signers.Option{{Name: d.plugin}}, alias.Key); near && alias.Key != d.plugin {
			d.faults = append(d.faults, Fault{Line: alias.Line, Field: alias.Field, Level: LevelWarning, What: "the plugin is called " +
				signers.ShownName(alias.Key) + " here; did you mean " + d.plugin + "? If Traefik's static configuration calls it so, add --plugin"})
		}
		if strings.Contains(alias.Key, "/") {
			d.faults = append(d.faults, Fault{Line: alias.Line, Field: alias.Field, Level: LevelWarning,
				What: "this is the plugin's module; its name is what is above moduleName in Traefik's static configuration, as in " + d.plugin})
		}
		if strings.HasPrefix(strings.TrimPrefix(strings.ToLower(alias.Field), "traefik."), "tcp.") {
			d.fault(alias, "the plugin signs HTTP requests; the middleware belongs below http, not tcp")
		}
		if len(plugin.Table) != 1 {
			d.fault(alias, "a middleware has one plugin, and this one has "+strconv.Itoa(len(plugin.Table)))
		}
		d.vendors(alias, path, name)
	}
}

// vendors takes the block of the plugin: one vendor's options. The plugin refuses more than one vendor
// and none, and so does check, with the words of the plugin.
func (d *discovery) vendors(alias Entry, path []string, name string) {
	known := true
	var used []string
	for _, e := range alias.Value.Table {
		if e.Field == "" {
			e.Field = Join(alias.Field, e.Key)
		}
		vendor := strings.ToLower(e.Key)
		if _, err := signers.Lookup(vendor); err != nil {
			d.fault(Entry{Line: e.Line, Field: shownField(e)}, outbound.UnknownVendor(vendor).Error())
			if known = false; strings.Contains(d.faults[len(d.faults)-1].What, " is an option: ") {
				break // once for all options without their vendor
			}
			continue
		}
		if slices.Contains(used, vendor) {
			d.fault(e, vendor+" is given in a different letter case")
			known = false
			continue
		}
		used = append(used, vendor)
		if e.Value.Shape != Table && e.Value.Shape != Null {
			d.fault(e, "must contain the options of "+vendor)
			continue
		}
		b := Block{Vendor: vendor, Dialect: InTraefik, Entry: e, Manifest: d.manifest, name: name, Path: path}
		for _, option := range e.Value.Table {
			if option.Field == "" {
				option.Field = Join(e.Field, option.Key)
				d.dates(option)
			}
			if d.manifest && option.Value.plain && yaml11.MatchString(option.Value.Text) {
				d.fault(option, "must be in quotes: Kubernetes takes "+option.Value.Text+" without them for true or false")
			}
			b.given = append(b.given, option)
		}
		d.blocks = append(d.blocks, b)
	}
	if known && len(used) != 1 {
		slices.Sort(used)
		d.fault(alias, outbound.NotOneVendor(used).Error())
	}
}

// dates finds dates that are no texts in a file's option. Traefik's file provider has no such type; the tools of Kubernetes make texts of
// them.
func (d *discovery) dates(e Entry) {
	if e.Value.dated && !d.manifest {
		d.fault(e, "must be in quotes: without them it is a date, for which Traefik refuses the whole file")
	}
	for _, inner := range e.Value.Table {
		inner.Field = Join(e.Field, inner.Key)
		d.dates(inner)
	}
	for i, item := range e.Value.List {
		d.dates(Entry{Key: e.Key, Line: item.Line, Field: Join(e.Field, strconv.Itoa(i)), Value: item})
	}
}

// yaml11 are the texts that YAML 1.1 takes for true or false and YAML 1.2 for texts. Kubernetes' tools read the former.
var yaml11 = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$`)
