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

// object is a JSON object in the order of its text, which encoding/json's maps lose: the order of
// members is what serialisers differ in. A key that appears twice stays twice.
type object []field

// field is one member of an object.
type field struct {
	key   string
	value any // object, []any, string, json.Number, bool or nil
}

// parseJSON reads a JSON text that is an object or a list, with or without a byte order mark. Numbers
// stay json.Number, as they were written: 1.0 is not 1.
func parseJSON(text []byte) (any, bool) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if !json.Valid(text) || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return parseValue(dec, 0), true
}

// parseValue reads a value of a text that is valid, so that there are no errors. What is nested deeper
// than 200 comes as nothing: a body of brackets must not exhaust the stack.
func parseValue(dec *json.Decoder, depth int) any {
	if depth > 200 {
		_ = dec.Decode(new(json.RawMessage))
		return nil
	}
	var value any
	switch start, _ := dec.Token(); start {
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			list = append(list, parseValue(dec, depth+1))
		}
		value = list
	case json.Delim('{'):
		o := object{}
		for dec.More() {
			key, _ := dec.Token()
			o = append(o, field{fmt.Sprint(key), parseValue(dec, depth+1)})
		}
		value = o
	default:
		return start
	}
	_, _ = dec.Token() // its end
	return value
}

// writing is how a JSON library writes: its separators, and what it escapes. Its zero value, with ","
// and ":", is JSON.stringify of JavaScript.
//
//	comma ", " colon ": "   Python's json.dumps
//	ascii                   Python's default; \u00e9 for é
//	html                    Go's encoding/json: \u003c for <
//	slash                   PHP's json_encode: \/ for /
//	floats                  a library that reads numbers as floats: 1 for 1.0
type writing struct {
	comma, colon string
	indent       string
	sorted       bool
	ascii        bool // \u escapes for what is not ASCII
	html         bool // and for < > &, as Go does
	slash        bool // \/ as PHP does
	floats       bool // numbers through a float
	points       bool // whole numbers with .0, as floats are written by Python
}

// writings are those of the usual libraries, the most usual first: seven bases, each as it comes and
// sorted, and of each the plain kind and five others of escapes and numbers. 84 in all. body.go
// takes some by their places: 0 is compact, 6 is compact and sorted, 12 has blanks after comma and
// colon, 18 is the same sorted.
var writings = func() (all []writing) {
	for _, base := range []writing{{comma: ",", colon: ":"}, {comma: ", ", colon: ": "}, {comma: ",", colon: ": ", indent: "  "},
		{comma: ",", colon: ": ", indent: "    "}, {comma: ",", colon: ": ", indent: "\t"}, {comma: ",", colon: " : ", indent: "  "},
		{comma: ",", colon: ": "}} {
		for _, sorted := range []bool{false, true} {
			base.sorted = sorted
			ascii, html, slash, floats, both := base, base, base, base, base
			ascii.ascii, html.html, slash.slash, floats.floats, both.ascii, both.slash = true, true, true, true, true, true
			all = append(all, base, ascii, html, slash, floats, both)
		}
	}
	for _, sorted := range []bool{false, true} {
		all = append(all, writing{comma: ",", colon: ":", sorted: sorted, points: true},
			writing{comma: ", ", colon: ": ", sorted: sorted, points: true})
	}
	return all
}()

// write writes a value that parseJSON returned, without a line end behind it.
func (w writing) write(v any) string {
	var b strings.Builder
	w.value(&b, v, "\n")
	return b.String()
}

// value writes one value. line is the line end with the indentation of the value's own line.
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
		} else if w.points && digitsOnly.MatchString(strings.TrimPrefix(v.String(), "-")) {
			b.WriteString(v.String() + ".0")
		} else {
			b.WriteString(v.String())
		}
	case bool:
		b.WriteString(strconv.FormatBool(v))
	default:
		b.WriteString("null")
	}
}

// list writes what is between two brackets. An empty list has no line end inside, as libraries write
// it.
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

// shortEscapes are letters that mean control characters after a backslash (RFC 8259, 7). Other control
// characters are written as \u00XX.
var shortEscapes = strings.NewReplacer("\n", "n", "\r", "r", "\t", "t")

// text writes a text with the escapes of the library. Beyond the BMP, ascii writes a pair of
// surrogates.
func (w writing) text(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"\\\n\r\t", r), r == '/' && w.slash:
			b.WriteString(`\` + shortEscapes.Replace(string(r)))
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
