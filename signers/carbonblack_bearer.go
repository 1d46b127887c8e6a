//go:build go1.21

package signers

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const carbonBlackCSP = "https://console.cloud.vmware.com"

// bearerSigner is the signer for a token that CSP issues.
func (c *CarbonBlack) bearerSigner() (Signer, error) {
	o := *c
	if o.CSPURL == "" {
		o.CSPURL = carbonBlackCSP
	}
	err := fault("carbonblack", checkURL("csp_url", o.CSPURL))
	if err == nil && o.CSPAPIToken == "" {
		err = fault("carbonblack", checkID("oauth_app_id", o.OAuthAppID, ":"), checkValue("oauth_app_secret", o.OAuthAppSecret))
	}
	if err == nil && o.CSPAPIToken != "" {
		err = fault("carbonblack", checkValue("csp_api_token", o.CSPAPIToken))
	}
	if err != nil {
		return nil, err
	}
	auth := strings.TrimSuffix(o.CSPURL, "/") + "/csp/gateway/am/api/auth/"
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if o.CSPAPIToken != "" {
		return &carbonBlackBearer{TokenRequest{Method: "POST", URL: auth + "api-tokens/authorize", Header: form,
			Body: "api_token=" + url.QueryEscape(o.CSPAPIToken)}}, nil
	}
	form["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(o.OAuthAppID+":"+o.OAuthAppSecret))}
	return &carbonBlackBearer{TokenRequest{Method: "POST", URL: auth + "token", Header: form, Body: "grant_type=client_credentials"}}, nil
}

// carbonBlackBearer sends the moment's token.
type carbonBlackBearer struct{ request TokenRequest }

func (s *carbonBlackBearer) Owns() []string { return carbonBlackOwns }

func (s *carbonBlackBearer) Guards() []string { return carbonBlackGuards }

func (s *carbonBlackBearer) Needs() Needs { return Needs{Token: true} }

func (s *carbonBlackBearer) SendsSecret() bool { return true }

func (s *carbonBlackBearer) Date(t time.Time) string { return "" }

func (s *carbonBlackBearer) Sign(m *Message, at Moment, out http.Header) (string, error) {
	if at.Token == "" {
		return "", errors.New("carbonblack: there is no token")
	}
	out["Authorization"] = []string{"Bearer " + at.Token}
	return m.Target, nil
}

func (s *carbonBlackBearer) Probe() (method, target string) { return carbonBlackProbe() }

func (s *carbonBlackBearer) Refusal(status int, header http.Header, body []byte) Refusal {
	return httpRefusal(status)
}

func (s *carbonBlackBearer) Canonical(m *Message, at Moment) ([]Part, error) { return nil, nil }

func (s *carbonBlackBearer) Exchange() Exchange { return s }

// First is none: the credential is not a token itself.
func (s *carbonBlackBearer) First() Token { return Token{} }

// Request names what it does not use: yaegi takes an unnamed parameter for a result.
func (s *carbonBlackBearer) Request(current Token) TokenRequest { return s.request }

func (s *carbonBlackBearer) Replaces() bool { return false }

// Parse refuses a token without a scope, as the vendor's SDK does: it would be refused by every endpoint.
func (s *carbonBlackBearer) Parse(a TokenAnswer, now time.Time) (Token, error) {
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		Scope       *string     `json:"scope"`
	}
	if err := json.Unmarshal(a.Body, &answer); a.Status != http.StatusOK || err != nil || answer.AccessToken == "" || hasControl(answer.AccessToken) {
		return Token{}, errors.New("carbonblack: CSP issued no token (status " + strconv.Itoa(a.Status) + ")")
	}
	if answer.Scope == nil {
		return Token{}, errors.New("carbonblack: CSP issued a token without a scope")
	}
	token := Token{Text: answer.AccessToken}
	if seconds, err := answer.ExpiresIn.Int64(); err == nil && seconds > 0 {
		token.Expires = now.Add(time.Duration(seconds) * time.Second)
	}
	return token, nil
}
