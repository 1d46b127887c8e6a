//go:build go1.21

package outbound

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
)

// The variables of the gateway's process by which its operator confines those who write labels. No reference reads them.
const (
	varSecretsDir   = "VENDORSIGN_SECRETS_DIR"
	varTokenDir     = "VENDORSIGN_TOKEN_DIR"
	varAllowedHosts = "VENDORSIGN_ALLOWED_HOSTS"
	varInsecure     = "VENDORSIGN_INSECURE_UPSTREAM"
	varBindings     = "VENDORSIGN_BINDINGS"
)

var operatorVariables = []string{varSecretsDir, varTokenDir, varAllowedHosts, varInsecure, varBindings}

// operator is what the variables permit.
type operator struct {
	hostsSet, plainSet bool
	hosts              []hostPattern // of host, token services and proxies; all if not set
	plain              []hostPattern // of insecure_upstream
	plainLocal         bool          // some of them are on this machine
	bindings           string        // a file; empty: secrets are not bound
}

// Confined returns the references for configurations that others than the operator write, such as labels: confined to
// what the variables of the gateway's process permit. A variable that is malformed is an error, which permits nothing.
func Confined(lookup func(name string) (value string, set bool)) (References, error) {
	refs := References{Short: true, EnvPrefix: "VENDORSIGN_", Confined: true}
	dir, _ := lookup(varSecretsDir)
	tokens, _ := lookup(varTokenDir)
	refs.Dir = dir
	refs.TokenDir = tokens
	o := new(operator)
	refs.operator = o
	if list, set := lookup(varAllowedHosts); set {
		hosts, err := parseHosts(strings.Split(list, ","))
		if err != nil {
			return refs, fmt.Errorf("%s: %w", varAllowedHosts, err)
		}
		o.hosts = hosts
		o.hostsSet = true
	}
	if list, set := lookup(varInsecure); set {
		o.plainSet = true
		if strings.TrimSpace(list) != "" { // empty: nowhere
			hosts, err := parseHosts(strings.Split(list, ","))
			if err != nil {
				return refs, fmt.Errorf("%s: %w", varInsecure, err)
			}
			o.plain = hosts
			for _, p := range hosts {
				if loopbackName(p.name) {
					o.plainLocal = true
				}
			}
		}
	}
	if file, set := lookup(varBindings); set {
		o.bindings = file
		if _, err := readBindings(file); err != nil {
			return refs, fmt.Errorf("%s: %w", varBindings, err)
		}
	}
	return refs, nil
}

// use is a secret that an option refers to.
type use struct {
	option, reference string // env:NAME or file:/path
	bound             bool   // it is a credentials_file that names its host
	filed             bool   // a credentials_file refers to it
}

// permit checks where a credential's secrets would go. The faults name the option and the variable, and no value.
func (o *operator) permit(s *configSource, c *credential, v signers.Values, uses []use) *signers.Fault {
	if o == nil {
		return nil
	}
	insecure := c.policy.InsecureUpstream
	if fault := o.permitHosts(c.hosts, insecure); fault != nil {
		return fault
	}
	if insecure && !o.plainSet && c.traits.SendsSecret {
		return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream would send a secret as it is over plain http or to " +
			"anybody; " +
			"the operator can permit it for a host in " + varInsecure}
	}
	if insecure && !o.plainSet {
		if option := sentAsItIs(s.options, uses); option != "" {
			return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream would send the file of " + option +
				" as it is over plain http or to anybody; the operator can permit it for a host in " + varInsecure}
		}
	}
	service, option := "", ""
	if from := c.traits.Tokens; from != nil {
		service = from.Next(from.First()).URL
		option = "the vendor's token service " + HostOf(service)
	}
	for i := range s.options {
		if !s.options[i].Address {
			continue
		}
		known := s.options[i]
		address := v.Text(known.Name)
		if known.Name == "token_proxy" {
			address = c.policy.TokenProxy
		}
		if address == "" {
			continue
		}
		if strings.HasPrefix(service, address) {
			option = known.Name
		}
		if fault := o.permitAddress(address, known.Name); fault != nil {
			return fault
		}
	}
	if service != "" {
		if fault := o.permitAddress(service, option); fault != nil {
			return fault
		}
	}
	if o.bindings == "" {
		return nil
	}
	addresses := []string{service}
	options := []string{option}
	if service != "" && !o.hostsSet {
		addresses = append(addresses, c.policy.TokenProxy)
		options = append(options, "token_proxy")
	}
	return o.permitUses(s.scheme.Name, c.hosts, insecure, addresses, options, uses)
}

// sentAsItIs finds an option that is no secret, such as an id, and that the configuration refers to a file for: every
// scheme sends ids, and the folder has secrets in it. Variables often hold ids, and the file of a credential is not the
// label author's.
func sentAsItIs(options []signers.Option, uses []use) (option string) {
	for _, u := range uses {
		s, ok := signers.Find(options, u.option)
		if ok && !s.Secret && !u.filed && u.option != "credentials_file" && strings.HasPrefix(u.reference, "file:") {
			return u.option
		}
	}
	return ""
}

// permitHosts checks the names that a credential is bound to.
func (o *operator) permitHosts(hosts []string, insecure bool) *signers.Fault {
	if o == nil {
		return nil
	}
	port := hostPort(insecure)
	for _, host := range hosts {
		if o.hostsSet && !matchHost(o.hosts, host, port) {
			return &signers.Fault{Option: "host", Text: "host is not among the hosts of " + varAllowedHosts}
		}
		if insecure && o.plainSet && !matchHost(o.plain, host, port) {
			return &signers.Fault{Option: "insecure_upstream", Text: "insecure_upstream is not permitted: host is not among the hosts of " +
				varInsecure}
		}
	}
	return nil
}

var asciiHost = regexp.MustCompile(`^[!-~]+$`)

// permitAddress checks a URL that secrets are sent to, or through. Where the operator names no hosts, those inside his
// network are out of reach.
func (o *operator) permitAddress(address, option string) *signers.Fault {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || !asciiHost.MatchString(u.Host) {
		return &signers.Fault{Option: option, Text: option + " must be an address such as https://host/path, in ASCII"}
	}
	if o.hostsSet {
		if !matchURL(o.hosts, address) {
			return &signers.Fault{Option: option, Text: option + " is not among the hosts of " + varAllowedHosts}
		}
		return nil
	}
	if insideName(u.Hostname()) {
		return &signers.Fault{Option: option, Text: option + " is a loopback, link-local or private address; the operator can permit it in " +
			varAllowedHosts}
	}
	return nil
}

// permitUses checks the secrets against the operator's bindings: with hosts, and with the URLs that options hold.
func (o *operator) permitUses(vendor string, hosts []string, insecure bool, addresses, options []string, uses []use) *signers.Fault {
	all, err := readBindings(o.bindings)
	if err != nil {
		return &signers.Fault{Text: varBindings + ": " + err.Error()}
	}
	for _, used := range uses {
		bound := findBindings(all, used.reference)
		if len(bound) == 0 && !used.bound {
			return &signers.Fault{Option: used.option, Text: used.option + ": " + varBindings + " does not list this secret"}
		}
		for _, b := range bound {
			if b.vendor != vendor {
				return &signers.Fault{Option: used.option, Text: used.option + ": " + varBindings + " binds this secret to another vendor"}
			}
			for _, host := range hosts {
				if !matchHost(b.hosts, host, hostPort(insecure)) {
					return &signers.Fault{Option: used.option, Text: used.option + ": " + varBindings + " binds this secret to other hosts than host"}
				}
			}
			for i, address := range addresses {
				if address != "" && !matchURL(b.hosts, address) {
					return &signers.Fault{Option: used.option, Text: used.option + ": " + varBindings + " binds this secret to other hosts than " +
						options[i]}
				}
			}
		}
	}
	return nil
}

// binds reports whether the operator says where credentials go.
func (o *operator) binds() bool { return o.plainSet || o.hostsSet || o.bindings != "" }

// plainTo reports whether a list of the operator has address, which a gateway is about to dial, for connections that
// prove nothing.
func (o *operator) plainTo(address string) bool {
	if o.plainSet {
		return matchHost(o.plain, address, "80")
	}
	return o.hostsSet && matchHost(o.hosts, address, "80")
}

// hostPort is the port of a host that has none.
func hostPort(insecure bool) string {
	if insecure {
		return "80"
	}
	return "443"
}

// matchURL is matchHost for the host of a URL.
func matchURL(patterns []hostPattern, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return matchHost(patterns, u.Host, urlPort(u))
}

// The middlewares that were loaded while the operator bound nothing, for the process.
var (
	unboundMu sync.Mutex
	unbound   int
)

// warnUnbound tells once, with what to add, that whoever writes a label chooses where secrets go, and later only how
// many middlewares that holds for: at 10, 100 and so on.
func (o *operator) warnUnbound(given Policy, tell func(news string)) {
	if o == nil || o.hostsSet || o.bindings != "" {
		return
	}
	unboundMu.Lock()
	unbound++
	count := unbound
	unboundMu.Unlock()
	if count == 1 {
		line := varAllowedHosts + "=" + literalHosts(given.Host)
		if given.InsecureUpstream && !o.plainSet {
			line += " " + varInsecure + "=" + literalHosts(given.Host)
		}
		tell("whoever writes a label can have the gateway's secrets sent to any host; bind them, with the hosts of every middleware, " +
			"in the environment of the gateway's process: " + line)
	} else if text := strconv.Itoa(count); strings.Trim(text[1:], "0") == "" && text[0] == '1' {
		tell(text + " middlewares were loaded without hosts that the operator permits")
	}
}

// literalHosts are the hosts as they are configured. One that is given by reference might be a secret.
func literalHosts(hosts []string) string {
	var shown []string
	for _, host := range hosts {
		if hasReference(host) {
			host = "HOST"
		}
		shown = append(shown, host)
	}
	if len(shown) == 0 {
		return "HOST,..."
	}
	return strings.Join(shown, ",")
}
