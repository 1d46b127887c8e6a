//go:build go1.21

package vendors

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// newCarbonBlackBearer is the signer for a token that CSP issues. One request fetches it, below
// csp_url:
//
//	POST /csp/gateway/am/api/auth/api-tokens/authorize     api_token=<csp_api_token>
//	POST /csp/gateway/am/api/auth/token                    grant_type=client_credentials
//
// The second is for an OAuth app, whose ID and secret go into Authorization: Basic (RFC 6749,
// section 4.4).
func newCarbonBlackBearer(v signers.Values) (signers.Signer, []signers.Fault) {
	csp := v.Text("csp_url")
	if csp == "" {
		csp = carbonBlackCSP
	}
	auth := strings.TrimSuffix(csp, "/") + "/csp/gateway/am/api/auth/"
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if v.Has("csp_api_token") {
		return &carbonBlackBearer{carbonBlackTokens("csp_api_token", signers.TokenRequest{Method: "POST",
			URL: auth + "api-tokens/authorize", Header: form, Body: "api_token=" + url.QueryEscape(v.Text("csp_api_token"))})}, nil
	}
	if faults := missing(v, "oauth_app_id", "oauth_app_secret"); len(faults) > 0 {
		return nil, faults
	}
	// RFC 6749, section 2.3.1, would encode both as in a form. The vendor's SDK does not.
	app := v.Text("oauth_app_id") + ":" + v.Text("oauth_app_secret")
	form["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(app))}
	return &carbonBlackBearer{carbonBlackTokens("oauth_app_secret", signers.TokenRequest{Method: "POST",
		URL: auth + "token", Header: form, Body: "grant_type=client_credentials"})}, nil
}

// carbonBlackTokens is the source of tokens that one request fetches. option is the one to look at
// if CSP refuses the request. Its address does not depend on the vendor's host.
func carbonBlackTokens(option string, request signers.TokenRequest) *signers.TokenSource {
	return &signers.TokenSource{
		Next: func(step *signers.TokenStep) (signers.TokenRequest, bool, error) {
			return request, len(step.Answers) == 0, nil
		},
		Parse:     parseCarbonBlack,
		Addresses: func(host string) []string { return []string{request.URL} },
		Options:   []string{option},
	}
}

// carbonBlackBearer sends the moment's token, which the gateway has fetched and renews before it
// expires.
type carbonBlackBearer struct{ tokens *signers.TokenSource }

// Traits are those of all Carbon Black credentials, with the token and the header that it is sent
// in. Owns has X-Auth-Token here, too: a client's key must not reach the vendor with the gateway's
// token.
func (s *carbonBlackBearer) Traits() signers.Traits {
	traits := carbonBlackTraits()
	traits.Tokens = s.tokens
	traits.Proof = signers.Proof{Header: "Authorization", Value: "Bearer {token}"}
	return traits
}

// Date is empty: nothing depends on the time.
func (s *carbonBlackBearer) Date(t time.Time) string { return "" }

// Sign fails without a token: a request without one would only cost the vendor a refusal.
func (s *carbonBlackBearer) Sign(m *signers.Message, at *signers.Moment) error {
	if at.Token == "" {
		return errors.New("carbonblack: there is no token")
	}
	m.Header["Authorization"] = []string{"Bearer " + at.Token}
	return nil
}

// Canonical is empty: nothing is hashed.
func (s *carbonBlackBearer) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return nil, nil
}

// Refusal has the status only. The gateway fetches a new token after a 401, once a minute at most:
// the vendor's SDK does so without an end.
func (s *carbonBlackBearer) Refusal(a signers.Answer) signers.Refusal {
	return signers.RefusalOf(a.Status)
}

// parseCarbonBlack reads the answer of CSP. It refuses a token without a scope, as the vendor's SDK
// does: it would be refused by every endpoint. It also refuses an answer of another status than
// 200, and a token with control characters, which no header can hold. Errors have the status, and
// nothing of the body, which may hold a token.
//
//	{"access_token":"t","expires_in":1799,"scope":"a b"}     expires 1799 seconds after step.Time
func parseCarbonBlack(step *signers.TokenStep) (signers.Token, error) {
	a := step.Answers[0]
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		Scope       *string     `json:"scope"`
	}
	err := json.Unmarshal(a.Body, &answer)
	if a.Status != http.StatusOK || err != nil || answer.AccessToken == "" || signers.HasControl(answer.AccessToken) {
		return signers.Token{}, errors.New("carbonblack: CSP issued no token (status " + strconv.Itoa(a.Status) + ")")
	}
	if answer.Scope == nil {
		return signers.Token{}, errors.New("carbonblack: CSP issued a token without a scope")
	}
	token := signers.Token{Text: answer.AccessToken}
	// RFC 6749, 5.1: expires_in is a number of seconds. Without it the expiry is not known.
	if seconds, err := answer.ExpiresIn.Int64(); err == nil && seconds > 0 {
		token.Expires = step.Time.Add(time.Duration(seconds) * time.Second)
	}
	return token, nil
}
