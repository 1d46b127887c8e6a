//go:build go1.21

package traefikplugin

import (
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Duo is the block duo: the options of signers.Duo and outbound.Policy in camelCase.
type Duo struct {
	signers.Duo     `mapstructure:",squash"`
	outbound.Policy `mapstructure:",squash"`
	Extra           map[string]interface{} `json:"-" mapstructure:",remain"`
}

func (c *Duo) block() *block {
	if c == nil {
		return nil
	}
	own := *c // Traefik keeps c for the next router, and is not to see the secrets
	return &block{vendor: "duo", config: &own.Duo, policy: &own.Policy, extra: own.Extra}
}
