//go:build go1.21

package credentials

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// The environment variables with which the gateway's operator restricts those who write labels. References cannot read them.
// They are variables of the process because label authors write everything else; docs/security.md says how to set them.
const (
	VarPrefix       = "VENDORSIGN_" // of these, and of all that such labels may refer to
	varSecretsDir   = "VENDORSIGN_SECRETS_DIR"
	varTokenDir     = "VENDORSIGN_TOKEN_DIR"
	varAuditDir     = "VENDORSIGN_AUDIT_DIR"
	VarAllowedHosts = "VENDORSIGN_ALLOWED_HOSTS"
	VarInsecure     = "VENDORSIGN_INSECURE_UPSTREAM"
	VarBindings     = "VENDORSIGN_BINDINGS"
)

// operatorVariables cannot be read as secrets: a label could send out what the operator has set.
var operatorVariables = []string{varSecretsDir, varTokenDir, varAuditDir, varPresetsDir, VarAllowedHosts, VarInsecure, VarBindings}

// Operator is what the variables permit. A nil Operator permits everything: the configuration is the operator's own, as in
// Caddy. A variable that is not set does not restrict. An empty VENDORSIGN_INSECURE_UPSTREAM permits no host; an empty list of
// hosts is malformed. An Operator never changes, but the file of Bindings is read again.
type Operator struct {
	// Whether VENDORSIGN_ALLOWED_HOSTS and VENDORSIGN_INSECURE_UPSTREAM are set.
	HostsSet, PlainSet bool
	hosts              *hostList // of host, token services and proxies; all if not set
	plain              *hostList // of insecure_upstream; nil with PlainSet: none
	PlainLocal         bool      // some of them are on this machine
	Bindings           string    // a file; empty: secrets are not bound
	proxies            []string  // addresses of the environment's proxies

	lookup func(name string) (value string, set bool) // other variables of the process
}

// Confined returns the references for configurations that somebody other than the operator writes, such as labels:
// restricted to what the variables of the gateway's process permit. A malformed variable is an error that names it, and permits
// nothing: the middleware is not loaded.
func Confined(lookup func(name string) (value string, set bool)) (References, error) {
	// Other variables of the process may hold anything, such as the gateway's own secrets.
	refs := References{Short: true, EnvPrefix: VarPrefix, Confined: true}
	dir, _ := lookup(varSecretsDir)
	tokens, _ := lookup(varTokenDir)
	refs.Dir = dir
	refs.TokenDir = tokens
	audits, _ := lookup(varAuditDir)
	refs.AuditDir = audits
	o := &Operator{lookup: lookup, proxies: environmentProxies(lookup)}
	refs.Operator = o
	if list, set := lookup(VarAllowedHosts); set {
		hosts, err := operatorHosts(list)
		if err != nil {
			return refs, fmt.Errorf("%s: %w", VarAllowedHosts, err)
		}
		o.hosts = hosts
		o.HostsSet = true
	}
	if list, set := lookup(VarInsecure); set {
		o.PlainSet = true
		if err := o.allowPlain(list); err != nil {
			return refs, fmt.Errorf("%s: %w", VarInsecure, err)
		}
	}
	if file, set := lookup(VarBindings); set {
		o.Bindings = file
		if _, err := readBindings(file); err != nil {
			return refs, fmt.Errorf("%s: %w", VarBindings, err)
		}
	}
	return refs, nil
}

// allowPlain takes the hosts of a list that is separated by commas; an empty one permits plain http nowhere.
func (o *Operator) allowPlain(list string) error {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	hosts, err := operatorHosts(list)
	if err != nil {
		return err
	}
	o.plain = hosts
	o.PlainLocal = hosts.local
	return nil
}

// Use is a secret that an option refers to, to be compared with the operator's bindings.
type Use struct {
	Option, Reference string // env:NAME or file:/path
	Bound             bool   // it is a credentials_file that names its host
	Filed             bool   // a credentials_file refers to it
}

// PermitHosts checks the names that a credential is bound to; nil: they are permitted. insecure says that the credential has
// insecure_upstream, whose default port is 80. o may be nil.
func (o *Operator) PermitHosts(hosts []string, insecure bool) *signers.Fault {
	if o == nil {
		return nil
	}
	port := hostPort(insecure)
	for _, host := range hosts {
		if o.HostsSet && !matchHost(o.hosts, host, port) {
			return &signers.Fault{Option: "host", Text: "host is not among the hosts of " + VarAllowedHosts}
		}
		if insecure && o.PlainSet && !matchHost(o.plain, host, port) {
			return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream is not permitted: host is not among the hosts of " +
				VarInsecure}
		}
	}
	return nil
}

// asciiHost is a host as it is dialled: names in Unicode must be in punycode, so that they are compared in one spelling.
var asciiHost = regexp.MustCompile(`^[!-~]+$`)

// PermitAddress checks a URL that secrets are sent to, or through. If the operator names no hosts, those inside the
// operator's network cannot be reached: a label could otherwise send requests to the metadata service of a cloud (169.254.169.254) or
// to whatever listens on the gateway's own machine. The name is checked as it is written; DialOutside checks what it resolves to.
func (o *Operator) PermitAddress(address, option string) *signers.Fault {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || !asciiHost.MatchString(u.Host) {
		return &signers.Fault{Option: option, Text: option + " must be a URL such as https://host/path, in ASCII"}
	}
	if o.HostsSet {
		if !matchURL(o.hosts, address) {
			return &signers.Fault{Option: option, Text: option + " is not among the hosts of " + VarAllowedHosts}
		}
		return nil
	}
	if insideName(u.Hostname()) {
		return &signers.Fault{Option: option, Text: option + " is a loopback, link-local or private address; the operator can permit it in " +
			VarAllowedHosts}
	}
	return nil
}

// PermitUses checks the secrets against the operator's bindings: with hosts, and with the URLs that options hold. addresses
// are those URLs, each named by the option at the same place of options; an empty one is not checked. Every secret must have
// a binding that permits the vendor and all of these places.
func (o *Operator) PermitUses(vendor string, hosts []string, insecure bool, addresses, options []string, uses []Use) *signers.Fault {
	all, err := readBindings(o.Bindings)
	if err != nil {
		return &signers.Fault{Text: VarBindings + ": " + err.Error()}
	}
	for _, used := range uses {
		bound := findBindings(all, used.Reference)
		// A file that names its host itself is bound to that one.
		if len(bound) == 0 && !used.Bound {
			return &signers.Fault{Option: used.Option, Text: used.Option + ": " + VarBindings + " does not list this secret"}
		}
		// Several patterns may match a path, and each has to permit the use: the narrowest must not be undone by a broader one.
		for _, b := range bound {
			if b.vendor != vendor {
				return &signers.Fault{Option: used.Option, Text: used.Option + ": " + VarBindings + " binds this secret to another vendor"}
			}
			for _, host := range hosts {
				if !matchHost(b.hosts, host, hostPort(insecure)) {
					return &signers.Fault{Option: used.Option, Text: used.Option + ": " + VarBindings + " binds this secret to other hosts than host"}
				}
			}
			for i, address := range addresses {
				if address != "" && !matchURL(b.hosts, address) {
					return &signers.Fault{Option: used.Option, Text: used.Option + ": " + VarBindings + " binds this secret to other hosts than " +
						options[i]}
				}
			}
		}
	}
	return nil
}

// Binds reports whether the operator says where credentials go. o must not be nil.
func (o *Operator) Binds() bool { return o.PlainSet || o.HostsSet || o.Bindings != "" }

// PlainTo reports whether one of the operator's lists permits unauthenticated connections to address, which a gateway is
// about to dial. The list for them comes first: where it is set, the other one does not count.
func (o *Operator) PlainTo(address string) bool {
	if o.PlainSet {
		return matchHost(o.plain, address, "80")
	}
	return o.HostsSet && matchHost(o.hosts, address, "80")
}

// hostPort is the default port of a host: that of http where insecure_upstream is set.
func hostPort(insecure bool) string {
	if insecure {
		return "80"
	}
	return "443"
}

// matchURL is matchHost for the host of a URL.
func matchURL(list *hostList, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return matchHost(list, u.Host, urlPort(u))
}
