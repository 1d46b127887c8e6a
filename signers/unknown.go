//go:build go1.21

package signers

import (
	"regexp"
	"strings"
)

// Unknown is the fault for an option that does not exist. It suggests the nearest one that does.
func Unknown(options []Option, name string) Fault { return UnknownIn("option", options, name) }

// UnknownIn is Unknown for something else than an option, as what says: a key.
func UnknownIn(what string, options []Option, name string) Fault {
	shown := ShownName(name)
	// As in "max_body: 1MiB" of a Caddyfile, which has neither a colon nor an equals sign behind a name.
	for _, o := range options {
		if o.Name == shown && name != shown {
			return Fault{Option: shown, Text: shown + " has a " + name[len(shown):len(shown)+1] + " behind its name; write it without"}
		}
	}
	if near, ok := Nearest(options, name); ok {
		return Fault{Option: shown, Text: "unknown " + what + " " + shown + "; did you mean " + near + "?"}
	}
	if longer := withPart(options, name); longer != "" {
		return Fault{Option: shown, Text: "unknown " + what + " " + shown + "; did you mean " + longer + "?"}
	}
	return Fault{Option: shown, Text: "unknown " + what + " " + shown + vendorsWith(name) + "; known are " + known(options)}
}

// known lists options for an error. A vendor's own come first, and host is the first of the common ones: these are too many for a line.
func known(options []Option) string {
	names := make([]string, 0, len(options))
	for i, o := range options {
		names = append(names, o.Name)
		if o.Name == "host" && len(options) > i+8 {
			return strings.Join(names, ", ") + ", and the common options of https://github.com/vendorsign/vendorsign/blob/main/docs/options.md"
		}
	}
	return strings.Join(names, ", ")
}

// withPart finds the options of which name is a part, as explain is of explain_header; empty: there is none, or there are too many to
// mean one of them.
func withPart(options []Option, name string) string {
	part := underscored(name)
	if part == "" {
		return ""
	}
	var found []string
	for _, o := range options {
		// The vendor's own come before the common ones, of which host is the first.
		if o.Name == "host" && len(found) > 0 {
			break
		}
		if strings.Contains("_"+underscored(o.Name)+"_", "_"+part+"_") && letters(o.Name) != unbinds {
			found = append(found, o.Name)
		}
	}
	if len(found) > 2 {
		return ""
	}
	return strings.Join(found, " or ")
}

// underscored is a name in snake_case; empty if it is too long or short to mean anything.
//
//	explainHeader, explain-header -> explain_header
func underscored(name string) string {
	if len(name) < 3 || len(name) > 40 {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(humps.ReplaceAllString(name, "${1}_${2}"), "-", "_"))
}

// humps are where a name in camelCase has its capitals.
var humps = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// vendorsWith says which vendors have an option of exactly this name; empty: none.
func vendorsWith(name string) string {
	found := having(Natives(), name)
	if len(found) > 0 {
		return ", which is one of " + strings.Join(found, " and ")
	}
	found = having(Presets(), name)
	switch {
	case len(found) == 0:
		return ""
	case len(found) > 3:
		return ", which other vendors have"
	}
	return ", which is one of " + strings.Join(found, " and ")
}

// having are those of the vendors that have an option of this name.
func having(vendors []string, name string) []string {
	found := make([]string, 0, len(vendors))
	for _, vendor := range vendors {
		scheme, _ := find(vendor)
		if _, ok := FindSpelt(scheme.Options, name); ok {
			found = append(found, vendor)
		}
	}
	return found
}
