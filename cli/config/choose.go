package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Choose finds the signer of a vendor in a file: Caddy JSON at any depth, a Caddyfile, a Traefik file,
// labels, manifests, or a plain object of options. pick asks for one of several: by name, which is the
// site of Caddy's or the middleware of Traefik's, by its place, or by its number from 1. An empty pick
// takes the only one. The errors list what there is to choose from.
func Choose(file, vendor, pick string) (Block, error) {
	data, err := ReadFile(file)
	if err != nil {
		return Block{}, err
	}
	all, err := NewFile(file, data).choices(vendor)
	if err != nil {
		return Block{}, err
	}
	ours := slices.DeleteFunc(slices.Clone(all), func(b Block) bool { return b.Vendor != vendor })
	fitting := slices.DeleteFunc(slices.Clone(ours), func(b Block) bool {
		return pick == "" || pick != b.name && pick != b.place() && !slices.Contains(strings.Split(b.name, ", "), pick)
	})
	n, err := strconv.Atoi(pick)
	switch {
	case len(all) == 0:
		return Block{}, fmt.Errorf("%s has no signer in it", file)
	case len(ours) == 0:
		return Block{}, fmt.Errorf("%s has no signer for %s; it has %s", file, vendor, places(all))
	case pick == "" && len(ours) == 1:
		return ours[0], nil
	case err == nil && n >= 1 && n <= len(ours):
		return ours[n-1], nil
	case len(fitting) == 1:
		return fitting[0], nil
	case pick == "":
		return Block{}, fmt.Errorf("%s has several signers for %s; choose with --signer: %s", file, vendor, places(ours))
	case len(fitting) > 1:
		return Block{}, fmt.Errorf("--signer %s fits several in %s; choose by number: %s", pick, file, places(ours))
	}
	return Block{}, fmt.Errorf("%s has no signer %s; it has %s", file, pick, places(ours))
}

// place is where the block is, as in apps/http/servers/srv0/routes/0/handle/0.
func (b Block) place() string {
	if b.bare {
		return "the whole file"
	}
	return strings.Join(b.Path, "/")
}

// places lists signers with the numbers that pick takes.
func places(all []Block) string {
	var texts []string
	for i, b := range all {
		texts = append(texts, fmt.Sprintf("%d = %s (%s)", i+1, b.name, b.place()))
	}
	return strings.Join(texts, ", ")
}

// choices are the signers of a file in the order of their names and places, so that a number means the
// same in each call. An object without any holds the options of the vendor that is asked for.
func (f *File) choices(vendor string) (all []Block, err error) {
	if f.Kind == "" {
		return nil, ErrNoCaddy
	}
	if err := f.Parse(); err != nil {
		return nil, f.refusal(err)
	}
	for _, document := range f.Documents {
		if line := document.sort(); line > 0 && f.Kind == kindYAML {
			return nil, fmt.Errorf("not YAML: line %d: a key appears twice", line)
		}
		blocks, _ := Discover(document, "")
		all = append(all, slices.DeleteFunc(blocks, func(b Block) bool { return b.Value.Shape != Table })...)
	}
	if f.Kind != KindJSON && f.Kind != KindCaddyfile {
		return all, nil
	}
	document := f.Documents[0]
	// A JSON file is Caddy's or Traefik's, or only holds options; a signer of Caddy's decides.
	ofCaddy := func(b Block) bool { return b.Dialect != InTraefik }
	switch {
	case slices.ContainsFunc(all, ofCaddy):
		return slices.DeleteFunc(all, func(b Block) bool { return !ofCaddy(b) }), nil
	case document.Shape != Table:
		return nil, errors.New("it is not a JSON object")
	case document.Get("apps").Shape != Null:
		return nil, nil
	case len(all) == 0:
		all = []Block{{Vendor: vendor, name: vendor, bare: true, Entry: Entry{Value: document}, given: document.Table}}
	}
	return all, nil
}

// sort puts the keys of all tables in alphabetical order, and keeps the last of those that come twice.
// Keys that only differ in case stay in the order of the file, in which the last one counts for Caddy.
// It returns the line of one that appears twice, or 0: YAML does not allow that.
func (n *Node) sort() (twice int) {
	slices.SortStableFunc(n.Table, func(a, b Entry) int { return strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)) })
	kept := n.Table[:0]
	for _, e := range n.Table {
		if last := len(kept) - 1; last >= 0 && kept[last].Key == e.Key {
			kept[last], twice = e, e.Line
		} else {
			kept = append(kept, e)
		}
	}
	n.Table = kept
	for _, e := range n.Table {
		twice = max(twice, e.Value.sort())
	}
	for _, item := range n.List {
		twice = max(twice, item.sort())
	}
	return twice
}
