//go:build go1.21

package httpsig

import "strings"

// entry is a member of a dictionary, or of a list without its key. Its texts are in canonical form
// (RFC 9651, section 4.1): of b=?1;x;y=2 the key is b, the value ?1 and the params are ;x;y=2.
type entry struct {
	key    string
	value  string
	params string
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
