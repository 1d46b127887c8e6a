package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// mistake is an error of presets.Parse in one line, with what encoding/json leaves out: the line of a fault in the syntax, and
// the key that a misspelt one most likely means.
//
//	not a preset file: invalid character '}' after array element    -> not a preset file: line 40: invalid character ...
//	not a preset file: json: unknown field "nonces"                 -> not a preset file: unknown key nonces; did you mean nonce?
func (f *presetFile) mistake(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", " ")
	const start = "not a preset file: "
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		before := f.data[:min(len(f.data), int(syntax.Offset))]
		return fmt.Sprintf("%sline %d: %s", start, 1+bytes.Count(before, []byte("\n")), strings.TrimPrefix(text, start))
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
