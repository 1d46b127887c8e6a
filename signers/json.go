//go:build go1.21

package signers

import (
	"encoding/json"
	"errors"
	"sort"
	"strconv"
	"strings"
)

// FromJSON reads the options of a JSON object whose keys are their names. An unknown key, or a value of the wrong type, is
// a fault that names the key and never the value. A single text is accepted for a list, and null is ignored.
func FromJSON(options []Option, data []byte) (Values, []Fault) {
	if HasByteOrderMark(string(data)) {
		return nil, []Fault{{Option: "", Text: "the configuration " + ByteOrderMark}}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, []Fault{{Option: "", Text: "the configuration is not a JSON object"}}
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	v := make(Values, len(names))
	for _, name := range names {
		if string(object[name]) == "null" {
			continue
		}
		o, ok := Find(options, name)
		if !ok {
			return nil, []Fault{Unknown(options, name)}
		}
		if text := v.setJSON(o, object[name]); text != "" {
			return nil, []Fault{{Option: name, Text: name + " " + text}}
		}
	}
	return v, nil
}

// setJSON sets an option; if the value is wrong, it says what it must be. Numbers and flags may not be texts, as in any configuration in
// JSON, while values of other kinds may be given in the ways that people write them.
func (v Values) setJSON(o Option, raw []byte) string {
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch o.Kind {
	case Number:
		var n int64
		if json.Unmarshal(raw, &n) != nil {
			if isText && strings.Trim(text, "0123456789") != "" {
				return notANumber(&o)
			}
			return "must be a whole number"
		}
		v.Set(o, strconv.FormatInt(n, 10))
	case Flag:
		var on bool
		if json.Unmarshal(raw, &on) != nil {
			return "must be true or false"
		}
		v.Set(o, strconv.FormatBool(on))
	case List, Lines:
		var list []string
		if isText {
			list = []string{text}
		} else if json.Unmarshal(raw, &list) != nil {
			return "must be a string or a list of strings"
		}
		// [] is the word for no entries, where that is something else than leaving the option out.
		if len(list) == 0 && o.None != "" {
			list = []string{o.None}
		}
		if len(list) == 0 || isText && text == "" {
			if text := o.checkEmpty(); text != "" || len(list) == 0 {
				return text
			}
		}
		v[o.Name] = list
	case Block:
		var block map[string]interface{}
		if json.Unmarshal(raw, &block) != nil {
			return "must be an object of options"
		}
		for key, value := range block {
			if list, ok := value.([]interface{}); ok {
				texts, ok := scalarTexts(list)
				if !ok {
					return key + " must be a list of strings"
				}
				v[o.Name+"."+key] = texts
				continue
			}
			scalar, ok := ScalarText(value)
			if !ok {
				return key + " must be a string, a number, true or false"
			}
			v[o.Name+"."+key] = []string{scalar}
		}
	case Duration:
		var seconds int64
		if !isText && json.Unmarshal(raw, &seconds) != nil {
			return "must be a duration such as 5m, or whole seconds"
		}
		if !isText {
			text = strconv.FormatInt(seconds, 10)
		}
		v.Set(o, text)
	case Document:
		var object map[string]interface{}
		if !isText && json.Unmarshal(raw, &object) != nil {
			return "must be a string or an object"
		}
		if !isText {
			text = string(raw)
		}
		v.Set(o, text)
	default:
		// true and false are words of some choices, and YAML and people write them without quotes.
		if on := string(raw); !isText && (on == "true" || on == "false") && checkChoice(&o, on) == "" && len(o.Values) > 0 {
			text = on
			isText = true
		}
		if !isText {
			return "must be a string"
		}
		if text == "" {
			return o.checkEmpty()
		}
		v.Set(o, text)
	}
	return ""
}

// Texts reads a list of texts, or one text as a list of one, as options are read. It is not ok if the value is neither.
func Texts(raw json.RawMessage) ([]string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return []string{text}, true
	}
	var texts []string
	err := json.Unmarshal(raw, &texts)
	return texts, err == nil
}

// ListEmpty is what is wrong with a list without an entry, such as an allow that a template left empty: it must not be read as no
// restriction.
const ListEmpty = "is empty; give an entry, or leave the option out"

// textEmpty is ListEmpty for an option that has one value.
const textEmpty = "is empty; give a value, or leave the option out"

// checkEmpty says what is wrong with an option without a value or an entry; usually nothing.
func (o Option) checkEmpty() string {
	switch {
	case !o.Restricts:
		return ""
	case o.Many():
		return ListEmpty
	}
	return textEmpty
}

// EmptyList is the error for an option without a value or an entry, under the name that the gateway gives it; usually nil.
func EmptyList(o Option, name string) error {
	if text := o.checkEmpty(); text != "" {
		return errors.New(name + " " + text)
	}
	return nil
}

// scalarTexts spells the entries of a list.
func scalarTexts(list []interface{}) ([]string, bool) {
	texts := make([]string, 0, len(list))
	for _, entry := range list {
		text, ok := ScalarText(entry)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// ScalarText spells a text, a number or a truth value of JSON, YAML or TOML: 1000000, and not 1e+06.
func ScalarText(value interface{}) (text string, ok bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case int:
		return strconv.Itoa(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case float64: // JSON has no other numbers
		return strconv.FormatFloat(value, 'f', -1, 64), true
	}
	return "", false
}

// Object is the configuration as the keys and values of a JSON object, which FromJSON reads.
func (v Values) Object(options []Option) map[string]interface{} {
	object := make(map[string]interface{}, len(v))
	for _, o := range options {
		switch {
		case !v.Has(o.Name):
		case o.Kind == Number:
			object[o.Name] = v.Number(o.Name)
		case o.Kind == Flag:
			object[o.Name] = v.Flag(o.Name)
		case o.Many():
			object[o.Name] = v[o.Name]
		case o.Kind == Block:
			object[o.Name] = v.Sub(o.Name)
		default:
			object[o.Name] = v.Text(o.Name)
		}
	}
	return object
}
