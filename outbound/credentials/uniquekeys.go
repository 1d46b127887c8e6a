//go:build go1.21

package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
)

// errTwice is the error for JSON with a duplicate key: parsers that use the first value see another credential than
// those that use the last. It does not quote the key, which may be a misplaced secret.
var errTwice = errors.New("a name occurs twice in one object")

// UniqueKeys refuses JSON with an object, at any depth, that has a name twice. Other faults are left to the parser, for which
// it returns nil.
//
//	{"a": 1, "a": 2}, {"a": {"b": 1, "b": 2}} -> an error        [{"a": 1}, {"a": 2}] -> nil
//
// It keeps a stack of the objects and lists that are open, and follows whether the next string is a name or a value.
func UniqueKeys(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var objects []map[string]bool // nil for a list
	var list map[string]bool      // yaegi cannot append nil itself
	key := false                  // whether a string would be a name
	for {
		token, err := d.Token()
		if err != nil {
			// The end, or text that is no JSON, which the parser finds.
			return nil
		}
		switch t := token.(type) {
		case json.Delim:
			switch t.String() {
			case "{":
				objects = append(objects, make(map[string]bool))
			case "[":
				objects = append(objects, list)
			default:
				objects = objects[:len(objects)-1]
			}
			key = len(objects) > 0 && objects[len(objects)-1] != nil
			continue
		case string:
			if key {
				names := objects[len(objects)-1]
				if names[t] {
					return errTwice
				}
				names[t] = true
				key = false
				continue
			}
		}
		key = len(objects) > 0 && objects[len(objects)-1] != nil
	}
}
