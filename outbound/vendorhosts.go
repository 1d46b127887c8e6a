//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// closeMultiplexed closes the endpoints that do everything, unless the operator opens them. The paths come from the preset, a
// built-in one or the operator's file.
func (c *credential) closeMultiplexed(paths []string) *signers.Fault {
	if len(paths) == 0 || c.policy.AllowMultiplexed {
		return nil
	}
	closed, err := guardsFor([]string{"* " + strings.Join(paths, " ")})
	if err != nil {
		return &signers.Fault{Option: "allow_multiplexed", Text: "allow_multiplexed: the preset's paths cannot be guarded: " + err.Error()}
	}
	c.closed = closed
	c.ruled = true
	return nil
}

// applyScheme applies what a vendor's scheme says about hosts. The fault is for a host that is not the vendor's, if the scheme
// permits no others.
func (c *credential) applyScheme(scheme signers.Scheme) *signers.Fault {
	strangers := foreignHosts(scheme, c.hosts)
	if len(strangers) == 0 {
		return nil
	}
	usual := scheme.Title + " is at " + strings.Join(scheme.Hosts, ", ")
	if scheme.HostsOnly {
		return &signers.Fault{Option: "host", Text: "host is not one of the vendor's: " + usual}
	}
	c.doubts = append(c.doubts, usual+", and host is another one; this is right for a proxy or a simulated vendor only")
	return nil
}

// foreignHosts are those that are not in a scheme. They are empty if the scheme lists no hosts; addresses and names of this
// machine are for simulated vendors and do not count.
func foreignHosts(scheme signers.Scheme, hosts []string) []string {
	var foreign []string
	for _, host := range hosts {
		name, _ := credentials.CutPort(host)
		if len(scheme.Hosts) > 0 && !isOneOf(scheme.Hosts, name) && !credentials.LeadsInside("https://"+host) {
			foreign = append(foreign, host)
		}
	}
	return foreign
}

// isOneOf reports whether a name is in a list whose entries may begin with "*.", which matches any name in its place.
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
	holds, complete := closed.hold(method, path)
	if holds || !complete {
		return problem(kindNotAllowed, "what this endpoint does depends on a parameter or the body; it needs allow_multiplexed")
	}
	return nil
}
