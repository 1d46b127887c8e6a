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
	return &block{vendor: "threatconnect", config: &c.ThreatConnect, policy: &c.Policy, extra: c.Extra}
}
