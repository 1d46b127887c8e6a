package cli

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
)

// The variables of Traefik's process that say where label authors may send secrets.
const (
	allowedHosts     = variablePrefix + "ALLOWED_HOSTS"
	insecureUpstream = variablePrefix + "INSECURE_UPSTREAM"
	pluginModule     = "github.com/vendorsign/vendorsign"
)

// traefikProcess is a container of a Compose file or a manifest that runs Traefik with the plugin.
type traefikProcess struct {
	file  *checkedFile
	entry // its environment, or itself
	set   map[string]entry
	more  bool // of its environment is elsewhere
	hosts hostList
	plain hostList
}

// hostList is a variable with a list of hosts, as far as a file tells.
type hostList struct {
	set, known bool
	allows     func(address, defaultPort string) bool
}

// permits reports whether the list has an address, or may have it.
func (l hostList) permits(address, defaultPort string) bool {
	return l.set && (!l.known || l.allows(address, defaultPort))
}

// operators compares the signers in all files with what the environment of Traefik's process permits, where one of the
// files has it.
func (k *checking) operators(files []*checkedFile) {
	var processes []*traefikProcess
	blocks := make(map[*checkedFile][]block)
	for _, f := range files {
		if f.kind != "yaml" {
			continue
		}
		for _, n := range f.documents {
			for _, p := range traefikProcesses(n, "") {
				p.file = f
				processes = append(processes, p)
			}
		}
		for _, b := range f.blocks {
			if b.dialect == inTraefik {
				blocks[f] = append(blocks[f], b)
			}
		}
	}
	for _, p := range processes {
		p.file.faults = append(p.file.faults, p.read(blocks)...)
	}
	if len(processes) == 0 {
		return
	}
	for f, all := range blocks {
		for _, b := range all {
			f.faults = append(f.faults, notPermitted(b, processes)...)
		}
	}
}

// traefikProcesses finds the services of a Compose file and the containers of a manifest.
func traefikProcesses(n *node, path string) (all []*traefikProcess) {
	for i, item := range n.list {
		if strings.HasSuffix(path, "containers") {
			name := item.get("name").text
			all = append(all, processOf(entry{key: name, line: item.line, field: join(path, name), value: item}, "env")...)
			continue
		}
		all = append(all, traefikProcesses(item, join(path, strconv.Itoa(i)))...)
	}
	for _, e := range n.table {
		e.field = join(path, e.key)
		if path == "services" {
			all = append(all, processOf(e, "environment")...)
			continue
		}
		all = append(all, traefikProcesses(e.value, e.field)...)
	}
	return all
}

// processOf returns a container with its environment, if it runs Traefik with the plugin.
func processOf(container entry, key string) []*traefikProcess {
	n := container.value
	p := &traefikProcess{entry: container, set: make(map[string]entry)}
	p.more = n.get("env_file").shape != isNull || n.get("envFrom").shape != isNull
	for _, e := range n.table {
		if e.key == key {
			p.line, p.field = e.line, join(container.field, key)
		}
	}
	environment := n.get(key)
	for _, e := range environment.table {
		e.field = join(p.field, e.key)
		p.set[e.key] = e
	}
	for _, item := range environment.list {
		name, value, _ := strings.Cut(item.text, "=")
		e := entry{key: name, line: item.line, value: textNode(value, item.line)}
		if item.shape == isTable { // of a manifest
			e.key, e.value = item.get("name").text, item.get("value")
			if item.get("valueFrom").shape != isNull {
				e.value = textNode("{valueFrom}", item.line)
			}
		}
		e.field = join(p.field, e.key)
		p.set[e.key] = e
	}
	runs := container.key + " " + n.get("image").text
	for _, key := range []string{"command", "args", "entrypoint"} {
		runs += " " + commandLine(n.get(key))
	}
	ours := strings.Contains(runs, pluginModule)
	for name := range p.set {
		ours = ours || strings.HasPrefix(name, variablePrefix) && strings.Contains(runs, "traefik")
	}
	if ours {
		return []*traefikProcess{p}
	}
	return nil
}

// commandLine joins the texts of a command, which may be one or a list.
func commandLine(n *node) string {
	text := n.text
	for _, item := range n.list {
		text += " " + item.text
	}
	return text
}

// read takes the lists of a process, and warns where hosts are not bound.
func (p *traefikProcess) read(blocks map[*checkedFile][]block) (found []fault) {
	for name, list := range map[string]*hostList{allowedHosts: &p.hosts, insecureUpstream: &p.plain} {
		e, ok := p.set[name]
		if !ok {
			list.set = p.more // the rest may have it
			continue
		}
		text := interpolate(e.value.text)
		list.set, list.known = true, !unknown(text)
		if !list.known {
			continue
		}
		var err error
		list.allows, err = outbound.ParseAllowedHosts(text)
		if name == insecureUpstream && strings.TrimSpace(text) == "" { // nowhere
			list.allows, err = func(string, string) bool { return false }, nil
		}
		if err != nil {
			list.known = false
			found = append(found, fault{Line: e.line, Field: e.field, What: err.Error()})
		}
	}
	if !p.hosts.set && p.set[variablePrefix+"BINDINGS"].value == nil {
		found = append(found, fault{Line: p.line, Field: p.field, Level: levelWarning,
			What: "whoever writes a label can have secrets sent to any host; add " + allowedHosts + ": " + usedHosts(blocks)})
	}
	return found
}

// usedHosts are all that the signers name, as the variable would have them.
func usedHosts(blocks map[*checkedFile][]block) string {
	hosts := make(map[string]bool)
	for _, all := range blocks {
		for _, b := range all {
			o, _ := optionsOf(b)
			for _, host := range slices.Concat(o.policy.Host, addresses(o)) {
				hosts[host] = !unknown(host)
			}
		}
	}
	maps.DeleteFunc(hosts, func(host string, known bool) bool { return !known })
	if len(hosts) == 0 {
		return "the names of your vendors"
	}
	return strings.Join(slices.Sorted(maps.Keys(hosts)), ",")
}

// optionsOf are the options of a block, as far as they can be taken, and where each is.
func optionsOf(b block) (*options, map[string]entry) {
	x := newReading(b)
	x.fill()
	return x.options, x.given
}

// addresses are the hosts of the URLs that a signer's options hold.
func addresses(o *options) (hosts []string) {
	for _, s := range o.settings {
		if s.URL && *s.Text != "" && !unknown(*s.Text) {
			hosts = append(hosts, outbound.HostOf(*s.Text))
		}
	}
	return hosts
}

// unknown reports whether a value is known at run time only.
func unknown(text string) bool {
	return strings.Contains(text, "{") || strings.Contains(text, "$") || (outbound.References{Short: true}).Is(text)
}

// notPermitted finds what none of the processes lets a signer do.
func notPermitted(b block, processes []*traefikProcess) (found []fault) {
	o, given := optionsOf(b)
	say := func(option, what string) {
		e, ok := given[option]
		if !ok {
			e = b.entry
		}
		x := &blockReading{block: b, options: o}
		found = append(found, fault{Line: e.line, Field: e.field, What: x.spell(what)})
	}
	anyOf := func(permits func(p *traefikProcess) bool) bool { return slices.ContainsFunc(processes, permits) }
	port := "443"
	if o.policy.InsecureUpstream {
		port = "80"
	}
	bound := func(host string) bool {
		return anyOf(func(p *traefikProcess) bool { return !p.hosts.set || p.hosts.permits(host, port) })
	}
	for _, host := range o.policy.Host {
		if !unknown(host) && !bound(host) {
			say("host", "host is not among the hosts of "+allowedHosts)
		}
	}
	for _, s := range o.settings {
		if !s.URL || *s.Text == "" || unknown(*s.Text) {
			continue
		}
		if !anyOf(func(p *traefikProcess) bool {
			return !p.hosts.set || !p.hosts.known || outbound.AllowsURL(p.hosts.allows, *s.Text)
		}) {
			say(s.Name, s.Name+" is not among the hosts of "+allowedHosts)
		}
	}
	if !o.policy.InsecureUpstream {
		return found
	}
	for _, host := range o.policy.Host {
		listed := anyOf(func(p *traefikProcess) bool { return p.plain.permits(host, port) })
		free := anyOf(func(p *traefikProcess) bool { return !p.plain.set }) && !sendsSecret(b)
		if !unknown(host) && !listed && !free {
			say("insecure_upstream", "insecure_upstream is not permitted: add the host to "+insecureUpstream)
		}
	}
	return found
}

// sendsSecret reports whether a block's scheme sends the secret as it is, as far as its options tell.
func sendsSecret(b block) bool {
	o, _ := optionsOf(b)
	if outbound.Check(b.vendor, o.config, o.policy) != nil {
		return false // a fault of its own
	}
	signer, err := o.config.Signer()
	return err == nil && signer.SendsSecret()
}
