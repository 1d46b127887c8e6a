package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
)

// jsonParams reads a flat JSON object as parameters; nil for anything else. A list is several
// parameters of one key, a nested object is its JSON.
//
//	{"a":1,"b":["x","y"],"c":{"d":2}}  ->  a=1 b=x b=y c=%7B%22d%22%3A2%7D
func jsonParams(body []byte) []param {
	v, ok := parseJSON(body)
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil
	}
	var all []param
	for _, f := range o {
		for _, v := range listOf(f.value) {
			all = append(all, newParam(f.key, plainText(v)))
		}
	}
	return all
}

// newParam is a parameter that was not sent as one, written as RFC 3986 has it.
func newParam(key, value string) param {
	return param{raw: rfc3986.escape(key) + "=" + rfc3986.escape(value), key: key, value: value}
}

// plainText is a value as a parameter has it: a text without quotes, and nothing for null.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	return writings[0].write(v)
}

// listOf is a list, or one of a single value.
func listOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// with adds a field to an object. One that comes again makes a list, as form libraries do: s=x&s=y is
// {"s":["x","y"]}.
func (o object) with(key string, value any) object {
	if i := slices.IndexFunc(o, func(f field) bool { return f.key == key }); i >= 0 {
		o[i].value = append(listOf(o[i].value), value)
		return o
	}
	return append(o, field{key, value})
}

// formObjects are the JSON objects that a form may come from: values as texts, or as what they look
// like.
//
//	n=1&b=true  ->  {"n":"1","b":"true"} and {"n":1,"b":true}
func formObjects(params []param) []object {
	var texts, typed object
	for _, p := range params {
		texts = texts.with(p.key, p.value)
		switch value := p.value; {
		case value == "true", value == "True", value == "false", value == "False":
			typed = typed.with(p.key, strings.EqualFold(value, "true"))
		case value == "null", value == "None":
			typed = typed.with(p.key, nil)
		case json.Valid([]byte(value)) && !strings.ContainsAny(value, "{[\" "):
			typed = typed.with(p.key, json.Number(value))
		default:
			typed = typed.with(p.key, value)
		}
	}
	return []object{texts, typed}
}
