package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/vendorsign/vendorsign/cli/capture"
)

// shape is what a node of a document is.
type shape int

const (
	isNull shape = iota
	isText
	isNumber
	isBool
	isList
	isTable
)

// node is a part of a configuration, the same for JSON, YAML and TOML, that knows its line.
type node struct {
	shape shape
	line  int
	text  string // of a scalar, as it is written
	plain bool   // a text without quotes: other readers of YAML may take it for something else
	list  []*node
	table []entry // in the order of the file; keys may come twice
}

// entry is a key of a table.
type entry struct {
	key   string
	line  int
	field string // how messages call it, where that is not the path to it
	value *node
}

// get returns the value of a key, or nothing's.
func (n *node) get(key string) *node {
	for _, e := range n.table {
		if e.key == key {
			return e.value
		}
	}
	return new(node)
}

// fault is what is wrong at a place of a file, or doubtful: then Level is levelWarning.
type fault struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Level string `json:"level,omitempty"`
	Field string `json:"field,omitempty"`
	What  string `json:"what"`
}

// levelWarning marks what some requests would suffer from, or what is most likely meant otherwise.
const levelWarning = "warning"

func (f fault) String() string {
	text := fmt.Sprintf("%s:%d: ", f.File, f.Line)
	for _, part := range []string{f.Level, f.Field} {
		if part != "" {
			text += part + ": "
		}
	}
	return text + f.What
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(int64(len(data)), max(0, offset))], []byte("\n"))
}

// parseJSON reads one value.
func parseJSON(data []byte) ([]*node, *fault) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := jsonNode(d, &lineCounter{data: data, line: 1})
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("something follows the value")
		}
	}
	if err != nil {
		offset := d.InputOffset()
		var syntaxError *json.SyntaxError
		if errors.As(err, &syntaxError) {
			offset = syntaxError.Offset
		}
		return nil, &fault{Line: lineAt(data, offset), What: "not JSON: " + capture.Syntax(err).Error()}
	}
	return []*node{n}, nil
}

// lineCounter tells the lines of offsets that only grow, in one walk over the data.
type lineCounter struct {
	data []byte
	done int
	line int
}

func (c *lineCounter) at(offset int64) int {
	end := min(len(c.data), max(c.done, int(offset)))
	c.line += bytes.Count(c.data[c.done:end], []byte("\n"))
	c.done = end
	return c.line
}

func jsonNode(d *json.Decoder, lines *lineCounter) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: lines.at(d.InputOffset())}
	switch token := token.(type) {
	case json.Delim:
		n.shape = isList
		if token == '{' {
			n.shape = isTable
		}
		for d.More() {
			e := entry{}
			if n.shape == isTable {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				e.key, e.line = key.(string), lines.at(d.InputOffset())
			}
			if e.value, err = jsonNode(d, lines); err != nil {
				return nil, err
			}
			if n.shape == isTable {
				n.table = append(n.table, e)
			} else {
				n.list = append(n.list, e.value)
			}
		}
		_, err = d.Token()
	case string:
		n.shape, n.text = isText, token
	case json.Number:
		n.shape, n.text = isNumber, token.String()
	case bool:
		n.shape, n.text = isBool, strconv.FormatBool(token)
	}
	return n, err
}

// json is the node as JSON again.
func (n *node) json() []byte {
	switch n.shape {
	case isText:
		return marshal(n.text)
	case isNumber, isBool:
		return []byte(n.text)
	case isList:
		items := [][]byte{}
		for _, v := range n.list {
			items = append(items, v.json())
		}
		return slices.Concat([]byte("["), bytes.Join(items, []byte(",")), []byte("]"))
	case isTable:
		var pairs [][]byte
		for _, e := range n.table {
			pairs = append(pairs, slices.Concat(marshal(e.key), []byte(":"), e.value.json()))
		}
		return slices.Concat([]byte("{"), bytes.Join(pairs, []byte(",")), []byte("}"))
	}
	return []byte("null")
}

func marshal(text string) []byte {
	data, _ := json.Marshal(text) // a text always can
	return data
}
