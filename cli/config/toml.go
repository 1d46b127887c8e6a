package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// parseTOML reads a file of tables, as one document.
func parseTOML(data []byte) ([]*Node, error) {
	if deepTOML(data) {
		return nil, errDeep
	}
	var tables map[string]any
	meta, err := toml.Decode(string(data), &tables)
	if err != nil {
		return nil, err
	}
	if tooDeep(tables, 0) {
		return nil, errDeep
	}
	f := newTOMLFile(meta, data)
	return []*Node{f.table(tables, nil, 1)}, nil
}

// tomlFile knows where the keys of a file are.
type tomlFile struct {
	keys    map[string]int   // the lines of all keys, by their paths
	headers map[string][]int // the lines of the headers of tables in a list, as in [[servers]], by their paths
	lines   []string
	below   map[int]map[string]int // what keysBelow has read, by the header
}

// newTOMLFile reads the lines of keys from the decoder. It tells a line in an error only, each with a copy of the whole file; what it
// knows of all keys at once is in a field that is not exported. Without it, keys have the lines of their tables. Keys of several
// tables in a list have the same path, for which the decoder only knows the last line, so their headers are looked for in the text.
func newTOMLFile(meta toml.MetaData, data []byte) *tomlFile {
	f := &tomlFile{keys: make(map[string]int), headers: make(map[string][]int), below: make(map[int]map[string]int),
		lines: strings.Split(string(data), "\n")}
	for i, line := range f.lines {
		if header, ok := strings.CutPrefix(strings.TrimSpace(line), "[["); ok {
			path, _, _ := strings.Cut(header, "]]")
			f.headers[unquoted(path)] = append(f.headers[unquoted(path)], i+1)
		}
	}
	keys := reflect.ValueOf(meta).FieldByName("keyInfo")
	if keys.Kind() != reflect.Map {
		return f
	}
	for all := keys.MapRange(); all.Next(); {
		if at := all.Value().FieldByName("pos"); at.IsValid() {
			f.keys[all.Key().String()] = int(at.FieldByName("Line").Int())
		}
	}
	return f
}

// unquoted is a path without what may be written in several ways.
func unquoted(path string) string { return tomlQuotes.Replace(path) }

var tomlQuotes = strings.NewReplacer(" ", "", "\t", "", `"`, "", "'", "")

// table orders its keys by line, as the file has them: the decoder's map has lost their order.
func (f *tomlFile) table(tables map[string]any, path toml.Key, line int) *Node {
	n := &Node{Shape: Table, Line: line}
	for key, value := range tables {
		here := append(path[:len(path):len(path)], key)
		e := Entry{Key: key, Line: f.keys[here.String()]}
		e.Value = f.value(value, here, cmp.Or(e.Line, line))
		if e.Line == 0 && len(e.Value.Table) > 0 { // only the headers of what is below name it
			e.Line = e.Value.Table[0].Line
			e.Value.Line = e.Line
		}
		e.Line = cmp.Or(e.Line, line)
		n.Table = append(n.Table, e)
	}
	slices.SortFunc(n.Table, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key)) })
	return n
}

func (f *tomlFile) value(value any, path toml.Key, line int) *Node {
	switch value := value.(type) {
	case map[string]any:
		return f.table(value, path, line)
	case []map[string]any:
		n := &Node{Shape: List, Line: line}
		for i, item := range value {
			n.List = append(n.List, f.item(item, path, i, line))
		}
		return n
	case []any:
		n := &Node{Shape: List, Line: line}
		for _, item := range value {
			n.List = append(n.List, f.value(item, path, line))
		}
		return n
	}
	n := &Node{Line: line, Shape: Text, Text: fmt.Sprint(value)}
	switch value := value.(type) {
	case bool:
		n.Shape = Bool
	case int64, float64:
		n.Shape = Number
	case time.Time:
		n.Text, n.dated = value.Format(time.RFC3339), true
	}
	return n
}

// item is a table of a list. Its keys have the lines below its header.
func (f *tomlFile) item(table map[string]any, path toml.Key, i, line int) *Node {
	headers := f.headers[unquoted(path.String())]
	if i >= len(headers) {
		return f.table(table, path, line)
	}
	n := f.table(table, path, headers[i])
	own := f.keysBelow(headers[i])
	for j := range n.Table {
		if e := &n.Table[j]; e.Value.Shape != Table {
			e.Line = cmp.Or(own[e.Key], headers[i])
			e.Value.Line = e.Line
		}
	}
	return n
}

// keysBelow are the lines of the keys in the table whose header is in the line start. They are read once: tables in a list of lists are
// looked for under the headers of the first.
func (f *tomlFile) keysBelow(start int) map[string]int {
	if lines := f.below[start]; lines != nil {
		return lines
	}
	lines := make(map[string]int)
	for i, line := range f.lines[start:] {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			break
		}
		if name, _, ok := strings.Cut(line, "="); ok && lines[unquoted(name)] == 0 {
			lines[unquoted(name)] = start + i + 1
		}
	}
	f.below[start] = lines
	return lines
}
