package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// traefikProcess is a container of a Compose file or a manifest that runs Traefik with the plugin.
type traefikProcess struct {
	file         *checkedFile
	config.Entry // its environment, or itself
	// Its variables, by name.
	set map[string]config.Entry
	// A part of its environment is elsewhere, so that a variable that is not here may be set.
	more bool
	// VENDORSIGN_ALLOWED_HOSTS: where label authors may send secrets.
	hosts hostList
	// VENDORSIGN_INSECURE_UPSTREAM: where without verified TLS.
	plain hostList
}

// hostList is a variable with a list of hosts, as far as the file says: it is set, and its value is
// known.
type hostList struct {
	set, known bool
	allows     func(address, defaultPort string) bool
}

// permits reports whether the list has an address, or may have it.
func (l hostList) permits(address, defaultPort string) bool {
	return l.set && (!l.known || l.allows(address, defaultPort))
}

// traefikProcesses finds the services of a Compose file and the containers of a manifest that run
// Traefik.
func traefikProcesses(n *config.Node, path string) (all []*traefikProcess) {
	for i, item := range n.List {
		if strings.HasSuffix(path, "containers") {
			name := item.Get("name").Text
			all = append(all, processOf(config.Entry{Key: name, Line: item.Line, Field: config.Join(path, name), Value: item}, "env")...)
			continue
		}
		all = append(all, traefikProcesses(item, config.Join(path, strconv.Itoa(i)))...)
	}
	for _, e := range n.Table {
		e.Field = config.Join(path, e.Key)
		if path == "services" {
			all = append(all, processOf(e, "environment")...)
			continue
		}
		all = append(all, traefikProcesses(e.Value, e.Field)...)
	}
	return all
}

// processOf returns a container with its environment, if it runs Traefik with the plugin. key is what
// the environment is called there: a list of NAME=VALUE or a table in Compose, a list of objects in a
// manifest.
func processOf(container config.Entry, key string) []*traefikProcess {
	n := container.Value
	p := &traefikProcess{Entry: container, set: make(map[string]config.Entry)}
	p.more = n.Get("env_file").Shape != config.Null || n.Get("envFrom").Shape != config.Null
	for _, e := range n.Table {
		if e.Key == key {
			p.Line, p.Field = e.Line, config.Join(container.Field, key)
		}
	}
	environment := n.Get(key)
	for _, e := range environment.Table {
		e.Field = config.Join(p.Field, e.Key)
		p.set[e.Key] = e
	}
	for _, item := range environment.List {
		name, value, _ := strings.Cut(item.Text, "=")
		e := config.Entry{Key: name, Line: item.Line, Value: config.TextNode(value, item.Line)}
		if item.Shape == config.Table { // of a manifest
			e.Key, e.Value = item.Get("name").Text, item.Get("value")
			if item.Get("valueFrom").Shape != config.Null {
				// From a ConfigMap or a Secret, which no file here has.
				e.Value = config.TextNode("{valueFrom}", item.Line)
			}
		}
		e.Field = config.Join(p.Field, e.Key)
		p.set[e.Key] = e
	}
	// Whatever names the program: the service's name, the image and the command line.
	runs := container.Key + " " + n.Get("image").Text
	for _, key := range []string{"command", "args", "entrypoint"} {
		runs += " " + commandLine(n.Get(key))
	}
	// The plugin's module is in Traefik's static configuration. If that is a file, the container is known by our
	// variables.
	ours := strings.Contains(runs, "github.com/vendorsign/vendorsign")
	for name := range p.set {
		ours = ours || strings.HasPrefix(name, credentials.VarPrefix) && strings.Contains(runs, "traefik")
	}
	if ours {
		return []*traefikProcess{p}
	}
	return nil
}

// commandLine joins the texts of a command, which may be one or a list.
func commandLine(n *config.Node) string {
	text := n.Text
	for _, item := range n.List {
		text += " " + item.Text
	}
	return text
}

// read takes the lists of a process, and warns where hosts are not bound. blocks are the signers of all
// files, whose hosts are proposed.
func (p *traefikProcess) read(blocks []config.Block) (found []config.Fault) {
	for name, list := range map[string]*hostList{credentials.VarAllowedHosts: &p.hosts, credentials.VarInsecure: &p.plain} {
		e, ok := p.set[name]
		if !ok {
			list.set = p.more // the rest may have it
			continue
		}
		text := config.Interpolate(e.Value.Text)
		list.set, list.known = true, !config.Unknown(text)
		if !list.known {
			continue
		}
		var err error
		list.allows, err = credentials.ParseAllowedHosts(text)
		if name == credentials.VarInsecure && strings.TrimSpace(text) == "" { // nowhere
			list.allows, err = func(string, string) bool { return false }, nil
		}
		if err != nil {
			list.known = false
			found = append(found, config.Fault{Line: e.Line, Field: e.Field, What: err.Error()})
		}
	}
	// The bindings say hosts as well, secret by secret.
	if !p.hosts.set && p.set[credentials.VarBindings].Value == nil {
		found = append(found, config.Fault{Line: p.Line, Field: p.Field, Level: config.LevelWarning,
			What: "anyone who writes a label can have secrets sent to any host; add " + credentials.VarAllowedHosts + ": " + usedHosts(blocks)})
	}
	return found
}

// usedHosts are all that the signers name, as the variable would have them: a value to copy.
func usedHosts(blocks []config.Block) string {
	var hosts []string
	for _, b := range blocks {
		o, _ := optionsOf(b)
		hosts = append(hosts, slices.Concat(o.Values["host"], addresses(o))...)
	}
	if hosts = slices.DeleteFunc(hosts, config.Unknown); len(hosts) == 0 {
		return "the names of your vendors"
	}
	slices.Sort(hosts)
	return strings.Join(slices.Compact(hosts), ",")
}
