package cli

import (
	"regexp"
	"strconv"
	"strings"
)

// labels reads the labels of every container below n.
func (r reading) labels(n *node) {
	for _, e := range n.table {
		if !strings.EqualFold(e.key, "labels") {
			r.labels(e.value)
			continue
		}
		http := labelTree(e).fold("traefik").fold("http")
		before := len(r.traefikFiles.routers)
		r.dynamic(http, "traefik.http")
		r.container(http, r.traefikFiles.routers[before:], e.line)
	}
	for _, item := range n.list {
		r.labels(item)
	}
}

// container gives routers that name no service the one that Traefik does: that of the labels, or the container itself.
func (r reading) container(http *node, routers []*router, line int) {
	services := http.fold("services").table
	for _, one := range routers {
		switch {
		case len(one.services) > 0 || len(services) > 1:
		case len(services) == 1:
			one.services = []reference{refer(services[0].key, fromLabels, one.mark)}
		default:
			s := &service{named: one.named}
			s.servers = []server{{mark: one.mark, plain: true}}
			one.inline = append(one.inline, s)
		}
	}
	for _, e := range services { // a service without a server is the container, too
		for _, s := range r.traefikFiles.services {
			if s.file == r.file && s.provider == fromLabels && s.line == e.line && len(s.servers)+len(s.children) == 0 {
				s.servers = []server{{mark: s.mark, plain: true}}
			}
		}
	}
}

var labelIndex = regexp.MustCompile(`^(.*)\[(\d+)\]$`)

// labelTree makes of a container's labels the tables that they stand for.
func labelTree(labels entry) *node {
	all := labels.value.table
	for _, item := range labels.value.list {
		key, value, _ := strings.Cut(item.text, "=")
		all = append(all[:len(all):len(all)], entry{key: key, line: item.line, value: &node{shape: isText, line: item.line, text: value}})
	}
	root := &node{shape: isTable}
	for _, l := range all {
		key := strings.TrimSpace(l.key)
		if !strings.HasPrefix(strings.ToLower(key), "traefik.") || l.value.shape == isTable || l.value.shape == isList {
			continue
		}
		at, words := root, strings.Split(key, ".")
		for _, word := range words {
			index := ""
			if m := labelIndex.FindStringSubmatch(word); m != nil {
				word, index = m[1], m[2]
			}
			at = at.child(word, l.line, "")
			if i, err := strconv.Atoi(index); err == nil && i < 1000 {
				at = at.item(i, l.line)
			}
		}
		*at = node{shape: isText, line: l.line, text: interpolate(l.value.text), table: at.table}
	}
	return root
}

// item returns an item of a list, which grows to hold it.
func (n *node) item(i, line int) *node {
	n.shape = isList
	for len(n.list) <= i {
		n.list = append(n.list, &node{shape: isTable, line: line})
	}
	return n.list[i]
}
