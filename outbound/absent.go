//go:build go1.21

package outbound

import (
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// absentProblem is a 503 that names the option whose file is missed, in the gateway's spelling, and never its path: paths of
// secrets are for the operator's log. Retry-After is 5 seconds, since a file that appears is read within a few seconds.
func absentProblem(g *Gate, c *credential) *Problem {
	option := c.absent
	if g.Spell != nil {
		option = g.Spell(option)
	}
	p := problem(kindUnavailable, "the file of "+option+" is not there yet")
	p.RetryAfter = 5
	return p
}

// absentCredential takes the place of one whose file does not exist: it refuses every request and names the option. It has
// every field that a request touches before the refusal, so that no other code has to ask whether there is a signer; only the
// field signer is nil.
func absentCredential(option string, hosts []string, policy Policy) *credential {
	// The hosts may be in the missing file, too. Names, which guards against unsigned requests, takes an empty one for any
	// host.
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	c := &credential{
		absent: option, hosts: hosts, policy: &policy, traits: new(signers.Traits), cleanser: cleanserFor(nil, false, nil),
		date:    func(t time.Time) string { return "" },
		refusal: func(a signers.Answer) signers.Refusal { return signers.Unrefused },
	}
	share(c, new(credentialState), new(credentialState))
	return c
}
