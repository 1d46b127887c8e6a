//go:build go1.21

package presets

import (
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/tokens"
)

// optionUse is an option in a template, or as the argument of a filter.
var optionUse = regexp.MustCompile(`\bopt\.([a-z0-9_]+)`)

// unusedOptions are those that neither the operations nor the token's requests read: usually a name that was changed in one
// place, so that what an operator configures has no effect.
func unusedOptions(p *Preset) []string {
	used := make(map[string]bool)
	for _, found := range optionUse.FindAllStringSubmatch(strings.Join(p.Operations, "\n")+string(p.Token), -1) {
		used[found[1]] = true
	}
	unused := without(p.Options, used)
	if len(unused) == 0 || len(p.Token) == 0 || string(p.Token) == "null" {
		return unused
	}
	// Some keys of a declaration name an option, such as that of a private key. Mistakes in it are found where it is compiled.
	declarations, _ := tokens.Parse(p.Token)
	for _, d := range declarations {
		used[d.When] = true
		for name := range tokens.Reads(d) {
			used[name] = true
		}
	}
	return without(p.Options, used)
}

// without are the names of the options that are not used.
func without(options []Option, used map[string]bool) []string {
	var unused []string
	for _, o := range options {
		if !used[o.Name] {
			unused = append(unused, o.Name)
		}
	}
	return unused
}
