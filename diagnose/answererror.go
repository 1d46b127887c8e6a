package diagnose

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// errorIn is what a JSON body says of an error, and whether it has one: in a member of this name, which may be a text, an object or a
// list, at the top or within Response (within: it is read already).
//
//	{"Response":{"Error":{"Code":"MissingParameter","Message":"..."}}}   {"errors":[{"message":"..."}]}   {"error_msg":"..."}
func errorIn(body []byte, within bool) (text string, named bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return "", false
	}
	for _, name := range slices.Sorted(maps.Keys(top)) {
		found := ""
		switch strings.ToLower(name) {
		case "error", "errors", "fault":
			found = messageIn(top[name], 0)
			named = named || found != ""
		case "response":
			if within { // once: a deep body takes no longer
				continue
			}
			inner, ok := errorIn(top[name], true)
			found, named = inner, named || ok
		}
		text = cmp.Or(text, found)
	}
	return cmp.Or(messageOf(top), text), named
}

// messageNames are the members that vendors put a text for people into, the best first.
var messageNames = []string{"message", "error_description", "error_msg", "errormessage", "msg", "faultstring", "detail", "description",
	"reason", "title", "code"}

// messageIn is the text of an error: itself, of the first in a list, or of a member. Empty: it says nothing, as null and [] do.
func messageIn(raw json.RawMessage, depth int) string {
	var text string
	var list []json.RawMessage
	var object map[string]json.RawMessage
	switch {
	case depth > 2:
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &list) == nil && len(list) > 0:
		return messageIn(list[0], depth+1)
	case json.Unmarshal(raw, &object) == nil:
		return messageOf(object)
	}
	return ""
}

// messageOf is the best text for people among the members of an object.
func messageOf(object map[string]json.RawMessage) string {
	best, rank := "", len(messageNames)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var text string
		at := slices.Index(messageNames, strings.ToLower(name))
		if at >= 0 && at < rank && json.Unmarshal(object[name], &text) == nil && text != "" {
			best, rank = text, at
		}
	}
	return best
}
