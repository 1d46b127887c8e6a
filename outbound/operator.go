//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// permits checks where a credential's secrets would go, against what the operator permits to whoever wrote the configuration:
// its hosts, unprotected connections, the gateway's own identity, token services and proxies, and last the bindings of each
// secret. The faults name the option and the variable, and no value. o is nil where the operator writes the configuration;
// then everything is permitted.
//
//	VENDORSIGN_ALLOWED_HOSTS       hosts, token services and proxies           o.PermitHosts, o.PermitAddress
//	VENDORSIGN_INSECURE_UPSTREAM   plain http                                  o.PermitHosts, o.PlainSet
//	VENDORSIGN_BINDINGS            each secret: for which vendor and hosts     o.PermitUses
func permits(o *credentials.Operator, s *configSource, c *credential, v signers.Values, uses []credentials.Use) *signers.Fault {
	if o == nil {
		return nil
	}
	insecure := c.policy.InsecureUpstream
	if fault := o.PermitHosts(c.hosts, insecure); fault != nil {
		return fault
	}
	if insecure && !o.PlainSet {
		if fault := permitsPlain(s, c, uses); fault != nil {
			return fault
		}
	}
	if fault := permitsSource(o, s.scheme.Name, c.traits.Tokens); fault != nil {
		return fault
	}
	services, named := tokenAddresses(c)
	// Options that are addresses: each is checked under its own name, before the vendor's token services are.
	options := s.scheme.Options
	for i := range options {
		if !options[i].Address {
			continue
		}
		name := options[i].Name
		address := v.Text(name)
		// The agent on this machine is checked as a source: see permitsSource.
		if address == "" || atAgent(c, address) {
			continue
		}
		if fault := permitsAddress(o, name, address, services, named); fault != nil {
			return fault
		}
	}
	if c.policy.TokenProxy != "" {
		if fault := permitsAddress(o, "token_proxy", c.policy.TokenProxy, services, named); fault != nil {
			return fault
		}
	}
	for j, service := range services {
		if fault := o.PermitAddress(service, named[j]); fault != nil {
			return fault
		}
	}
	if o.Bindings == "" {
		return nil
	}
	if len(services) > 0 && !o.HostsSet {
		services = append(services, c.policy.TokenProxy)
		named = append(named, "token_proxy")
	}
	return o.PermitUses(s.scheme.Name, c.hosts, insecure, services, named, uses)
}

// permitsPlain checks what insecure_upstream would show, where the operator has not said for which hosts it is in order.
func permitsPlain(s *configSource, c *credential, uses []credentials.Use) *signers.Fault {
	// A MAC over plain http shows no secret, but a bearer token or a key in a header does.
	if c.traits.SendsSecret {
		return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream would send a secret as it is over plain http or to " +
			"anybody; the operator can permit it for a host in " + credentials.VarInsecure}
	}
	if option := sentAsItIs(s.options, uses); option != "" {
		return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream would send the file of " + option +
			" as it is over plain http or to anybody; the operator can permit it for a host in " + credentials.VarInsecure}
	}
	return nil
}

// permitsAddress checks the address that an option has. Token services at that address get the option's name in named, so that
// their faults name what the operator wrote.
func permitsAddress(o *credentials.Operator, option, address string, services, named []string) *signers.Fault {
	address = credentials.AsURL(address)
	for j, service := range services {
		if strings.HasPrefix(service, address) {
			named[j] = option
		}
	}
	return o.PermitAddress(address, option)
}

// permitsSource refuses a source of tokens that takes the gateway's own identity, unless the operator permits it: with that
// of a cloud machine, a label author would be whoever the machine is.
func permitsSource(o *credentials.Operator, vendor string, from *signers.TokenSource) *signers.Fault {
	if from == nil || from.Grant == "" {
		return nil
	}
	return o.PermitSource(vendor, from.Grant)
}

// atAgent reports whether an address is that of the agent on this machine that the credential's tokens come from.
func atAgent(c *credential, address string) bool {
	from := c.traits.Tokens
	return from != nil && from.Machine && from.Addresses(c.hosts[0])[0] == address
}

// tokenAddresses are those that the credential is sent to for a token, except for an agent on this machine, and a description of
// each, which stays if no option names it. Both lists have the same length.
func tokenAddresses(c *credential) ([]string, []string) {
	services := make([]string, 0)
	named := make([]string, 0)
	if c.traits.Tokens != nil && !c.traits.Tokens.Machine {
		services = append(services, c.traits.Tokens.Addresses(c.hosts[0])...)
	}
	for _, service := range services {
		named = append(named, "the vendor's token service "+credentials.HostOf(service))
	}
	return services, named
}

// sentAsItIs finds an option that is not a secret, such as an id, whose value is a reference to a file: every scheme
// sends ids, and the folder contains secrets. Variables often hold ids, and a credentials_file is not written by the
// author of the label.
func sentAsItIs(options []signers.Option, uses []credentials.Use) (option string) {
	for _, u := range uses {
		s, ok := signers.Find(options, u.Option)
		if ok && !s.Secret && !u.Filed && u.Option != "credentials_file" && strings.HasPrefix(u.Reference, "file:") {
			return u.Option
		}
	}
	return ""
}
