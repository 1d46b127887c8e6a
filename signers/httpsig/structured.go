//go:build go1.21

package httpsig

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// entry is a member of a dictionary, or of a list without its key. Its texts are spelt as RFC 9651, 4.1, says.
type entry struct {
	key    string
	value  string
	params string
}

// Each pattern is of the beginning of a text: loops over its bytes would be slow interpreted.
var (
	sfKey     = regexp.MustCompile(`^[a-z*][a-z0-9_.*-]*`)
	sfString  = regexp.MustCompile(`^"(?:[ !#-\[\]-~]|\\["\\])*"`)
	sfToken   = regexp.MustCompile(`^[A-Za-z*][!#$%&'*+.^_|~0-9A-Za-z:/` + "`" + `-]*`)
	sfBytes   = regexp.MustCompile(`^:[A-Za-z0-9+/]*=*:`)
	sfBoolean = regexp.MustCompile(`^\?[01]`)
	sfDecimal = regexp.MustCompile(`^-?[0-9]{1,12}\.[0-9]{1,3}`)
	sfInteger = regexp.MustCompile(`^-?[0-9]{1,15}`)
	sfDate    = regexp.MustCompile(`^@-?[0-9]{1,15}`)
	sfDisplay = regexp.MustCompile(`^%"(?:[ !#$&-~]|%[0-9a-f]{2})*"`)
	sfComma   = regexp.MustCompile(`^[ \t]*,[ \t]*`)
)

// bareItem reads an item without parameters (RFC 9651, 3.3), and spells it in its one form. What follows it is the second text.
func bareItem(text string) (string, string, bool) {
	if text == "" {
		return "", "", false
	}
	found := ""
	switch text[0] {
	case '"':
		found = sfString.FindString(text)
	case ':':
		found = sfBytes.FindString(text)
		// Parsers may accept bytes without their padding (RFC 9651, 4.2.7).
		raw, err := base64.RawStdEncoding.DecodeString(strings.Trim(found, ":="))
		if err != nil || found == "" {
			return "", "", false
		}
		return ":" + base64.StdEncoding.EncodeToString(raw) + ":", text[len(found):], true
	case '?':
		found = sfBoolean.FindString(text)
	case '@':
		found = sfDate.FindString(text)
		return "@" + number(strings.TrimPrefix(found, "@")), text[len(found):], found != ""
	case '%':
		found = sfDisplay.FindString(text)
	default:
		if found = sfDecimal.FindString(text); found == "" {
			found = sfInteger.FindString(text)
		}
		if found != "" {
			rest := text[len(found):]
			return number(found), rest, rest == "" || !strings.ContainsAny(rest[:1], "0123456789.")
		}
		found = sfToken.FindString(text)
	}
	return found, text[len(found):], found != ""
}

// number spells an integer or a decimal in the one way that there is (RFC 9651, 4.1.4 and 4.1.5).
func number(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
		text = text[1:]
	}
	whole, fraction, isDecimal := strings.Cut(text, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	fraction = strings.TrimRight(fraction, "0")
	if whole == "0" && fraction == "" {
		sign = ""
	}
	if !isDecimal {
		return sign + whole
	}
	if fraction == "" {
		fraction = "0"
	}
	return sign + whole + "." + fraction
}

// parameters reads those behind an item (RFC 9651, 3.1.2). One without a value is true, ?1, which is not written (4.1.1.2).
func parameters(text string) (string, string, bool) {
	var all []entry
	for strings.HasPrefix(text, ";") {
		text = strings.TrimLeft(text[1:], " ")
		name := sfKey.FindString(text)
		if name == "" {
			return "", "", false
		}
		text = text[len(name):]
		value := "?1"
		if strings.HasPrefix(text, "=") {
			item, rest, ok := bareItem(text[1:])
			if !ok {
				return "", "", false
			}
			value = item
			text = rest
		}
		all = put(all, entry{key: name, value: value})
	}
	written := ""
	for _, p := range all {
		written += ";" + p.key
		if p.value != "?1" {
			written += "=" + p.value
		}
	}
	return written, text, true
}

// put adds an entry, or takes the place of one with its key: the last one counts, where the first one was (RFC 9651, 4.2.2 and 4.2.3.2).
func put(all []entry, e entry) []entry {
	for i := range all {
		if all[i].key == e.key {
			all[i] = e
			return all
		}
	}
	return append(all, e)
}

// itemOrInner reads an item or an inner list (RFC 9651, 3.1.1), without its parameters.
func itemOrInner(text string) (string, string, bool) {
	if !strings.HasPrefix(text, "(") {
		return bareItem(text)
	}
	text = text[1:]
	var items []string
	for {
		trimmed := strings.TrimLeft(text, " ")
		if strings.HasPrefix(trimmed, ")") {
			return "(" + strings.Join(items, " ") + ")", trimmed[1:], true
		}
		if len(items) > 0 && trimmed == text {
			return "", "", false
		}
		item, rest, ok := bareItem(trimmed)
		if !ok {
			return "", "", false
		}
		params, behind, ok := parameters(rest)
		if !ok {
			return "", "", false
		}
		items = append(items, item+params)
		text = behind
	}
}

// readEntries reads a dictionary, or a list (RFC 9651, 4.2.1 and 4.2.2). It is not ok if the text is none, or is empty.
func readEntries(text string, dictionary bool) ([]entry, bool) {
	text = strings.Trim(text, " ")
	var all []entry
	for text != "" {
		var e entry
		hasValue := true
		if dictionary {
			e.key = sfKey.FindString(text)
			if e.key == "" {
				return nil, false
			}
			text = text[len(e.key):]
			if hasValue = strings.HasPrefix(text, "="); hasValue {
				text = text[1:]
			}
		}
		e.value = "?1"
		if hasValue {
			value, rest, ok := itemOrInner(text)
			if !ok {
				return nil, false
			}
			e.value = value
			text = rest
		}
		params, rest, ok := parameters(text)
		if !ok {
			return nil, false
		}
		e.params = params
		if dictionary {
			all = put(all, e)
		} else {
			all = append(all, e)
		}
		text = rest
		if text == "" {
			break
		}
		// A comma at the end is an error (RFC 9651, 4.2.1 and 4.2.2).
		comma := sfComma.FindString(text)
		if comma == "" || len(comma) == len(text) {
			return nil, false
		}
		text = text[len(comma):]
	}
	return all, len(all) > 0
}

// strict spells a structured field anew. Its type is not known: what can be read as a list is a list, of one item where it has one,
// and all else a dictionary. The two would only differ where a dictionary without any value has a key twice.
func strict(text string) (string, bool) {
	all, ok := readEntries(text, false)
	if !ok {
		if all, ok = readEntries(text, true); !ok {
			return "", false
		}
	}
	written := make([]string, len(all))
	for i, e := range all {
		switch {
		case e.key == "":
			written[i] = e.value + e.params
		case e.value == "?1":
			written[i] = e.key + e.params
		default:
			written[i] = e.key + "=" + e.value + e.params
		}
	}
	return strings.Join(written, ", "), true
}

// memberOf is the value of a member of a dictionary, spelt anew. The first truth says whether the
// dictionary has it, the second whether there is one.
func memberOf(text, key string) (string, bool, bool) {
	all, ok := readEntries(text, true)
	if !ok {
		return "", false, false
	}
	for _, e := range all {
		if e.key == key {
			return e.value + e.params, true, true
		}
	}
	return "", false, true
}
