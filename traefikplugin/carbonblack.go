//go:build go1.21

package traefikplugin

import (
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// CarbonBlack is the block carbonblack: the options of signers.CarbonBlack and outbound.Policy in camelCase.
type CarbonBlack struct {
	signers.CarbonBlack `mapstructure:",squash"`
	outbound.Policy     `mapstructure:",squash"`
	Extra               map[string]interface{} `json:"-" mapstructure:",remain"`
}

func (c *CarbonBlack) block() *block {
	if c == nil {
		return nil
	}
	own := *c // Traefik keeps c for the next router, and is not to see the secrets
	return &block{vendor: "carbonblack", config: &own.CarbonBlack, policy: &own.Policy, extra: own.Extra}
}
