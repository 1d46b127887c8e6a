//go:build go1.21

package signers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// tokenSigner is the signer for token, with api_url one whose token is renewed.
func (c *ThreatConnect) tokenSigner() (Signer, error) {
	if c.AccessID != "" || c.SecretKey != "" {
		return nil, fault("threatconnect", errors.New("token and access_id with secret_key exclude each other"))
	}
	if err := fault("threatconnect", checkValue("token", c.Token)); err != nil {
		return nil, err
	}
	s := &threatConnectToken{token: c.Token, dates: &dates{format: unixSeconds}}
	if c.APIURL == "" {
		if c.TokenExpires != 0 {
			return nil, fault("threatconnect", errors.New("token_expires is of use with api_url only, where the token is renewed"))
		}
		return s, nil
	}
	if err := fault("threatconnect", checkURL("api_url", c.APIURL)); err != nil {
		return nil, err
	}
	first := Token{Text: c.Token}
	if c.TokenExpires != 0 {
		first.Expires = time.Unix(int64(c.TokenExpires), 0)
	}
	return &threatConnectRenewal{threatConnectToken: *s, first: first, url: strings.TrimSuffix(c.APIURL, "/") + "/appAuth?expiredToken="}, nil
}

// threatConnectToken sends a fixed token.
type threatConnectToken struct {
	token string
	dates *dates
}

func (s *threatConnectToken) Owns() []string { return threatConnectOwns }

func (s *threatConnectToken) Guards() []string { return threatConnectGuards }

func (s *threatConnectToken) Needs() Needs { return Needs{} }

func (s *threatConnectToken) SendsSecret() bool { return true }

func (s *threatConnectToken) Date(t time.Time) string { return secondText(s.dates, t) }

func (s *threatConnectToken) Sign(m *Message, at Moment, out http.Header) (string, error) {
	setThreatConnectToken(s.token, dateText(s.dates, &at), out)
	return m.Target, nil
}

// Quick is for every request.
func (s *threatConnectToken) Quick() func(r *http.Request, date string) bool { return s.quick }

func (s *threatConnectToken) quick(r *http.Request, date string) bool {
	setThreatConnectToken(s.token, date, r.Header)
	return true
}

// setThreatConnectToken sends the Timestamp too, as the vendor's tcex does, although nothing is signed.
func setThreatConnectToken(token, date string, out http.Header) {
	values := []string{"TC-Token " + token, date}
	out["Authorization"] = values[0:1:1]
	out["Timestamp"] = values[1:2:2]
}

func (s *threatConnectToken) Probe() (method, target string) { return threatConnectProbe() }

// Refusal reads the same messages as with HMAC.
func (s *threatConnectToken) Refusal(status int, header http.Header, body []byte) Refusal {
	return threatConnectRefusal(status, body)
}

func (s *threatConnectToken) Canonical(m *Message, at Moment) ([]Part, error) { return nil, nil }

// threatConnectRenewal sends the moment's token. A renewed token replaces the one before, which is dead then.
type threatConnectRenewal struct {
	threatConnectToken
	first Token
	url   string
}

func (s *threatConnectRenewal) Needs() Needs { return Needs{Token: true} }

// Quick knows no token.
func (s *threatConnectRenewal) Quick() func(r *http.Request, date string) bool { return nil }

func (s *threatConnectRenewal) Sign(m *Message, at Moment, out http.Header) (string, error) {
	if at.Token == "" {
		return "", errors.New("threatconnect: there is no token")
	}
	setThreatConnectToken(at.Token, dateText(s.dates, &at), out)
	return m.Target, nil
}

func (s *threatConnectRenewal) Exchange() Exchange { return s }

func (s *threatConnectRenewal) First() Token { return s.first }

// Request is tcex's: the token itself asks for its successor.
func (s *threatConnectRenewal) Request(current Token) TokenRequest {
	return TokenRequest{Method: "GET", URL: s.url + url.QueryEscape(current.Text)}
}

func (s *threatConnectRenewal) Replaces() bool { return true }

// Parse wants all that a renewal consists of: the platform has answered 200 with a login page or an empty object. The
// expiry is by the platform's clock, which its answer tells.
func (s *threatConnectRenewal) Parse(a TokenAnswer, now time.Time) (Token, error) {
	var answer struct {
		Success         bool            `json:"success"`
		APIToken        string          `json:"apiToken"`
		APITokenExpires json.RawMessage `json:"apiTokenExpires"` // a number, or one in quotes
	}
	if err := json.Unmarshal(a.Body, &answer); a.Status != http.StatusOK || err != nil || !answer.Success {
		return Token{}, errors.New("threatconnect: the platform did not renew the token (status " + strconv.Itoa(a.Status) + ")")
	}
	seconds, err := strconv.ParseInt(strings.Trim(string(answer.APITokenExpires), `"`), 10, 64)
	if err != nil || answer.APIToken == "" || hasControl(answer.APIToken) {
		return Token{}, errors.New("threatconnect: the platform's answer holds no token with an expiry")
	}
	expires := time.Unix(seconds, 0)
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		expires = now.Add(expires.Sub(date))
	}
	return Token{Text: answer.APIToken, Expires: expires}, nil
}
