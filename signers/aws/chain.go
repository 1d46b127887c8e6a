//go:build go1.21

package aws

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// newChain is the source for the default chain of AWS's SDK, which a gateway that has it searches:
// see signers.TokenSource.Hosted. The request says by its query what is wanted, and the answer has
// the form of an agent's. It is a request like those of other sources, so that the keeper of tokens
// needs to know nothing of chains:
//
//	GET chain:?profile=&region=eu-west-1&role_arn=&role_session_name=vendorsign&replaces=AKID
//
// Interpreted, without the SDK, no gateway answers it, and the configuration does not load. Keys of
// a chain are this machine's, so they are not shared with other gateways.
func newChain(v signers.Values) (*signers.TokenSource, []signers.Fault) {
	role, name := v.Text("role_arn"), v.Text("role_session_name")
	if name == "" {
		name = "vendorsign"
	}
	var faults []signers.Fault
	if role != "" && (len(role) > maxRole || !roleARN.MatchString(role)) {
		faults = append(faults, fault("role_arn", "role_arn must be of the form arn:aws:iam::ACCOUNT:role/NAME"))
	}
	if !sessionName.MatchString(name) {
		faults = append(faults, fault("role_session_name", "role_session_name must be 2 to 64 letters, digits and characters of _+=,.@-"))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	wanted := url.Values{"profile": {v.Text("profile")}, "role_arn": {role}, "role_session_name": {name}}
	// The region is for the STS of a role, if there is one. Without it the chain uses its own.
	if regions := v["region"]; len(regions) == 1 && singleRegion.MatchString(regions[0]) {
		wanted["region"] = regions
	}
	query := wanted.Encode()
	source := sourceOf(fromChain, "")
	source.Addresses = func(host string) []string { return nil }
	source.Options = []string{"profile", "role_arn"}
	source.Hosted = true
	source.Unshared = true
	source.Next = func(s *signers.TokenStep) (signers.TokenRequest, bool, error) {
		current := url.QueryEscape(s.Current.More[moreID]) // the gateway looks again for another one
		return signers.TokenRequest{Method: "GET", URL: "chain:?" + query + "&replaces=" + current}, len(s.Answers) == 0, nil
	}
	source.Parse = parseChain
	return source, nil
}

// parseChain reads the gateway's answer. Keys of a profile have no session token, and do not
// expire: their token is the key ID, see sessionOf, with no expiry.
func parseChain(s *signers.TokenStep) (signers.Token, error) {
	a := &s.Answers[len(s.Answers)-1]
	var answer agentAnswer
	if a.Status != http.StatusOK || len(a.Body) > maxAnswer || json.Unmarshal(a.Body, &answer) != nil {
		return signers.Token{}, errors.New("aws: the chain has no credentials")
	}
	text, expiration := answer.Token, answer.Expiration
	if text == "" {
		text = answer.AccessKeyID // see sessionOf
	}
	// session wants a time. Keys that do not expire get one that is taken away again below.
	if expiration == "" {
		expiration = s.Time.Add(time.Hour).UTC().Format(time.RFC3339)
	}
	token, err := session(answer.AccessKeyID, answer.SecretAccessKey, text, expiration, a, s.Time)
	if answer.Expiration == "" {
		token.Expires = time.Time{}
	}
	return token, err
}
