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

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// mistake is an error of presets.Parse in one line, with what encoding/json leaves out: the line of a fault in the syntax, and
// the key that a misspelt one most likely means. Go's names of types become JSON's.
//
//	not a preset file: invalid character '}' after array element    -> not a preset file: line 40: invalid character ...
//	not a preset file: unexpected EOF                               -> not a preset file: it ends too early
//	not a preset file: json: cannot unmarshal string into Go ...    -> not a preset file: line 20: operations must be a list
//	not a preset file: json: unknown field "nonces"                 -> not a preset file: unknown key nonces; did you mean nonce?
func (f *presetFile) mistake(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	const start = "not a preset file: "
	lineAt := func(offset int64) int { return 1 + bytes.Count(f.data[:min(len(f.data), int(offset))], []byte("\n")) }
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%sline %d: %s", start, lineAt(syntax.Offset), strings.TrimPrefix(text, start))
	case errors.As(err, &typed):
		return fmt.Sprintf("%sline %d: %s must be %s", start, lineAt(typed.Offset), cmp.Or(typed.Field, "it"), inJSON(typed.Type.Kind()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return start + "it ends too early"
	}
	key, ok := strings.CutPrefix(text, start+`json: unknown field "`)
	if !ok {
		return text
	}
	key = strings.TrimSuffix(key, `"`)
	text = start + "unknown key " + key
	if near := signers.NearestWord(key, keysOf(reflect.TypeFor[presets.Preset]())); near != "" {
		text += "; did you mean " + near + "?"
	}
	return text
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

// keysOf lists the keys of an object in JSON that fills the type, and of the objects in it.
func keysOf(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return keysOf(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		keys = append(append(keys, key), keysOf(t.Field(i).Type)...)
	}
	return keys
}
