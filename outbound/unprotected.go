//go:build go1.21

package outbound

import (
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Where the signature leaves a body out, TLS alone protects it: with insecure_upstream anybody on the way could change what an
// application stores. So such bodies are refused with it, unless the vendor is on this machine.

// protectsBodies refuses an option that leaves bodies unsigned over connections that do not protect them. v has the option's
// value, for the text.
func protectsBodies(c *credential, v signers.Values) *signers.Fault {
	option := c.traits.Unprotected
	if option == "" || !c.insecure || isLocal(c) {
		return nil
	}
	return &signers.Fault{Option: option, Text: option + " " + v.Text(option) + " leaves bodies unsigned, and with insecure_upstream " +
		"anybody on the way to the vendor can change them: leave one of the two out, unless host is an address of this machine"}
}

// admitUnsigned refuses a body that its client does not want signed, as protectsBodies does for one that the configuration
// does not. The text names the settings of SDKs that decide it.
func admitUnsigned(c *credential, m *signers.Message) *Problem {
	if c.traits.Unsigned == nil || !c.insecure || isLocal(c) {
		return nil
	}
	if !c.traits.Unsigned(m) {
		return nil
	}
	return problem(kindUnsignable, "an unsigned payload needs https, and insecure_upstream is set: send the hash of the body "+
		"(request_checksum_calculation=when_required and payload_signing_enabled=true)")
}

// isLocal reports whether all hosts of the credential are names or addresses of this machine.
func isLocal(c *credential) bool {
	for _, host := range c.hosts {
		name, _ := credentials.CutPort(host)
		if !signers.Loopback(credentials.PlainName(name)) {
			return false
		}
	}
	return true
}
