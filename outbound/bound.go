//go:build go1.21

package outbound

import (
	"net"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Bound reports whether address, a name or address with or without a port, is a host of this credential. A port counts only
// if it is configured. It permits, so it is strict: the spelling of the configuration except for letter case, and no other name
// for the same machine.
//
//	host acme.example:      acme.example, ACME.example:8443    -> true        acme.example., 192.0.2.1 -> false
//	host acme.example:8443: acme.example:8443, acme.example    -> true        acme.example:443         -> false
func (g *Gate) Bound(address string) bool {
	c := current(g)
	return c.absent != "" || credentials.Bound(c.hosts, address) // without its file the answer is a problem, whatever the address
}

// Names reports whether address is a host of this credential in any spelling, to refuse unsigned requests; Bound, which
// permits them, only accepts the configured spelling. It refuses, so it is broad: a dot at the end, another form of an
// address, and each name of this machine count as the same. It also works while the credential's file is absent; a credential
// whose hosts are only in that file might be for any address.
func (g *Gate) Names(address string) bool {
	c := current(g)
	if c.hosts[0] == "" || credentials.Bound(c.hosts, address) {
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
//
//	LOCALHOST., 127.8.0.1, api.localhost, [::] -> localhost        Acme.Example. -> acme.example
func machineName(name string) string {
	name = credentials.PlainName(name)
	ip := net.ParseIP(name)
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return "localhost"
	}
	return name
}
