//go:build go1.21

package outbound

import (
	"net"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Bound reports whether address, a name or address with or without a port, is a host of this credential. A port
// counts only if it is configured.
func (g *Gate) Bound(address string) bool {
	c := current(g)
	return c.absent != "" || bindsTo(c, address) // without its file the answer is a problem, whatever the address
}

// Names reports whether address is a host of this credential in any spelling, to refuse unsigned requests; Bound, which
// permits them, only accepts the configured spelling. It also works while the credential's file is absent; a credential
// whose hosts are only in that file might be for any address.
func (g *Gate) Names(address string) bool {
	c := current(g)
	if c.hosts[0] == "" || bindsTo(c, address) {
		return true
	}
	name, port := credentials.SplitPort(strings.ToLower(address))
	for _, h := range c.hosts {
		bound, boundPort := credentials.SplitPort(h)
		same := machineName(bound) == machineName(name) || credentials.FamilyHas(bound, machineName(name))
		if same && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}

// machineName is plainName, with one name for all names of this machine.
func machineName(name string) string {
	name = credentials.PlainName(name)
	ip := net.ParseIP(name)
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return "localhost"
	}
	return name
}

// bindsTo reports whether address is one of the credential's hosts as they are spelt, or of a family of them.
func bindsTo(c *credential, address string) bool {
	name, port := credentials.SplitPort(strings.ToLower(address))
	for _, h := range c.hosts {
		bound, boundPort := credentials.SplitPort(h)
		same := strings.Trim(bound, "[]") == strings.Trim(name, "[]") && !strings.HasPrefix(bound, wildcard) || credentials.FamilyHas(bound, name)
		if same && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}
