package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// shape is what a node of a document is.
type shape int

// The shapes. A Null is also what Get returns for a key that is not there, so that calls can be
// chained: n.Get("a").Get("b").Text is empty if there is no a.
const (
	Null shape = iota
	Text
	Number
	Bool
	List
	Table
)

// maxDepth is how deep tables and lists may be in each other, with those that aliases copy. Each node knows its path, and each level of
// a walk takes stack: a file of a few hundred kilobytes took gigabytes, and one of 5 MB ended the program. A handle block in
// a Caddyfile takes four levels.
const maxDepth = 500

// errDeep is the error for a file that is nested deeper.
var errDeep = errors.New("it is nested deeper than 500 levels")

// Node is a part of a configuration, the same for JSON, YAML and TOML, that knows its line. Readers do
// not change nodes, but for Node.sort.
type Node struct {
	Shape shape
	Line  int
	// Of a scalar, as it is written: a number keeps its digits.
	Text string
	// A text without quotes: other readers of YAML may take it for something else.
	plain bool
	// A date that is no text, as YAML without quotes and TOML have them.
	dated bool
	List  []*Node
	// In the order of the file; keys may come twice.
	Table []Entry
}

// Entry is a key of a table, with its value.
type Entry struct {
	Key  string
	Line int
	// How messages call it, where that is not the path to it: a label.
	Field string
	Value *Node
}

// TextNode is a text that is made of another.
func TextNode(text string, line int) *Node { return &Node{Shape: Text, Line: line, Text: text} }

// Get returns the value of a key, or an empty node.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Table {
		if e.Key == key {
			return e.Value
		}
	}
	return new(Node)
}

// Last returns the value of a key in any case, the last of several, as Caddy reads JSON; or an empty
// node.
func (n *Node) Last(key string) *Node {
	value := new(Node)
	for _, e := range n.Table {
		if strings.EqualFold(e.Key, key) {
			value = e.Value
		}
	}
	return value
}

// JSON is the node as JSON again, for readers that take bytes.
func (n *Node) JSON() []byte {
	switch n.Shape {
	case Text:
		return marshal(n.Text)
	case Number, Bool:
		return []byte(n.Text)
	case List:
		var items [][]byte
		for _, v := range n.List {
			items = append(items, v.JSON())
		}
		return slices.Concat([]byte("["), bytes.Join(items, []byte(",")), []byte("]"))
	case Table:
		var pairs [][]byte
		for _, e := range n.Table {
			pairs = append(pairs, slices.Concat(marshal(e.Key), []byte(":"), e.Value.JSON()))
		}
		return slices.Concat([]byte("{"), bytes.Join(pairs, []byte(",")), []byte("}"))
	}
	return []byte("null")
}

// marshal is a text in JSON.
func marshal(text string) []byte {
	data, _ := json.Marshal(text) // a text always can
	return data
}

// Fold returns the value of a key in any case, as Traefik reads it.
func (n *Node) Fold(key string) *Node { return n.FoldEntry(key).Value }

// FoldEntry is Fold with the key as it is written; its Key is empty if there is none.
func (n *Node) FoldEntry(key string) Entry {
	for _, e := range n.Table {
		if strings.EqualFold(e.Key, key) {
			return e
		}
	}
	return Entry{Value: new(Node)}
}

// Words are the texts of a list, or of a text with commas, as labels have lists.
func (n *Node) Words() (all []*Node) {
	if n.Shape != Text {
		return n.List
	}
	for _, word := range strings.Split(n.Text, ",") {
		all = append(all, TextNode(strings.TrimSpace(word), n.Line))
	}
	return all
}

// Texts are the scalars of a list, or the scalar itself.
func (n *Node) Texts() (all []string) {
	for _, item := range n.List {
		all = append(all, item.Text)
	}
	if n.Shape == Text {
		all = append(all, n.Text)
	}
	return all
}

// Count says how often a key comes, in any case.
func (n *Node) Count(key string) (count int) {
	for _, e := range n.Table {
		if strings.EqualFold(e.Key, key) {
			count++
		}
	}
	return count
}
