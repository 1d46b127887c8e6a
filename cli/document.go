package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
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

// textNode is a text that is made of another.
func textNode(text string, line int) *node { return &node{shape: isText, line: line, text: text} }

// get returns the value of a key, or nothing's.
func (n *node) get(key string) *node {
	for _, e := range n.table {
		if e.key == key {
			return e.value
		}
	}
	return new(node)
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

// fold returns the value of a key in any case, as Traefik reads it.
func (n *node) fold(key string) *node { return n.foldEntry(key).value }

// foldEntry is fold with the key as it is written.
func (n *node) foldEntry(key string) entry {
	for _, e := range n.table {
		if strings.EqualFold(e.key, key) {
			return e
		}
	}
	return entry{value: new(node)}
}

// words are the texts of a list, or of a text with commas.
func (n *node) words() (all []*node) {
	if n.shape != isText {
		return n.list
	}
	for _, word := range strings.Split(n.text, ",") {
		all = append(all, textNode(strings.TrimSpace(word), n.line))
	}
	return all
}

// texts are the scalars of a list, or the scalar itself.
func (n *node) texts() (all []string) {
	for _, item := range n.list {
		all = append(all, item.text)
	}
	if n.shape == isText {
		all = append(all, n.text)
	}
	return all
}

// count says how often a key comes.
func (n *node) count(key string) (count int) {
	for _, e := range n.table {
		if e.key == key {
			count++
		}
	}
	return count
}
