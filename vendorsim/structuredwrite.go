package vendorsim

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// write spells an item or an inner list in the one way that RFC 9651, 4.1, has: `(1  "t" );q=?1` is (1 "t");q. A signature
// covers this spelling of its components, whatever arrived.
func (i sfItem) write() string {
	var b strings.Builder
	if list, ok := i.value.([]sfItem); ok {
		b.WriteByte('(')
		for n, one := range list {
			if n > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(one.write())
		}
		b.WriteByte(')')
	} else {
		b.WriteString(writeBare(i.value))
	}
	for _, p := range i.params {
		b.WriteString(";" + p.key)
		// A parameter that is true is written without its value (RFC 9651, 4.1.1.2).
		if !isTrue(p.value) {
			b.WriteString("=" + writeBare(p.value))
		}
	}
	return b.String()
}

// writeBare spells a bare item: RFC 9651, 4.1.4 to 4.1.11. What was read is of one of these types; of any other there is no
// spelling.
//
//	int64(42) -> 42        sfDecimal(1500) -> 1.5        "a\"b" -> "a\"b" in quotes, escaped        []byte("hi") -> :aGk=:
func writeBare(value any) string {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case sfDecimal:
		sign := ""
		if v < 0 {
			sign, v = "-", -v
		}
		// One digit at least, and no zeros at the end: 1500 is 1.5, 2000 is 2.0.
		fraction := strings.TrimRight(fmt.Sprintf("%03d", v%1000), "0")
		if fraction == "" {
			fraction = "0"
		}
		return sign + strconv.FormatInt(int64(v/1000), 10) + "." + fraction
	case string:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	case sfToken:
		return string(v)
	case []byte:
		return ":" + base64.StdEncoding.EncodeToString(v) + ":"
	case bool:
		if v {
			return "?1"
		}
		return "?0"
	case sfDate:
		return "@" + strconv.FormatInt(int64(v), 10)
	case sfDisplay:
		return `%"` + string(v) + `"`
	}
	return ""
}

// writeField spells a whole field again. Which type it has is not said: what can be read as a list is one, all else is a
// dictionary. The text is the same for what could be both, but for a dictionary of true members alone with one of them twice.
//
//	a=1,  b;x=?1 -> a=1, b;x        1,2;a -> 1, 2;a
func writeField(text string) (string, bool) {
	all, ok := sfMembers(text, false)
	if !ok {
		if all, ok = sfMembers(text, true); !ok {
			return "", false
		}
	}
	parts := make([]string, len(all))
	for n, m := range all {
		switch {
		case m.key == "":
			parts[n] = m.write()
		case isTrue(m.value):
			parts[n] = m.key + strings.TrimPrefix(m.write(), "?1")
		default:
			parts[n] = m.key + "=" + m.write()
		}
	}
	return strings.Join(parts, ", "), true
}

// isTrue reports whether a value is the boolean true, which parameters and members are without a value.
func isTrue(value any) bool {
	b, ok := value.(bool)
	return ok && b
}
