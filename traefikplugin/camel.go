//go:build go1.21

package traefikplugin

import (
	"sort"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// camel is how Traefik spells the options of a vendor. Slices have the same order, so that one index is good for
// all of them. It is not changed after spelt, so middlewares share it.
//
//	options  own         names      places
//	0        secret_key  secretKey  secretkey -> 0
//
// Names are compared without letter case, as those of Traefik's own options are.
type camel struct {
	options []signers.Option
	// own are the names of options in snake_case.
	own []string
	// texts says whether a value is one text, kept as it is.
	texts []bool
	// many says whether an option is a list.
	many []bool
	// names are in camelCase.
	names []string
	// places are indexes by the name in camelCase, all in lower case.
	places map[string]int
	// text replaces the names of options in a text.
	text *strings.Replacer
}

// camelOf is how the options of a vendor are spelt. It fails for a vendor that there is not.
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

// knownCamel is the spelling that was made before; nil: none. To look first saves making the list of options,
// which takes an interpreter long.
func knownCamel(name string) *camel {
	camelsMu.Lock()
	defer camelsMu.Unlock()
	return camels[name]
}

// spelt makes spellings once: a configuration may have a middleware for each of a thousand routes. It may be
// called concurrently.
func spelt(name string, options []signers.Option) *camel {
	camelsMu.Lock()
	defer camelsMu.Unlock()
	// Another middleware may have made it since knownCamel.
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
		c.many = append(c.many, o.Many())
		c.places[strings.ToLower(name)] = i
		if name != o.Name {
			others = append(others, o.Name)
		}
	}
	c.text = replacer(others)
	camels[name] = c
	return c
}

// replacer writes names in camelCase in texts that package outbound and the signers make, which know snake_case
// alone. It prefers the longer of two that begin alike: max_body_hashed must become maxBodyHashed, and not
// maxBody_hashed.
func replacer(names []string) *strings.Replacer {
	sort.Slice(names, func(i, j int) bool { return len(names[i]) > len(names[j]) })
	words := make([]string, 0, 2*len(names))
	for _, name := range names {
		words = append(words, name, signers.Camel(name))
	}
	return strings.NewReplacer(words...)
}

// camels are by the vendor, or what else has options. Traefik keeps an interpreter, and with it this map, across
// changes of its configuration; there are as many entries as vendors.
var (
	camelsMu sync.Mutex
	camels   = make(map[string]*camel)
)
