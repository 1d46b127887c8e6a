package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads every document of a file.
func parseYAML(data []byte) ([]*Node, error) {
	var all []*Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	y := yamlReader{copies: maxCopies} // of all documents together
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		var n *Node
		if err == nil {
			n, err = y.node(&document, 0)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
}

// maxCopies is how many nodes the aliases of a file may add to it: a small file could otherwise expand to gigabytes, in one document
// or in many.
const maxCopies = 1 << 20

// Repeated are the keys of a document that come twice in their table, but for options of a plugin, which are compared with what it knows.
// YAML's readers refuse such a file, those of Traefik, Compose and Kubernetes included.
func (n *Node) Repeated(found []Entry) []Entry {
	seen := make(map[string]bool)
	for _, e := range n.Table {
		if seen[e.Key] {
			found = append(found, e)
		}
		seen[e.Key] = true
		if !strings.EqualFold(e.Key, "plugin") {
			found = e.Value.Repeated(found)
		}
	}
	for _, item := range n.List {
		found = item.Repeated(found)
	}
	return found
}

// yamlReader reads the documents of a file. What is written out counts nothing, however long the file is.
type yamlReader struct {
	copies  int // how many nodes aliases may still add
	aliases int // that are being followed
}

// node reads a value, which is in depth others. An alias is a copy, as deep as its place.
func (y *yamlReader) node(n *yaml.Node, depth int) (*Node, error) {
	if y.aliases > 0 {
		y.copies--
	}
	switch {
	case y.copies < 0:
		return nil, fmt.Errorf("line %d: its aliases make it too large", n.Line)
	case depth > maxDepth:
		return nil, fmt.Errorf("line %d: %w", n.Line, errDeep)
	}
	out := &Node{Line: n.Line, Text: n.Value, plain: n.Style == 0}
	switch n.Kind {
	case yaml.DocumentNode:
		return y.node(n.Content[0], depth)
	case yaml.AliasNode:
		y.aliases++
		defer func() { y.aliases-- }()
		return y.node(n.Alias, depth+1) // one that is in what it stands for ends, too
	case yaml.SequenceNode:
		out.Shape = List
		for _, item := range n.Content {
			v, err := y.node(item, depth+1)
			if err != nil {
				return nil, err
			}
			out.List = append(out.List, v)
		}
	case yaml.MappingNode:
		out.Shape = Table
		return out, y.table(out, n, depth)
	case yaml.ScalarNode:
		out.dated = n.ShortTag() == "!!timestamp"
		// A tag that is not listed, such as a timestamp's, is a text as it is written.
		out.Shape = map[string]shape{"!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null}[n.ShortTag()]
		if out.Shape == Null && n.ShortTag() != "!!null" {
			out.Shape = Text
		}
	}
	return out, nil
}

// table takes the pairs of a mapping; those that are merged in (<<) come last and replace none, as
// YAML's merge keys have it. Keys that come twice stay, for check to find.
func (y *yamlReader) table(out *Node, n *yaml.Node, depth int) error {
	var merged []*Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		v, err := y.node(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, v)
			merged = append(merged, v.List...)
			continue
		}
		out.Table = append(out.Table, Entry{Key: key.Value, Line: key.Line, Value: v})
	}
	if len(merged) == 0 {
		return nil
	}
	known := make(map[string]bool)
	for _, e := range out.Table {
		known[e.Key] = true
	}
	for _, m := range merged {
		for _, e := range m.Table {
			if !known[e.Key] {
				known[e.Key] = true
				out.Table = append(out.Table, e)
			}
		}
	}
	return nil
}
