//go:build go1.21

package vendors

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// newThreatConnectToken is the signer for the option token; with api_url it is renewed there,
// before it expires or, if the expiry is not known, at once. Without api_url it is sent until the
// platform refuses it: tokens of API users cannot be renewed.
func newThreatConnectToken(v signers.Values) (signers.Signer, []signers.Fault) {
	if v.Has("access_id") || v.Has("secret_key") {
		return nil, []signers.Fault{fault("token", "token and access_id with secret_key cannot be used together")}
	}
	s := &threatConnectToken{fixed: "TC-Token " + v.Text("token")}
	if !v.Has("api_url") {
		if v.Has("token_expires") {
			return nil, []signers.Fault{fault("token_expires", "token_expires needs api_url, where the token is renewed")}
		}
		return s, nil
	}
	// The token of the configuration is the first one; after a renewal it is worth nothing.
	first := signers.Token{Text: v.Text("token")}
	if v.Has("token_expires") {
		first.Expires = time.Unix(v.Number("token_expires"), 0)
	}
	address := strings.TrimSuffix(v.Text("api_url"), "/") + "/appAuth?expiredToken="
	s.renewal = &signers.TokenSource{
		First: first, Replaces: true, Options: []string{"token"},
		Next: func(step *signers.TokenStep) (signers.TokenRequest, bool, error) {
			return renewThreatConnect(address, step)
		},
		Parse:     parseThreatConnect,
		Addresses: func(host string) []string { return []string{address} },
	}
	s.fixed = ""
	return s, nil
}

// threatConnectToken sends a token: a fixed one, or the moment's. There is no signature, so whoever
// sees a request has the token.
type threatConnectToken struct {
	fixed   string               // the header; empty: there is a renewal
	renewal *signers.TokenSource // nil: none
}

// Traits are those of all ThreatConnect credentials, with the token's header and, with api_url, its
// renewal.
func (s *threatConnectToken) Traits() signers.Traits {
	traits := threatConnectTraits()
	traits.SendsSecret = true
	traits.Proof = signers.Proof{Header: "Authorization", Value: "TC-Token {token}"}
	traits.Tokens = s.renewal
	return traits
}

// Date is only for the header Timestamp, see Sign.
func (s *threatConnectToken) Date(t time.Time) string { return unixSeconds(t) }

// Sign sends the Timestamp too, as the vendor's tcex does, although nothing is signed.
func (s *threatConnectToken) Sign(m *signers.Message, at *signers.Moment) error {
	authorization, date := s.fixed, at.Date
	if authorization == "" {
		if at.Token == "" {
			return errors.New("threatconnect: there is no token")
		}
		authorization = "TC-Token " + at.Token
	}
	values := []string{authorization, date}
	m.Header["Authorization"] = values[0:1:1]
	m.Header["Timestamp"] = values[1:2:2]
	return nil
}

// Canonical is empty: nothing is hashed.
func (s *threatConnectToken) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return nil, nil
}

// Refusal is that of all ThreatConnect credentials. "unauthorized" is what an expired token gets.
func (s *threatConnectToken) Refusal(a signers.Answer) signers.Refusal {
	return threatConnectRefusal(a)
}

// renewThreatConnect is tcex's request: the token itself asks for its successor, and is dead then.
// So gateways that share a token must renew it once (TokenSource.Replaces). The token is in the
// URL, which must not be logged.
//
//	GET https://api.threatconnect.com/api/appAuth?expiredToken=<the token, encoded as in a form>
func renewThreatConnect(address string, step *signers.TokenStep) (signers.TokenRequest, bool, error) {
	if len(step.Answers) > 0 {
		return signers.TokenRequest{}, false, nil
	}
	return signers.TokenRequest{Method: "GET", URL: address + url.QueryEscape(step.Current.Text)}, true, nil
}

// parseThreatConnect wants all that a renewal consists of: the platform has answered 200 with a
// login page or an empty object. The expiry is by the platform's clock, which its answer tells.
//
//	{"success":true,"apiToken":"t","apiTokenExpires":"1767326645"}     in unix seconds
func parseThreatConnect(step *signers.TokenStep) (signers.Token, error) {
	a := step.Answers[0]
	var answer struct {
		Success         bool            `json:"success"`
		APIToken        string          `json:"apiToken"`
		APITokenExpires json.RawMessage `json:"apiTokenExpires"` // a number, or one in quotes
	}
	if err := json.Unmarshal(a.Body, &answer); a.Status != http.StatusOK || err != nil || !answer.Success {
		return signers.Token{}, errors.New("threatconnect: the platform did not renew the token (status " + strconv.Itoa(a.Status) + ")")
	}
	seconds, err := strconv.ParseInt(strings.Trim(string(answer.APITokenExpires), `"`), 10, 64)
	if err != nil || answer.APIToken == "" || signers.HasControl(answer.APIToken) {
		return signers.Token{}, errors.New("threatconnect: the platform's answer has no token with an expiry")
	}
	expires := time.Unix(seconds, 0)
	// The time until then counts, and not the clock of this machine.
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		expires = step.Time.Add(expires.Sub(date))
	}
	return signers.Token{Text: answer.APIToken, Expires: expires}, nil
}
