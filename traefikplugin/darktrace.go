//go:build go1.21

package traefikplugin

import (
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Darktrace is the block darktrace: the options of signers.Darktrace and outbound.Policy in camelCase.
type Darktrace struct {
	signers.Darktrace `mapstructure:",squash"`
	outbound.Policy   `mapstructure:",squash"`
	Extra             map[string]interface{} `json:"-" mapstructure:",remain"`
}

func (c *Darktrace) block() *block {
	if c == nil {
		return nil
	}
	own := *c // Traefik keeps c for the next router, and is not to see the secrets
	return &block{vendor: "darktrace", config: &own.Darktrace, policy: &own.Policy, extra: own.Extra}
}
