//go:build go1.21

package httpsig

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// entry is a member of a dictionary, or of a list without its key. Its texts are in canonical form
// (RFC 9651, section 4.1): of b=?1;x;y=2 the key is b, the value ?1 and the params are ;x;y=2.
type entry struct {
	key    string
	value  string
	params string
}

// Each pattern is of the beginning of a text: loops over its bytes would be slow interpreted. They
// are the types of bare items of RFC 9651, section 3.3, and the keys of dictionaries and
// parameters.
var (
	// sfKey is a key, sfString and sfToken are texts with and without quotes (RFC 9651, sections
	// 3.3.3 and 3.3.4).
	sfKey    = regexp.MustCompile(`^[a-z*][a-z0-9_.*-]*`)
	sfString = regexp.MustCompile(`^"(?:[ !#-\[\]-~]|\\["\\])*"`)
	sfToken  = regexp.MustCompile(`^[A-Za-z*][!#$%&'*+.^_|~0-9A-Za-z:/` + "`" + `-]*`)
	// sfBytes has its alphabet alone checked; base64 itself is decoded in bareItem.
	sfBytes   = regexp.MustCompile(`^:[A-Za-z0-9+/]*=*:`)
	sfBoolean = regexp.MustCompile(`^\?[01]`)
	// Decimals have at most 12 digits before the point and 3 behind it, integers 15 (sections 3.3.1
	// and 3.3.2).
	sfDecimal = regexp.MustCompile(`^-?[0-9]{1,12}\.[0-9]{1,3}`)
	sfInteger = regexp.MustCompile(`^-?[0-9]{1,15}`)
	sfDate    = regexp.MustCompile(`^@-?[0-9]{1,15}`)
	// sfDisplay is a text with other characters than ASCII, percent-encoded in lower case (section
	// 3.3.8).
	sfDisplay = regexp.MustCompile(`^%"(?:[ !#$&-~]|%[0-9a-f]{2})*"`)
	sfComma   = regexp.MustCompile(`^[ \t]*,[ \t]*`)
)

// bareItem reads an item without parameters (RFC 9651, section 3.3), and returns its canonical form
// and what follows it. The first byte tells the type.
//
//	"a" b       "a"        and the rest is  b
//	:YQ:        :YQ==:
//	@0012       @12
//	1.500       1.5
//	1234567890123456       not ok: integers have 15 digits
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
		// Parsers may accept bytes without their padding (RFC 9651, section 4.2.7).
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
		// The decimal is tried first: the integer would match what is before its point.
		if found = sfDecimal.FindString(text); found == "" {
			found = sfInteger.FindString(text)
		}
		if found != "" {
			rest := text[len(found):]
			// More digits or another point would make it a number that is not permitted, and not
			// two items.
			return number(found), rest, rest == "" || !strings.ContainsAny(rest[:1], "0123456789.")
		}
		found = sfToken.FindString(text)
	}
	return found, text[len(found):], found != ""
}

// number spells an integer or a decimal in the one way that there is (RFC 9651, sections 4.1.4 and
// 4.1.5): 007 is 7, -0 is 0, 1.500 is 1.5 and 2.0 stays 2.0.
func number(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
		text = text[1:]
	}
	whole, fraction, isDecimal := strings.Cut(text, ".")
	// Zeros in front mean nothing, but one digit must be there.
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

// parameters reads those behind an item (RFC 9651, section 3.1.2), and returns them in canonical
// form and what follows. One without a value is true, ?1, which is not written (section 4.1.1.2):
// of ";a;b=2 x" it returns ";a;b=2" and " x". There may be no parameters.
func parameters(text string) (string, string, bool) {
	var all []entry
	places := make(map[string]int)
	for n := 0; strings.HasPrefix(text, ";"); n++ {
		if n == maxMembers {
			return "", "", false
		}
		// Blanks are permitted behind the semicolon, and not before it (section 4.2.3.2).
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
		all = put(all, places, entry{key: name, value: value})
	}
	written := make([]string, len(all))
	for i, p := range all {
		written[i] = ";" + p.key
		if p.value != "?1" {
			written[i] += "=" + p.value
		}
	}
	return strings.Join(written, ""), text, true
}

// maxMembers is how many members a dictionary or a list may have as it is written, and how many
// parameters an item: the most that every parser must support (RFC 9651, sections 3.1 and 3.2).
// Without a bound, a client's header of a megabyte would keep the gateway busy for a minute.
const maxMembers = 1024

// put adds an entry, or takes the place of one with its key: the last one counts, where the first
// one was (RFC 9651, sections 4.2.2 and 4.2.3.2). places has the index in all of each key.
func put(all []entry, places map[string]int, e entry) []entry {
	if i, known := places[e.key]; known {
		all[i] = e
		return all
	}
	places[e.key] = len(all)
	return append(all, e)
}

// itemOrInner reads an item or an inner list (RFC 9651, section 3.1.1), without its parameters. It
// returns it in canonical form and what follows: of (a  "b";x)y these are (a "b";x) and y.
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
		// Items of an inner list must have a blank between them.
		if len(items) == maxMembers || len(items) > 0 && trimmed == text {
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

// readEntries reads a dictionary, or a list (RFC 9651, sections 4.2.1 and 4.2.2). It is not ok if
// the text does not parse as one, or is empty: an empty field is not sent at all.
func readEntries(text string, dictionary bool) ([]entry, bool) {
	// Blanks at the ends are not a part of the field (section 4.2).
	text = strings.Trim(text, " ")
	var all []entry
	places := make(map[string]int)
	for n := 0; text != ""; n++ {
		if n == maxMembers {
			return nil, false
		}
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
		// A member without a value is true (RFC 9651, section 3.2).
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
			all = put(all, places, e)
		} else {
			all = append(all, e)
		}
		text = rest
		if text == "" {
			break
		}
		// A comma at the end is an error (RFC 9651, sections 4.2.1 and 4.2.2).
		comma := sfComma.FindString(text)
		if comma == "" || len(comma) == len(text) {
			return nil, false
		}
		text = text[len(comma):]
	}
	return all, len(all) > 0
}

// strict is the canonical form of a structured field, for components with ;sf. Its type is not
// known: what can be read as a list is a list, of one item where it has one, and all else a
// dictionary. The two would only differ where a dictionary without any value has a key twice.
//
//	a=1, b=?1;x;y=2,  c=(1 "two");q=0.50     a=1, b;x;y=2, c=(1 "two");q=0.5
//	"a";x=01, tok , :YQ:                     "a";x=1, tok, :YQ==:
//	a=1,                                     not ok
func strict(text string) (string, bool) {
	all, ok := readEntries(text, false)
	if !ok {
		// A dictionary with a value, as in a=1, is no list: "=" cannot follow an item.
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

// memberOf is the value of a member of a dictionary in canonical form, for components with ;key.
// The first truth says whether the dictionary has it, the second whether the text is a dictionary.
// Of "a=1, b=2;x, a=3" a is 3, since the last one counts, and b is 2;x.
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
