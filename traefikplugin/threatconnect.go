//go:build go1.21

package traefikplugin

import (
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// ThreatConnect is the block threatconnect: the options of signers.ThreatConnect and outbound.Policy in camelCase.
type ThreatConnect struct {
	signers.ThreatConnect `mapstructure:",squash"`
	outbound.Policy       `mapstructure:",squash"`
	Extra                 map[string]interface{} `json:"-" mapstructure:",remain"`
}

func (c *ThreatConnect) block() *block {
	if c == nil {
		return nil
	}
	own := *c // Traefik keeps c for the next router, and is not to see the secrets
	return &block{vendor: "threatconnect", config: &own.ThreatConnect, policy: &own.Policy, extra: own.Extra}
}
