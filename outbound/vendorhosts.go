//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// closeMultiplexed closes the endpoints that do everything, which the operator did not open: a request to one of them says in
// its body or in a parameter what it does, which allow and the guards do not read. The paths come from the preset, a built-in
// one or the operator's file.
func (c *credential) closeMultiplexed(paths []string) *signers.Fault {
	closed, err := guardsFor([]string{"* " + strings.Join(paths, " ")})
	if err != nil {
		return &signers.Fault{Option: "allow_multiplexed", Text: "allow_multiplexed: the preset's paths cannot be guarded: " + err.Error()}
	}
	c.closed = closed
	c.ruled = true
	return nil
}

// applyHosts applies what a vendor's scheme, and the signer of a preset, say about hosts. The fault is for a host that is not
// the vendor's, if the preset permits no others; other hosts cause a warning, since a misspelt one would get the
// credential.
func applyHosts(c *credential, scheme *signers.Scheme, only []string) *signers.Fault {
	if len(foreignHosts(only, c.hosts)) > 0 {
		return &signers.Fault{Option: "host", Text: "host is not one of the vendor's: they are " + strings.Join(only, ", ")}
	}
	if len(foreignHosts(scheme.Hosts, c.hosts)) > 0 {
		addDoubt(c, "host", scheme.Title+" is at "+strings.Join(scheme.Hosts, ", ")+
			", and host is not; this is right only for a proxy or a simulated vendor")
	}
	for _, host := range c.hosts {
		if c.traits.DoubtHost == nil {
			break
		}
		if doubt := c.traits.DoubtHost(host); doubt != "" {
			addDoubt(c, "host", doubt)
		}
	}
	return nil
}

// addDoubt notes what an operator should know about a credential. option is what to look at; empty: no single one.
func addDoubt(c *credential, option, text string) {
	var doubt signers.Fault // named: see the pitfalls of yaegi in CONTRIBUTING.md
	doubt.Option = option
	doubt.Text = text
	c.doubts = append(c.doubts, doubt)
}

// foreignHosts are those that are not among the vendor's. There are none if these are not known; addresses and names of this machine
// are for simulated vendors and do not count.
func foreignHosts(known, hosts []string) []string {
	if len(known) == 0 {
		return nil
	}
	var foreign []string
	for _, host := range hosts {
		name, _ := credentials.CutPort(host)
		if !isOneOf(known, name) && !credentials.LeadsInside("https://"+host) {
			foreign = append(foreign, host)
		}
	}
	return foreign
}

// isOneOf reports whether a name is in a list whose entries may begin with "*.", which matches any name in its place, with
// dots as well.
func isOneOf(list []string, name string) bool {
	for _, entry := range list {
		if entry == name || strings.HasPrefix(entry, "*.") && strings.HasSuffix(name, entry[1:]) {
			return true
		}
	}
	return false
}

// admitMultiplexed refuses requests to endpoints whose path does not tell what they do.
func admitMultiplexed(closed *guards, method, path string) *Problem {
	held, complete := holds(closed, method, path)
	if held || !complete {
		return problem(kindNotAllowed, "what this endpoint does depends on a parameter or the body; it needs allow_multiplexed")
	}
	return nil
}
