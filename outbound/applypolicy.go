//go:build go1.21

package outbound

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// applyPolicy checks the policy and adopts it, and returns all faults at once, so that an operator need not load a configuration
// again for each. Guards are the vendor's endpoints of credentials. After a fault the credential is incomplete and must not
// be used: Check calls applyPolicy for its faults alone.
//
// A new common option is a field of Policy, a row of PolicyOptions, a line of PolicyOf, and what it does here; if requests
// have to be checked for it, also a line of admit or admitRuled and of mayQuick or quickRefuses.
func applyPolicy(c *credential, policy Policy, scheme *signers.Scheme, guards []string) []signers.Fault {
	var faults []signers.Fault
	var err error
	c.policy = &policy
	c.hosts, err = checkHosts(policy.Host, scheme.Families)
	faults = withFault(faults, "host", err)
	// Without client_hosts, any client could have requests signed for the host of another customer.
	if shared := sharedFamily(c.hosts, scheme.Shared); shared != "" && !namesEach(policy.ClientHosts) {
		faults = withFault(faults, "client_hosts", errors.New("client_hosts is required with host "+shared+", and without *.: "+
			"other customers of the vendor have hosts there, too, and it says which of them clients may ask for"))
	}
	if len(policy.Allow) > 0 {
		faults = append(faults, applyAllow(c)...)
	}
	if len(guards) > 0 && !policy.AllowCredentialEndpoints {
		if c.guarded, err = guardsFor(guards); err != nil {
			faults = withFault(faults, "allow_credential_endpoints", err)
		}
	}
	c.maxBody = defaultMaxBody
	if len(policy.Rate) > 0 || policy.CredentialsFile+policy.TokenCache+policy.MaxBody+policy.Expires != "" {
		faults = append(faults, applyRare(c)...)
	}
	skew, err := limits.ParseSkew(policy.MaxClockSkew)
	if err != nil {
		faults = withFault(faults, "max_clock_skew", err)
	}
	// A new clock each time; refresh takes over what the one before has learned.
	if policy.Clock != "local" {
		c.clock = limits.NewClock(skew)
		c.clockTrusted = policy.Clock == "vendor"
	}
	if len(policy.ClientHosts) > 0 {
		c.clients, err = newClientHosts(policy.ClientHosts)
		faults = withFault(faults, "client_hosts", err)
	}
	c.patient = policy.RetryAfter != "ignore"
	c.browser = policy.Browser
	c.upgrades = policy.Upgrade == "websocket"
	c.early = policy.EarlyData == "allow"
	c.insecure = policy.InsecureUpstream
	// Few configurations need admitRuled; one flag saves the others its comparisons.
	c.ruled = c.insecure || len(c.hosts) > 0 && several(c) || c.allow != nil || c.guarded != nil
	return faults
}

// applyAllow is applyPolicy for the option allow. It and applyRare are apart because interpreted, a call takes the time and the
// memory of all that is in the function, whether it runs or not.
func applyAllow(c *credential) []signers.Fault {
	var err error
	c.allow, c.conditions, err = newAllow(c.policy.Allow)
	faults := withFault(nil, "allow", err)
	// wide is what allow would match if * were **: only to explain a refusal.
	if err == nil && strings.Contains(strings.Join(c.policy.Allow, ""), "*") {
		c.wide, err = newRules(wider(withoutParams(c.policy.Allow)))
		faults = withFault(faults, "allow", err)
	}
	return faults
}

// applyRare is applyPolicy for options that few routes have.
func applyRare(c *credential) []signers.Fault {
	var faults []signers.Fault
	var err error
	policy := c.policy
	// A relative path would depend on the folder in which the gateway was started.
	if policy.CredentialsFile != "" && !filepath.IsAbs(policy.CredentialsFile) {
		faults = withFault(faults, "credentials_file", errors.New("credentials_file must be an absolute path, as in /etc/vendorsign/acme.json"))
	}
	if policy.TokenCache != "" && !filepath.IsAbs(policy.TokenCache) {
		faults = withFault(faults, "token_cache", errors.New("token_cache must be an absolute path"))
	}
	if policy.MaxBody != "" {
		c.maxBody, err = ParseSize(policy.MaxBody)
		faults = withFault(faults, "max_body", err)
	}
	if len(policy.Rate) > 0 {
		c.rates, err = limits.ParseRates(policy.Rate, RatePaths)
		faults = withFault(faults, "rate", err)
	}
	if policy.Expires != "" {
		c.expires, err = parseExpiry(policy.Expires)
		faults = withFault(faults, "expires", err)
	}
	return faults
}

// withFault adds an option's error, if it is one, to faults. It is no function value in applyPolicy: interpreted, to make one
// copies the whole frame.
func withFault(faults []signers.Fault, option string, err error) []signers.Fault {
	if err != nil {
		faults = append(faults, faultOf(option, err))
	}
	return faults
}

// checkChoices refuses values that a common option does not have. An absent one has its first value.
func checkChoices(v signers.Values) []signers.Fault {
	var faults []signers.Fault
	for i := range choices { // by index: see credentialFields
		given := v[choices[i].Name]
		if len(given) == 0 {
			continue
		}
		if o := choices[i]; given[0] != "" && !wire.Contains(o.Values, given[0]) {
			faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " must be " + strings.Join(o.Values, " or ")})
		}
	}
	return faults
}

// choices are the common options with a fixed set of values.
var choices = choicesOf(PolicyOptions)

// choicesOf are those of the options that have Values.
func choicesOf(options []signers.Option) []signers.Option {
	var some []signers.Option
	for _, o := range options {
		if len(o.Values) > 0 {
			some = append(some, o)
		}
	}
	return some
}

// defaultMaxBody is max_body where the option is not set: 10 MiB.
const defaultMaxBody = 10 << 20

// MaxBody is the option max_body of a policy without faults, in bytes.
func MaxBody(p Policy) int64 {
	if p.MaxBody == "" {
		return defaultMaxBody
	}
	if size, err := ParseSize(p.MaxBody); err == nil {
		return size
	}
	return defaultMaxBody
}

// ParseSize reads a number of bytes with an optional unit, as max_body has it, up to 1 TiB. Units with an i count by 1024,
// the others by 1000; there are no fractions.
//
//	512KiB -> 524288        10MB -> 10000000        4096 -> 4096        1.5MB -> an error
func ParseSize(text string) (int64, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}
	for _, u := range units {
		if !strings.HasSuffix(text, u.suffix) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, u.suffix)), 10, 64)
		if err != nil || n <= 0 || n > (1<<40)/u.bytes {
			break
		}
		return n * u.bytes, nil
	}
	return 0, errors.New("max_body must be a size such as 512KiB or 10MiB")
}
