//go:build go1.21

package outbound

import (
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// buildRotation makes the credential of resolved options, and the previous one, as r.rotation. With faults there is none. Secrets are
// compared here, once their values are known: one that is also the value of a visible option would be logged and shown.
func buildRotation(s *configSource, r *loaded, now time.Time) []signers.Fault {
	if !r.literal {
		addResolved(&r.secrets, "", s.scheme.Options, r.values)
		if fault := sameAsSecret(&r.secrets); fault != nil {
			return []signers.Fault{*fault}
		}
	}
	c, faults := buildCredential(s, r.values, r.values, r.uses, now)
	if len(faults) > 0 {
		return faults
	}
	// A file that names its host, and does not ask for plain http, restricts even a label author's insecure_upstream: see
	// confinedPlain.
	c.bound = r.named && !r.insecure
	r.rotation = rotate(c, nil)
	if len(c.policy.Previous) == 0 && len(r.values["previous"]) == 0 {
		return nil
	}
	return s.buildPrevious(r, c, now)
}

// buildPrevious adds the previous credential to r.rotation, which has c. What can go wrong with it does not always end the
// loading: its file is often deleted before the block is, and a gateway must not refuse to start because a rotation is over.
func (s *configSource) buildPrevious(r *loaded, c *credential, now time.Time) []signers.Fault {
	// If it has a credentials_file of its own, only the credential in that counts.
	before, faults := r.values.Block("previous", append(append([]signers.Option{}, s.scheme.Options...), fileOption))
	if len(faults) > 0 {
		return inPrevious(faults)
	}
	// The secrets of the previous credential are recorded apart; those of the current one are put back when it is resolved.
	refs := s.refs
	if r.filed { // as the other options of the file
		refs.Other = nil
	}
	uses := r.uses
	r.uses = nil
	addUses(&r.secrets, "previous: ", s.scheme.Options, before, &refs)
	fault := complete(s, r, before, s.options, &refs)
	r.older = r.uses
	r.uses = uses
	if fault != nil {
		absent := r.absent
		r.unread, r.absent = "", ""
		// Its file is often deleted before the block is, when a rotation is over.
		if absent != "" {
			r.note = "previous: " + fault.Text + "; it is left out until it is there"
			return nil
		}
		return inPrevious([]signers.Fault{*fault})
	}
	// The previous credential is for the hosts of the configuration. If its file names hosts, they must be among these.
	if !boundTo(before["host"], c.hosts, s.scheme.Families) {
		return inPrevious([]signers.Fault{{Text: "credentials_file names another host, and its credential is sent nowhere else"}})
	}
	before = before.Only(s.scheme.Options)
	addResolved(&r.secrets, "previous: ", s.scheme.Options, before)
	if fault := sameAsSecret(&r.secrets); fault != nil {
		return []signers.Fault{*fault}
	}
	p, faults := buildCredential(s, before, r.values, r.older, now)
	if len(faults) > 0 {
		return inPrevious(faults)
	}
	// To fall back to the same credential would only double each refusal.
	if p.fingerprint == c.fingerprint {
		r.note = "previous is the same credential, and is left out"
		return nil
	}
	c.bound = r.named && !r.insecure
	p.bound = c.bound
	r.rotation = rotate(c, p)
	r.previous = before
	return nil
}

// fileOption is the option that the block previous may hold in addition to the vendor's. The common options, such as host and
// allow, are those of the current credential.
var fileOption = signers.Option{Name: "credentials_file", Kind: signers.Free}

// inPrevious puts the block's name before faults within it: "secret is required" -> "previous: secret is required".
func inPrevious(faults []signers.Fault) []signers.Fault {
	inside := make([]signers.Fault, 0, len(faults))
	for _, f := range faults {
		inside = append(inside, signers.Fault{Option: "previous", Inner: f.Option, Text: "previous: " + f.Text})
	}
	return inside
}

// boundTo reports whether every host is among those that a credentials_file names, if it names any. Families are the
// scheme's: only of those may a file permit all members at once.
//
//	file names acme.example       hosts acme.example:8443      -> true: any port
//	file names acme.example:8443  hosts acme.example           -> false: another port
//	file names *.acme.example     hosts eu.acme.example        -> true, if acme.example is a family of the scheme
func boundTo(named, hosts, families []string) bool {
	if len(named) == 0 {
		return true
	}
	for _, host := range hosts {
		name, port := credentials.CutPort(host)
		name = credentials.PlainName(name)
		found := false
		for _, n := range named {
			allowed, allowedPort := credentials.CutPort(strings.TrimSpace(n))
			allowed = credentials.PlainName(allowed)
			member := inFamily(families, strings.TrimPrefix(allowed, wildcard)) && credentials.FamilyHas(allowed, name)
			if (allowed == name || member) && (allowedPort == "" || allowedPort == port) {
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// buildCredential makes a credential from the vendor's options in v and the common ones of the configuration, both resolved.
// Uses are the secrets that they refer to, which the operator must permit for these hosts. A fault means that no secret went
// anywhere: tokens are fetched by the first request that needs one.
func buildCredential(s *configSource, v, configuration signers.Values, uses []credentials.Use, now time.Time) (
	*credential, []signers.Fault) {
	vendor := s.scheme.Name
	signer, faults := signerOf(&s.scheme, v)
	if len(faults) > 0 {
		return nil, faults
	}
	c, faults := newCredential(&s.scheme, signer, v, configuration)
	if len(faults) > 0 {
		return nil, faults
	}
	if c.traits.Unproven {
		return nil, []signers.Fault{unproven}
	}
	// Two routes with the same options have the same key, and so share what is known about the credential. The fingerprint
	// shows eight digits of it, from which nobody gets the secret.
	fields := credentialFields(vendor, s.scheme.Options, v)
	key := wire.HexHash(fields)
	c.fingerprint, c.loaded = key[:8], now
	var create func() *tokens.Keeper
	if from := c.traits.Tokens; from != nil {
		// What identifies the tokens. Two credentials with the same fields share one token, which a vendor may issue once only.
		fields = fieldsAt(from, *c.policy, c.hosts[0], fields)
		service, fault := s.tokenService(*c.policy, fields, from, len(c.traits.Hides) > 0)
		if fault != nil {
			return nil, []signers.Fault{*fault}
		}
		c.service = service
		host := c.hosts[0]
		name, _ := credentials.CutPort(host)
		plain := c.policy.InsecureUpstream && signers.Loopback(name)
		// create is called only if nobody has a Keeper for these fields yet: see sharedState.
		create = func() *tokens.Keeper { return tokens.New(from, host, plain, now) }
	}
	if fault := permits(s.refs.Operator, s, c, v, uses); fault != nil {
		return nil, []signers.Fault{*fault}
	}
	c.operator = s.refs.Operator
	// Tokens belong to the credential wherever it is used; pauses and verdicts to the credential at these hosts.
	share(c, sharedState(wire.HexHash(fields), now, create), sharedState(key+" at "+strings.Join(c.hosts, " "), now, nil))
	return c, nil
}
