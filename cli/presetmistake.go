package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// presetMistake is why a preset file cannot be read, in one line, with what encoding/json leaves out: the line of a fault,
// and the key that a misspelt one most likely means. Go's names of types become JSON's. err is of either reader of such files,
// that of the signers or that of the simulator.
//
//	invalid character '}' after array element    -> not a preset file: line 40: invalid character '}' after array element
//	unexpected EOF                               -> not a preset file: it ends too early
//	json: cannot unmarshal string into Go ...    -> not a preset file: line 20: operations must be a list
//	json: unknown field "nonces"                 -> not a preset file: line 4: unknown key nonces; did you mean nonce?
func presetMistake(data []byte, err error) string {
	const start = "not a preset file: "
	lineAt := func(offset int64) int { return 1 + bytes.Count(data[:min(len(data), int(offset))], []byte("\n")) }
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%sline %d: %s", start, lineAt(syntax.Offset), syntax)
	case errors.As(err, &typed):
		return fmt.Sprintf("%sline %d: %s must be %s", start, lineAt(typed.Offset), cmp.Or(typed.Field, "it"), inJSON(typed.Type.Kind()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return start + "it ends too early"
	}
	// The decoder's error for an unknown key has no type, so the key is looked for.
	if documents, err := config.ParseJSON(data); err == nil {
		if text := unknownKey(documents[0], reflect.TypeFor[presets.Preset]()); text != "" {
			return start + text
		}
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// inJSON is what a value of a Go type is in JSON.
func inJSON(kind reflect.Kind) string {
	switch kind {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a whole number"
}

// unknownKey names the first key in n that objects of the type do not have, with its line; empty: there is none.
func unknownKey(n *config.Node, t reflect.Type) (found string) {
	switch kind := t.Kind(); {
	case t == reflect.TypeFor[json.RawMessage](): // others read it
	case kind == reflect.Pointer:
		found = unknownKey(n, t.Elem())
	case kind == reflect.Slice:
		for i := 0; i < len(n.List) && found == ""; i++ {
			found = unknownKey(n.List[i], t.Elem())
		}
	case kind == reflect.Map:
		for i := 0; i < len(n.Table) && found == ""; i++ {
			found = unknownKey(n.Table[i].Value, t.Elem())
		}
	case kind == reflect.Struct:
		var names []string
		types := map[string]reflect.Type{}
		for i := range t.NumField() {
			if name := t.Field(i).Tag.Get("json"); name != "" {
				names, types[name] = append(names, name), t.Field(i).Type
			}
		}
		for i := 0; i < len(n.Table) && found == ""; i++ {
			e := n.Table[i]
			if of, known := types[e.Key]; known {
				found = unknownKey(e.Value, of)
				continue
			}
			found = fmt.Sprintf("line %d: unknown key %s", e.Line, signers.ShownName(e.Key))
			if near := signers.NearestWord(e.Key, names); near != "" {
				found += "; did you mean " + near + "?"
			}
		}
	}
	return found
}
