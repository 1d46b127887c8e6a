package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// parseTOML reads a file of tables, as one document.
func parseTOML(data []byte) ([]*Node, error) {
	var tables map[string]any
	meta, err := toml.Decode(string(data), &tables)
	if err != nil {
		return nil, err
	}
	return []*Node{tomlTable(tables, nil, tomlLines(meta), 1)}, nil
}

// tomlLines are the lines of all keys, by their paths. The decoder tells a line in an error only, each
// with a copy of the whole file; what it knows of all keys at once is in a field that is not exported.
// Should a later version lack that field, keys have the lines of their tables, or the first.
func tomlLines(meta toml.MetaData) map[string]int {
	lines := make(map[string]int)
	keys := reflect.ValueOf(meta).FieldByName("keyInfo")
	if keys.Kind() != reflect.Map {
		return lines
	}
	for all := keys.MapRange(); all.Next(); {
		if at := all.Value().FieldByName("pos"); at.IsValid() {
			lines[all.Key().String()] = int(at.FieldByName("Line").Int())
		}
	}
	return lines
}

// tomlTable orders its keys by line, as the file has them: the decoder's map has lost their order.
func tomlTable(tables map[string]any, path toml.Key, lines map[string]int, line int) *Node {
	n := &Node{Shape: Table, Line: line}
	for key, value := range tables {
		here := append(path[:len(path):len(path)], key)
		e := Entry{Key: key, Line: cmp.Or(lines[here.String()], line)}
		if below, ok := value.(map[string]any); ok {
			e.Value = tomlTable(below, here, lines, e.Line)
		} else {
			e.Value = tomlValue(value, e.Line)
		}
		n.Table = append(n.Table, e)
	}
	slices.SortFunc(n.Table, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key)) })
	return n
}

// tomlValue is a value that is not a table. Of tables in lists only the shape is kept: no signer is in one.
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
