//go:build go1.21

package outbound

import (
	"net/http"

	"github.com/vendorsign/vendorsign/signers"
)

// takeHint asks the signer what a client's request says of how it is to be signed, before its headers are removed. A
// repetition has the hint of the first attempt, since the gateway's own signature has taken the place of what the client
// sent. Only schemes that sign differently for each request have hints: such as the region and service that an SDK has put
// into its placeholder signature.
//
// The problem is a 400 or 403 for what the signer does not accept, and a 403 for a service that gives out credentials
// (Traits.Closed), which no path shows.
func takeHint(s *Snapshot, c *credential, m *signers.Message, header http.Header) (map[string]string, *Problem) {
	if s.hint != nil {
		return s.hint, nil
	}
	sent := *m
	sent.Header = header
	hint, err := c.traits.Hint(&sent)
	if err != nil {
		return nil, signProblem(err, new(Outcome))
	}
	if c.traits.Closed != nil && !c.policy.AllowCredentialEndpoints && c.traits.Closed(&sent, hint) {
		return nil, problem(kindCredential, "the vendor's services for credentials need allow_credential_endpoints")
	}
	return hint, nil
}
