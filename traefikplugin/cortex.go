//go:build go1.21

package traefikplugin

import (
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Cortex is the block cortex: the options of signers.Cortex and outbound.Policy in camelCase.
type Cortex struct {
	signers.Cortex  `mapstructure:",squash"`
	outbound.Policy `mapstructure:",squash"`
	Extra           map[string]interface{} `json:"-" mapstructure:",remain"`
}

func (c *Cortex) block() *block {
	if c == nil {
		return nil
	}
	own := *c // Traefik keeps c for the next router, and is not to see the secrets
	return &block{vendor: "cortex", config: &own.Cortex, policy: &own.Policy, extra: own.Extra}
}
