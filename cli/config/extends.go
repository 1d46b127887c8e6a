package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostExtended bounds how far a service that extends another one is followed: Compose refuses circles.
const mostExtended = 16

// extend gives the services of a Compose file the labels of those that they extend, as Compose does: otherwise a service that only adds
// a label to a signer would seem to lack its required options.
//
//	base: {labels: {a: 1, b: 2}}
//	app:  {extends: base, labels: {b: 3}}                     -> a: 1, b: 3
//	app:  {extends: {file: common.yaml, service: base}}       -> its labels, at the line of extends
func (f *File) extend() {
	for _, document := range f.Documents {
		services := document.Get("services")
		for _, e := range services.Table {
			if e.Value.Shape != Table || e.Value.Get("extends").Shape == Null {
				continue
			}
			all := &Node{Shape: Table, Line: e.Value.Get("extends").Line, Table: f.labelsOf(services, e.Value, 0)}
			i := slices.IndexFunc(e.Value.Table, isLabels)
			if i < 0 {
				e.Value.Table = append(e.Value.Table, Entry{Key: "labels", Line: all.Line, Value: all})
				continue
			}
			e.Value.Table[i].Value = all
		}
	}
}

// labelsOf are the labels of a service, with those of the one that it extends. services has those of the same file.
func (f *File) labelsOf(services, service *Node, depth int) []Entry {
	var own []Entry
	for _, e := range service.Table {
		if isLabels(e) {
			own = slices.Clone(pairs(e))
		}
	}
	from := service.Get("extends")
	if from.Shape == Null || depth > mostExtended {
		return own
	}
	name, in := from.Text, f
	if from.Shape == Table {
		name = from.Get("service").Text
	}
	if path := from.Get("file").Text; path != "" {
		if in = f.beside(path); in == nil {
			return own
		}
		services = in.Documents[0].Get("services")
	}
	inherited := in.labelsOf(services, services.Get(name), depth+1)
	for _, e := range inherited {
		if in != f {
			e.Line, e.Value = from.Line, TextNode(e.Value.Text, from.Line)
		}
		if !slices.ContainsFunc(own, func(o Entry) bool { return strings.TrimSpace(o.Key) == strings.TrimSpace(e.Key) }) {
			own = append(own, e)
		}
	}
	return own
}

// beside is another Compose file, by its path from this one's folder; nil: it cannot be read. A pipe would block, so it is not read.
func (f *File) beside(path string) *File {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(f.Name), path)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	data, err := ReadFile(path)
	if err != nil {
		return nil
	}
	other := &File{Name: path, Kind: kindYAML, Data: data}
	if other.Documents, err = parseYAML(data); err != nil || len(other.Documents) == 0 {
		return nil
	}
	return other
}
