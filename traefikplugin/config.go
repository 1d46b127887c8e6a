//go:build go1.21

package traefikplugin

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// Config is the middleware's configuration: the block of exactly one vendor, whose options are spelt in camelCase in
// any letter case. Another vendor needs another middleware. Because of "remain", Traefik's decoder (mapstructure)
// puts every key that is not a field into Blocks, so that a vendor needs no Go type.
//
//	{"acme": {"keyId": "K1", "secretKey": "file:/run/secrets/acme", "allow": ["GET /admin/v1/users"]}}
//
// Without it, unknown keys would be dropped silently, and with them misspelt options: Traefik does not set
// ErrorUnused.
type Config struct {
	Blocks map[string]interface{} `json:"-" mapstructure:",remain"`
}

// CreateConfig returns the configuration that Traefik fills. Traefik finds it by this name.
func CreateConfig() *Config { return &Config{} }

// block is a vendor's part of the configuration, as New reads it: values are by names in snake_case, as all
// packages but this one know them.
type block struct {
	vendor  string
	options []signers.Option
	camel   *camel
	values  signers.Values
	apps    *appBlock
}

// blockOf returns the only block that is used. Errors name the vendor and the option as Traefik spells it. Whether
// the values are good is for gateOf to find.
//
// As most of what each route needs while it loads, it is no method: interpreted, to call one takes five times as long as a
// function, and a kilobyte.
func blockOf(c *Config) (*block, error) {
	byVendor := make(map[string]interface{})
	for _, key := range sortedKeys(c.Blocks) {
		vendor := strings.ToLower(key)
		if _, err := signers.Lookup(vendor); err != nil {
			return nil, outbound.UnknownVendor(key)
		}
		// Two spellings of one block: which of them counts would depend on the order of a map.
		if byVendor[vendor] != nil {
			return nil, errors.New(vendor + " is given in a different letter case")
		}
		// A key without a value does not count: YAML has "acme:" with nothing below it.
		if c.Blocks[key] != nil {
			byVendor[vendor] = c.Blocks[key]
		}
	}
	// Two vendors in one middleware would sign a request twice.
	if len(byVendor) != 1 {
		return nil, outbound.NotOneVendor(sortedKeys(byVendor))
	}
	vendor := sortedKeys(byVendor)[0]
	given, ok := byVendor[vendor].(map[string]interface{})
	if !ok {
		return nil, errors.New(vendor + " must be a block of options")
	}
	spelt, err := camelOf(vendor)
	if err != nil {
		return nil, err
	}
	b := &block{vendor: vendor, options: spelt.options, camel: spelt, values: make(signers.Values),
		apps: &appBlock{values: make(signers.Values)}}
	verify := verifySpelling()
	for _, key := range sortedKeys(given) {
		lower := strings.ToLower(key)
		if setText(b, lower, given[key]) {
			continue
		}
		// Options about apps are the same for all vendors.
		if _, about := verify.places[lower]; about || lower == "apps" {
			err = b.apps.set(verify, lower, given[key])
		} else {
			err = setOption(b, key, given[key])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vendor, err)
		}
	}
	return b, nil
}

// setText takes an option that is one text and given once, by its name in lower case, and reports whether it did.
// Most options are; interpreted, what setOption does for the others takes longer.
func setText(b *block, lower string, given interface{}) bool {
	i, known := b.camel.places[lower]
	if !known || !b.camel.texts[i] {
		return false
	}
	text, ok := given.(string)
	name := b.camel.own[i]
	if !ok || text == "" || len(b.values[name]) > 0 {
		return false
	}
	b.values[name] = []string{text}
	return true
}

// setOption takes one option. Texts are split at commas where a list is wanted, as Traefik splits those of labels. An
// option that is not known is an error with the nearest name.
func setOption(b *block, key string, given interface{}) error {
	i, known := b.camel.places[strings.ToLower(key)]
	if !known {
		return errors.New(signers.Unknown(signers.InCamel(hinted(b)), key).Text)
	}
	o := b.options[i]
	if len(b.values[o.Name]) > 0 || o.Kind == signers.Block && b.values.Has(o.Name) {
		return errors.New(b.camel.names[i] + " is given twice")
	}
	text, ok := signers.ScalarText(given)
	if !ok {
		return b.setMany(o, b.camel.names[i], given)
	}
	// An empty label leaves an option out, but for one that would restrict: without it more would be allowed.
	if text == "" {
		return signers.EmptyList(o, b.camel.names[i])
	}
	if b.camel.many[i] {
		if fault := outbound.LongList(b.camel.names[i], len(text)); fault != "" {
			return errors.New(fault)
		}
		return split(b, o, text)
	}
	if fault := b.values.Set(o, text); fault != nil {
		return errors.New(b.camel.text.Replace(fault.Text))
	}
	return nil
}

// hinted are the options that a misspelt one can be meant for: in a vendor's block those about apps, too. The block of an app
// has its own alone.
func hinted(b *block) []signers.Option {
	if b.apps == nil {
		return b.options
	}
	return append(signers.WithNames(b.options, []string{"apps"}), verifySpelling().options...)
}

// setMany takes an option, of that name in camelCase, that is given as a list or a block, or not at all. What
// forms arrive depends on the provider: labels are texts, and maps where a name has dots or indexes; YAML, TOML
// and the Kubernetes CRD have lists and numbers.
func (b *block) setMany(o signers.Option, name string, given interface{}) error {
	if given == nil {
		return signers.EmptyList(o, name)
	}
	switch value := given.(type) {
	case map[string]interface{}:
		if o.Many() {
			return errors.New(name + " must be a list of strings; put a reference in braces in quotes, or write env:NAME or file:/path")
		}
		if o.Kind != signers.Block {
			return errors.New(name + " must be a string; put a reference in braces in quotes, or write env:NAME or file:/path")
		}
		// Entries of a block keep their spelling here: options.NAME of a custom scheme. What may have several values is only known
		// with its file.
		for _, inner := range sortedKeys(value) {
			list, ok := value[inner].([]interface{})
			if !ok {
				list = []interface{}{value[inner]}
			}
			texts, err := textsOf(name+": "+inner, list)
			if err != nil {
				return err
			}
			b.values[o.Name+"."+inner] = texts
		}
		return nil
	case []interface{}:
		if !o.Many() {
			return errors.New(name + " must be a single value")
		}
		texts, err := textsOf(name, value)
		if err != nil {
			return err
		}
		b.values[o.Name] = append(b.values[o.Name], texts...)
		if len(value) == 0 {
			return signers.EmptyList(o, name)
		}
		return nil
	case []string:
		if !o.Many() {
			return errors.New(name + " must be a single value")
		}
		// Traefik has split a label at its commas already, but perhaps within an entry.
		text := strings.Join(value, ",")
		if text == "" {
			return signers.EmptyList(o, name)
		}
		if fault := outbound.LongList(name, len(text)); fault != "" {
			return errors.New(fault)
		}
		return split(b, o, text)
	}
	return errors.New(name + " must be a string, a number, true or false")
}

// textsOf are the entries of a list of YAML, or of labels with indexes.
func textsOf(name string, list []interface{}) ([]string, error) {
	size := 0
	texts := make([]string, 0, len(list))
	for _, entry := range list {
		text, ok := signers.ScalarText(entry)
		if !ok {
			return nil, errors.New(name + " must be a string or a list of strings")
		}
		size += len(text) + 1
		if fault := outbound.LongList(name, size); fault != "" {
			return nil, errors.New(fault)
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// split takes a list that is written as one text: "GET /a,GET /b" has two entries. Blanks around an entry are the
// option's own matter.
func split(b *block, o signers.Option, text string) error {
	entries := strings.Split(text, ",")
	if o.Name == "allow" {
		if fault := outbound.SplitMethods(entries); fault != "" {
			return errors.New(fault)
		}
	}
	b.values[o.Name] = entries
	return nil
}

// gateOf checks the block and builds its gate. The errors spell options as Traefik does. references says which files
// and variables a label's author may name; say tells the operator what is no error, such as a host that the vendor
// does not document.
func gateOf(b *block, references credentials.References, say func(news string)) (*outbound.Gate, error) {
	if len(b.values["explain_header"]) > 0 {
		return nil, fmt.Errorf("%s: explainHeader is for Caddy; here observe writes explanations to the log", b.vendor)
	}
	if len(b.values["audit_output"])+len(b.values["audit_file"]) > 0 {
		if fault := outbound.AuditFault(outbound.PolicyOf(b.values), true); fault != "" {
			return nil, errors.New(b.vendor + ": " + b.camel.text.Replace(fault))
		}
	}
	// The gate then signs nothing that was not verified, whichever way it came.
	if b.apps.given {
		b.values["require_app"] = []string{"true"}
	} else if len(b.values["require_app"]) > 0 {
		return nil, fmt.Errorf("%s: requireApp needs apps in this middleware, which verifies and signs", b.vendor)
	}
	// Demand: Traefik has no storage in which a plugin could keep a token. Blind: only with observe does the
	// plugin see an answer's status.
	sharing := outbound.Sharing{Demand: true, Blind: true}
	gate, faults := outbound.Build(b.vendor, b.values, references, sharing, spelling(b.camel.text, say))
	if len(faults) > 0 {
		return nil, errors.New(b.camel.text.Replace(signers.FaultsError(b.vendor, faults).Error()))
	}
	gate.Spell = inCamel
	return gate, nil
}

// spelling says news in Traefik's words. It is a variable for the same reason as teller.
var spelling = func(words *strings.Replacer, say func(news string)) func(news string) {
	return func(news string) { say(words.Replace(news)) }
}

// inCamel spells an option for problems: see outbound.Gate.Spell.
var inCamel = func(name string) string { return signers.Camel(name) }

// sortedKeys makes the order of a map's keys the same each time, so that the first error is.
func sortedKeys(m map[string]interface{}) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
