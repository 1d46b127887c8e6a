//go:build go1.21

package traefikplugin

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Config is the middleware's configuration: the block of exactly one vendor. Another vendor is another middleware.
type Config struct {
	CarbonBlack   *CarbonBlack           `json:"carbonblack,omitempty"`
	Cortex        *Cortex                `json:"cortex,omitempty"`
	Darktrace     *Darktrace             `json:"darktrace,omitempty"`
	Duo           *Duo                   `json:"duo,omitempty"`
	ThreatConnect *ThreatConnect         `json:"threatconnect,omitempty"`
	Extra         map[string]interface{} `json:"-" mapstructure:",remain"`
}

// CreateConfig returns the configuration that Traefik fills.
func CreateConfig() *Config { return &Config{} }

// block is a vendor's part of the configuration.
type block struct {
	vendor string
	config signers.Config
	policy *outbound.Policy
	extra  map[string]interface{} // keys that are no option: Traefik itself would drop them silently
}

// block returns the only block that is used.
func (c *Config) block() (*block, error) {
	if len(c.Extra) > 0 {
		return nil, outbound.UnknownVendor(firstKey(c.Extra))
	}
	var used []*block
	for _, b := range []*block{c.CarbonBlack.block(), c.Cortex.block(), c.Darktrace.block(), c.Duo.block(), c.ThreatConnect.block()} {
		if b != nil {
			used = append(used, b)
		}
	}
	if len(used) != 1 {
		return nil, fmt.Errorf("exactly one of %s must be configured in a middleware, and %d are", strings.Join(signers.Vendors(), ", "), len(used))
	}
	return used[0], nil
}

// gate checks the block and builds its gate. The errors spell options as Traefik does.
func (b *block) gate(references outbound.References, say func(news string)) (*outbound.Gate, error) {
	if len(b.extra) > 0 {
		settings := b.settings()
		for i := range settings {
			settings[i].Name = signers.Camel(settings[i].Name)
		}
		return nil, fmt.Errorf("%s: %w", b.vendor, signers.Unknown(settings, firstKey(b.extra)))
	}
	if b.policy.ExplainHeader || b.policy.Audit != "" {
		return nil, fmt.Errorf("%s: explainHeader and audit are for Caddy; here observe writes explanations to the log", b.vendor)
	}
	// Traefik has no storage that a plugin could keep a token in.
	sharing := outbound.Sharing{Demand: true}
	gate, err := outbound.BuildShared(b.vendor, b.config, b.policy, references, sharing, func(news string) { say(inCamel(news, b.settings())) })
	if err != nil {
		return nil, errors.New(inCamel(err.Error(), b.settings()))
	}
	gate.Spell = signers.Camel
	return gate, nil
}

// settings are all options; they are listed where one must be named.
func (b *block) settings() []signers.Setting {
	return append(b.config.Settings(), b.policy.Settings()...)
}

func inCamel(text string, settings []signers.Setting) string {
	for _, s := range settings {
		if strings.Contains(s.Name, "_") {
			text = strings.ReplaceAll(text, s.Name, signers.Camel(s.Name))
		}
	}
	return text
}

func firstKey(m map[string]interface{}) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys[0]
}
