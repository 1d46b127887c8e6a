//go:build go1.21

package presets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// File is the text of a built-in preset, compact: one line of JSON. ok is false if there is none of this name.
func File(name string) (text string, ok bool) {
	text, ok = files()[name]
	return text, ok
}

// Digest identifies what a preset file says: SHA-256, in hex, of its JSON with sorted keys and without white
// space. So it is the same for a file and for the text that was built in from it. {"b":1,"a":[2, 3]} and
// {"a":[2,3],"b":1} both have 2aae3bfa906be39530e7d7a4aa90a7e6d4f29c33e3ac80e1c3b05598c5953c04. Operators compare
// it to see whether a preset has changed.
func Digest(file []byte) (string, error) {
	var content interface{}
	d := json.NewDecoder(bytes.NewReader(file))
	// As float64 a long number would lose digits, and two files could have one digest.
	d.UseNumber()
	if err := d.Decode(&content); err != nil {
		return "", fmt.Errorf("not a preset file: %w", err)
	}
	// A map's keys come out sorted.
	sorted, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(sorted)
	return hex.EncodeToString(sum[:]), nil
}

// lineWidth is how long a line of a readable file may be before its parts get lines of their own.
const lineWidth = 120

// Readable is a preset file for people: keys in their order, short objects and lists in one line.
//
//	{
//	  "preset": 1,
//	  "name": "acme",
//	  "options": [{"name": "id", "doc": "The key's id."}, {"name": "key", "doc": "The key.", "secret": true}],
//	  "docs": "a `b`"
//	}
//
// It is what preset show prints. encoding/json can indent, and then gives each word of a list a line; and decoding
// would lose the order of the keys. So the functions below work on the text.
func Readable(file []byte) ([]byte, error) {
	var compact, out bytes.Buffer
	if err := json.Compact(&compact, file); err != nil {
		return nil, fmt.Errorf("not a preset file: %w", err)
	}
	layOut(&out, unescaped(compact.String()), 0)
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// layOut writes a compact value at a depth of nesting. The file itself is never in one line. value is valid JSON:
// json.Compact has seen it.
func layOut(out *bytes.Buffer, value string, depth int) {
	members := split(value)
	line := strings.Repeat("  ", depth)
	if depth > 0 && len(line)+len(value)+2*len(members) <= lineWidth || len(members) == 0 {
		out.WriteString(spaced(value))
		return
	}
	out.WriteString(value[:1])
	for i, member := range members {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n  " + line)
		if value[0] == '{' {
			// A member of an object begins with its key.
			end := stringEnd(member, 0)
			out.WriteString(member[:end] + ": ")
			member = member[end+1:]
		}
		layOut(out, member, depth+1)
	}
	out.WriteString("\n" + line + value[len(value)-1:])
}

// split returns the members of a compact object or list; nothing for another value, or an empty one.
//
//	{"a":[1,2],"b":"x,y"} -> "a":[1,2]   "b":"x,y"
func split(value string) []string {
	if value[0] != '{' && value[0] != '[' || len(value) == 2 {
		return nil
	}
	var members []string
	depth, start := 0, 1
	for i := 1; i < len(value)-1; i++ {
		switch value[i] {
		// Brackets and commas in a string do not count.
		case '"':
			i = stringEnd(value, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				members = append(members, value[start:i])
				start = i + 1
			}
		}
	}
	return append(members, value[start:len(value)-1])
}

// stringEnd is where the string that begins at i ends: the place behind its closing quote.
func stringEnd(value string, i int) int {
	for i++; value[i] != '"'; i++ {
		if value[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// spaced is a compact value in one line, with a blank behind each comma and colon: {"a":[1,2]} -> {"a": [1, 2]}.
// Strings stay as they are.
func spaced(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '"' {
			end := stringEnd(value, i)
			b.WriteString(value[i:end])
			i = end - 1
			continue
		}
		b.WriteByte(value[i])
		if value[i] == ',' || value[i] == ':' {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// unescaped has backquotes as they are, which a Go file with the text could not have: \u0060 becomes one. Other
// escapes stay; of \\u0060, which is a backslash and a text, the first two bytes are one escape.
func unescaped(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			b.WriteByte(value[i])
			continue
		}
		if strings.HasPrefix(value[i:], `\u0060`) {
			b.WriteByte('`')
			i += len(`\u0060`) - 1
			continue
		}
		b.WriteString(value[i : i+2])
		i++
	}
	return b.String()
}
