package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads every document of a file.
func parseYAML(data []byte) ([]*node, error) {
	var all []*node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		y := yamlReader{left: 1 << 20}
		var n *node
		if err == nil {
			n, err = y.node(&document)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
}

// yamlReader bounds what aliases can make of a small file.
type yamlReader struct{ left int }

func (y *yamlReader) node(n *yaml.Node) (*node, error) {
	if y.left--; y.left < 0 {
		return nil, fmt.Errorf("line %d: its aliases make it too large", n.Line)
	}
	out := &node{line: n.Line, text: n.Value, plain: n.Style == 0}
	switch n.Kind {
	case yaml.DocumentNode:
		return y.node(n.Content[0])
	case yaml.AliasNode:
		return y.node(n.Alias)
	case yaml.SequenceNode:
		out.shape = isList
		for _, item := range n.Content {
			v, err := y.node(item)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, v)
		}
	case yaml.MappingNode:
		out.shape = isTable
		return out, y.table(out, n)
	case yaml.ScalarNode:
		out.shape = map[string]shape{"!!int": isNumber, "!!float": isNumber, "!!bool": isBool, "!!null": isNull}[n.ShortTag()]
		if out.shape == isNull && n.ShortTag() != "!!null" {
			out.shape = isText
		}
	}
	return out, nil
}

// table takes the pairs of a mapping; those that are merged in come last and replace none.
func (y *yamlReader) table(out *node, n *yaml.Node) error {
	var merged []*node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		v, err := y.node(n.Content[i+1])
		if err != nil {
			return err
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, v)
			merged = append(merged, v.list...)
			continue
		}
		out.table = append(out.table, entry{key: key.Value, line: key.Line, value: v})
	}
	for _, m := range merged {
		for _, e := range m.table {
			if !slices.ContainsFunc(out.table, func(o entry) bool { return o.key == e.key }) {
				out.table = append(out.table, e)
			}
		}
	}
	return nil
}
