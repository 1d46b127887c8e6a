package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseTOML reads a file of tables.
func parseTOML(data []byte) ([]*node, error) {
	var tables map[string]toml.Primitive
	meta, err := toml.Decode(string(data), &tables)
	if err != nil {
		return nil, err
	}
	return []*node{tomlTable(meta, tables, 1)}, nil
}

// tomlPlace asks the decoder for nothing but the line of a key, which it tells in errors only.
type tomlPlace struct{}

func (*tomlPlace) UnmarshalTOML(any) error { return errors.New("here") }

func tomlTable(meta toml.MetaData, tables map[string]toml.Primitive, line int) *node {
	n := &node{shape: isTable, line: line}
	for key, primitive := range tables {
		e := entry{key: key, line: line}
		var place toml.ParseError
		if errors.As(meta.PrimitiveDecode(primitive, new(tomlPlace)), &place) && place.Position.Line > 0 {
			e.line = place.Position.Line
		}
		var below map[string]toml.Primitive
		var value any
		_ = meta.PrimitiveDecode(primitive, &value) // anything fits
		if e.value = tomlValue(value, e.line); e.value.shape == isTable && meta.PrimitiveDecode(primitive, &below) == nil {
			e.value = tomlTable(meta, below, e.line)
		}
		n.table = append(n.table, e)
	}
	slices.SortFunc(n.table, func(a, b entry) int { return a.line*1000 - b.line*1000 + strings.Compare(a.key, b.key) })
	return n
}

func tomlValue(value any, line int) *node {
	n := &node{line: line, shape: isText, text: fmt.Sprint(value)}
	switch value := value.(type) {
	case bool:
		n.shape = isBool
	case int64, float64:
		n.shape = isNumber
	case []any:
		n.shape = isList
		for _, v := range value {
			n.list = append(n.list, tomlValue(v, line))
		}
	case map[string]any, []map[string]any:
		n.shape = isTable
	}
	return n
}
