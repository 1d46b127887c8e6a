package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseTOML reads a file of tables.
func parseTOML(data []byte) ([]*Node, error) {
	var tables map[string]toml.Primitive
	meta, err := toml.Decode(string(data), &tables)
	if err != nil {
		return nil, err
	}
	return []*Node{tomlTable(meta, tables, 1)}, nil
}

// tomlPlace asks the decoder for nothing but the line of a key, which it tells in errors only.
type tomlPlace struct{}

func (*tomlPlace) UnmarshalTOML(any) error { return errors.New("here") }

func tomlTable(meta toml.MetaData, tables map[string]toml.Primitive, line int) *Node {
	n := &Node{Shape: Table, Line: line}
	for key, primitive := range tables {
		e := Entry{Key: key, Line: line}
		var place toml.ParseError
		if errors.As(meta.PrimitiveDecode(primitive, new(tomlPlace)), &place) && place.Position.Line > 0 {
			e.Line = place.Position.Line
		}
		var below map[string]toml.Primitive
		var value any
		_ = meta.PrimitiveDecode(primitive, &value) // anything fits
		if e.Value = tomlValue(value, e.Line); e.Value.Shape == Table && meta.PrimitiveDecode(primitive, &below) == nil {
			e.Value = tomlTable(meta, below, e.Line)
		}
		n.Table = append(n.Table, e)
	}
	slices.SortFunc(n.Table, func(a, b Entry) int { return a.Line*1000 - b.Line*1000 + strings.Compare(a.Key, b.Key) })
	return n
}

func tomlValue(value any, line int) *Node {
	n := &Node{Line: line, Shape: Text, Text: fmt.Sprint(value)}
	switch value := value.(type) {
	case bool:
		n.Shape = Bool
	case int64, float64:
		n.Shape = Number
	case []any:
		n.Shape = List
		for _, v := range value {
			n.List = append(n.List, tomlValue(v, line))
		}
	case map[string]any, []map[string]any:
		n.Shape = Table
	}
	return n
}
