package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// choose finds the signer of a vendor in a file: Caddy JSON at any depth, a Caddyfile, a Traefik file, labels, manifests, or a
// plain object of options. pick asks for one of several: by name, which is the site of Caddy's or the middleware of Traefik's, by
// its place, or by its number from 1.
func choose(file, vendor, pick string) (block, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return block{}, err
	}
	all, err := newFile(file, data).choices(vendor)
	if err != nil {
		return block{}, err
	}
	var ours, fitting []block
	for _, b := range all {
		if b.vendor == vendor {
			ours = append(ours, b)
		}
	}
	for _, b := range ours {
		if pick != "" && (b.name == pick || b.place() == pick || slices.Contains(strings.Split(b.name, ", "), pick)) {
			fitting = append(fitting, b)
		}
	}
	n, err := strconv.Atoi(pick)
	switch {
	case len(all) == 0:
		return block{}, fmt.Errorf("%s has no signer in it", file)
	case len(ours) == 0:
		return block{}, fmt.Errorf("%s has no signer for %s; it has %s", file, vendor, places(all))
	case pick == "" && len(ours) == 1:
		return ours[0], nil
	case err == nil && n >= 1 && n <= len(ours):
		return ours[n-1], nil
	case len(fitting) == 1:
		return fitting[0], nil
	case pick == "":
		return block{}, fmt.Errorf("%s has several signers for %s; choose with --signer: %s", file, vendor, places(ours))
	case len(fitting) > 1:
		return block{}, fmt.Errorf("--signer %s fits several in %s; choose by number: %s", pick, file, places(ours))
	}
	return block{}, fmt.Errorf("%s has no signer %s; it has %s", file, pick, places(ours))
}

// place is where the block is, as in apps/http/servers/srv0/routes/0/handle/0.
func (b block) place() string {
	if b.bare {
		return "the whole file"
	}
	return strings.Join(b.path, "/")
}

func places(all []block) string {
	var texts []string
	for i, b := range all {
		texts = append(texts, fmt.Sprintf("%d = %s (%s)", i+1, b.name, b.place()))
	}
	return strings.Join(texts, ", ")
}

// choices are the signers of a file in the order of their names and places. An object without any holds the options of the
// vendor that is asked for.
func (f *configFile) choices(vendor string) (all []block, err error) {
	if f.kind == "" {
		return nil, errNoCaddy
	}
	if err := f.parse(); err != nil {
		return nil, f.refusal(err)
	}
	for _, document := range f.documents {
		if line := document.sort(); line > 0 && f.kind == kindYAML {
			return nil, fmt.Errorf("not YAML: line %d: a key comes twice", line)
		}
		blocks, _ := discover(document, "")
		all = append(all, slices.DeleteFunc(blocks, func(b block) bool { return b.value.shape != isTable })...)
	}
	if f.kind != kindJSON && f.kind != kindCaddyfile {
		return all, nil
	}
	document := f.documents[0]
	ofCaddy := func(b block) bool { return b.dialect != inTraefik }
	switch {
	case slices.ContainsFunc(all, ofCaddy):
		return slices.DeleteFunc(all, func(b block) bool { return !ofCaddy(b) }), nil
	case document.shape != isTable:
		return nil, errors.New("it is no JSON object")
	case document.get("apps").shape != isNull:
		return nil, nil
	case len(all) == 0:
		all = []block{{vendor: vendor, name: vendor, bare: true, entry: entry{value: document}, given: document.table}}
	}
	return all, nil
}

// sort puts the keys of all tables in alphabetical order, and leaves the last of those that come twice. It returns the line of
// one that does, or 0.
func (n *node) sort() (twice int) {
	slices.SortStableFunc(n.table, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	kept := n.table[:0]
	for _, e := range n.table {
		if last := len(kept) - 1; last >= 0 && kept[last].key == e.key {
			kept[last], twice = e, e.line
		} else {
			kept = append(kept, e)
		}
	}
	n.table = kept
	for _, e := range n.table {
		twice = max(twice, e.value.sort())
	}
	for _, item := range n.list {
		twice = max(twice, item.sort())
	}
	return twice
}
