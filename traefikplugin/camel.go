//go:build go1.21

package traefikplugin

import (
	"sort"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// camel is how Traefik spells the options of a vendor.
type camel struct {
	options []signers.Option
	own     []string          // their names
	texts   []bool            // whether a value is one text, kept as it is
	names   []string          // in camelCase
	places  map[string]int    // by the name in camelCase and lower case
	text    *strings.Replacer // of a text that names options
}

// camelOf is how the options of a vendor are spelt.
func camelOf(vendor string) (*camel, error) {
	if c := knownCamel(vendor); c != nil {
		return c, nil
	}
	options, err := outbound.Options(vendor)
	if err != nil {
		return nil, err
	}
	return spelt(vendor, options), nil
}

// knownCamel is the spelling that was made before; nil: none.
func knownCamel(name string) *camel {
	camelsMu.Lock()
	defer camelsMu.Unlock()
	return camels[name]
}

// spelt makes spellings once: a configuration may have a middleware for each of a thousand routes.
func spelt(name string, options []signers.Option) *camel {
	camelsMu.Lock()
	defer camelsMu.Unlock()
	if c := camels[name]; c != nil {
		return c
	}
	c := &camel{options: options, places: make(map[string]int, len(options))}
	var others []string
	for i, o := range options {
		name := signers.Camel(o.Name)
		c.names = append(c.names, name)
		c.own = append(c.own, o.Name)
		c.texts = append(c.texts, o.IsText())
		c.places[strings.ToLower(name)] = i
		if name != o.Name {
			others = append(others, o.Name)
		}
	}
	c.text = replacer(others)
	camels[name] = c
	return c
}

// replacer writes names in camelCase in texts that package outbound and the signers make, which know snake_case alone. It prefers the
// longer of two that begin alike.
func replacer(names []string) *strings.Replacer {
	sort.Slice(names, func(i, j int) bool { return len(names[i]) > len(names[j]) })
	words := make([]string, 0, 2*len(names))
	for _, name := range names {
		words = append(words, name, signers.Camel(name))
	}
	return strings.NewReplacer(words...)
}

var (
	camelsMu sync.Mutex
	camels   = make(map[string]*camel) // by the vendor, or what else has options
)
