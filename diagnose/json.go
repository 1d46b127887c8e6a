package diagnose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object in the order of its text.
type object []field

type field struct {
	key   string
	value any // object, []any, string, json.Number, bool or nil
}

// parseJSON reads a JSON text that is an object or a list.
func parseJSON(text []byte) (any, bool) {
	if t := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))); len(t) < 2 || t[0] != '{' && t[0] != '[' {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	dec.UseNumber()
	v, err := parseValue(dec, 0)
	if err != nil || dec.More() {
		return nil, false
	}
	return v, true
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	if depth > 200 {
		return nil, fmt.Errorf("too deep")
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	d, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if d == '[' {
		list := []any{}
		for dec.More() {
			v, err := parseValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	o := object{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o = append(o, field{key.(string), v})
	}
	_, err = dec.Token()
	return o, err
}

// writing is how a JSON library writes.
type writing struct {
	comma, colon string
	indent       string
	sorted       bool
	ascii        bool // \u escapes for what is not ASCII
	html         bool // and for < > &, as Go does
	slash        bool // \/ as PHP does
	floats       bool // numbers through a float
}

// writings are those of the usual libraries, the most usual first.
var writings = func() []writing {
	var all []writing
	for _, base := range []writing{{comma: ",", colon: ":"}, {comma: ", ", colon: ": "}, {comma: ",", colon: ": ", indent: "  "},
		{comma: ",", colon: ": ", indent: "    "}, {comma: ",", colon: ": ", indent: "\t"}, {comma: ",", colon: " : ", indent: "  "},
		{comma: ",", colon: ": "}} {
		for _, sorted := range []bool{false, true} {
			for _, how := range []writing{{}, {ascii: true}, {html: true}, {slash: true}, {floats: true}, {ascii: true, slash: true}} {
				w := base
				w.sorted, w.ascii, w.html, w.slash, w.floats = sorted, how.ascii, how.html, how.slash, how.floats
				all = append(all, w)
			}
		}
	}
	return all
}()

func (w writing) write(v any) string {
	var b strings.Builder
	w.value(&b, v, "\n")
	return b.String()
}

// writeText writes a text.
func (w writing) writeText(s string) string { return w.write(s) }

func (w writing) value(b *strings.Builder, v any, line string) {
	inner := line + w.indent
	switch v := v.(type) {
	case object:
		if w.sorted {
			v = slices.Clone(v)
			slices.SortStableFunc(v, func(a, b field) int { return strings.Compare(a.key, b.key) })
		}
		w.list(b, '{', '}', len(v), line, func(i int) {
			w.text(b, v[i].key)
			b.WriteString(w.colon)
			w.value(b, v[i].value, inner)
		})
	case []any:
		w.list(b, '[', ']', len(v), line, func(i int) { w.value(b, v[i], inner) })
	case string:
		w.text(b, v)
	case json.Number:
		if f, err := v.Float64(); err == nil && w.floats {
			b.WriteString(strconv.FormatFloat(f, 'g', -1, 64))
		} else {
			b.WriteString(v.String())
		}
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString("null")
	}
}

func (w writing) list(b *strings.Builder, open, end byte, n int, line string, each func(int)) {
	b.WriteByte(open)
	for i := range n {
		if i > 0 {
			b.WriteString(w.comma)
		}
		if w.indent != "" {
			b.WriteString(line + w.indent)
		}
		each(i)
	}
	if w.indent != "" && n > 0 {
		b.WriteString(line)
	}
	b.WriteByte(end)
}

func (w writing) text(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '/' && w.slash:
			b.WriteString(`\/`)
		case r < ' ', w.html && (r == '<' || r == '>' || r == '&'), w.ascii && r == 0x7f:
			fmt.Fprintf(b, `\u%04x`, r)
		case r >= utf8.RuneSelf && w.ascii:
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(b, `\u%04x`, u)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// jsonParams reads a flat JSON object as parameters.
func jsonParams(body []byte) []param {
	v, ok := parseJSON(body)
	o, isObject := v.(object)
	if !ok || !isObject {
		return nil
	}
	var all []param
	for _, f := range o {
		list, ok := f.value.([]any)
		if !ok {
			list = []any{f.value}
		}
		for _, v := range list {
			all = append(all, newParam(f.key, plainText(v)))
		}
	}
	return all
}

func newParam(key, value string) param {
	return param{raw: rfc3986.escape(key) + "=" + rfc3986.escape(value), key: key, value: value}
}

func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	return writings[0].write(v)
}

// formObjects are the JSON objects that a form may come from: values as texts, or as what they look like.
func formObjects(params []param) []object {
	var texts, typed object
	for _, p := range params {
		add := func(o object, v any) object {
			for i, f := range o {
				if f.key == p.key {
					list, ok := f.value.([]any)
					if !ok {
						list = []any{f.value}
					}
					o[i].value = append(list, v)
					return o
				}
			}
			return append(o, field{p.key, v})
		}
		texts = add(texts, p.value)
		var v any = p.value
		switch {
		case p.value == "true" || p.value == "True":
			v = true
		case p.value == "false" || p.value == "False":
			v = false
		case p.value == "null" || p.value == "None":
			v = nil
		case json.Valid([]byte(p.value)) && !strings.ContainsAny(p.value, "{[\" "):
			v = json.Number(p.value)
		}
		typed = add(typed, v)
	}
	return []object{texts, typed}
}
