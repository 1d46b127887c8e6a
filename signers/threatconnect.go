//go:build go1.21

package signers

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

func init() { register("threatconnect", func() Config { return new(ThreatConnect) }) }

// ThreatConnect configures the signer for the ThreatConnect REST API: either HMAC-SHA256 over target, method and
// time, or a token that is sent as it is.
// Source: ThreatConnect developer documentation, "REST API quick start"; tcex-requests-tc.
type ThreatConnect struct {
	// The access ID of an API user, for HMAC.
	AccessID string `json:"access_id,omitempty"`
	// The secret key of the API user, for HMAC.
	SecretKey string `json:"secret_key,omitempty"`
	// A token in place of access_id and secret_key.
	Token string `json:"token,omitempty"`
	// When the token expires, in unix seconds, where the gateway renews it; not known: it is renewed at once.
	TokenExpires int `json:"token_expires,omitempty"`
	// The address of the platform's API, as https://api.threatconnect.com/api: the gateway renews the token there.
	// Only tokens of apps and services renew; those of API users do not.
	APIURL string `json:"api_url,omitempty"`
}

// Settings lists the options of ThreatConnect.
func (c *ThreatConnect) Settings() []Setting {
	return []Setting{
		{Name: "access_id", Text: &c.AccessID, Also: []string{"api_access_id", "tc_api_access_id"}},
		{Name: "secret_key", Text: &c.SecretKey, Secret: true, Also: []string{"api_secret_key", "tc_api_secret_key"}},
		{Name: "token", Text: &c.Token, Secret: true, Also: []string{"tc_token", "api_token"}},
		{Name: "token_expires", Number: &c.TokenExpires, Also: []string{"tc_token_expires"}},
		{Name: "api_url", Text: &c.APIURL, URL: true, Also: []string{"tc_api_path", "token_url"}},
	}
}

// Signer checks the options.
func (c *ThreatConnect) Signer() (Signer, error) {
	if c.Token != "" {
		return c.tokenSigner()
	}
	if c.TokenExpires != 0 || c.APIURL != "" {
		return nil, fault("threatconnect", errors.New("token is required with token_expires and api_url"))
	}
	err := fault("threatconnect",
		checkID("access_id", c.AccessID, ":"),
		checkValue("secret_key", c.SecretKey),
		checkSwapped("access_id", c.AccessID, "secret_key", c.SecretKey, threatConnectID))
	if err != nil {
		return nil, err
	}
	return &threatConnect{
		prefix:    "TC " + c.AccessID + ":",
		dates:     &dates{format: unixSeconds},
		scratches: newScratches(sha256.New, c.SecretKey),
	}, nil
}

// threatConnectID is what an access id looks like.
var threatConnectID = regexp.MustCompile(`^[0-9]{20}$`)

func unixSeconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func threatConnectProbe() (method, target string) { return "GET", "/api/v2/whoami" }

func threatConnectRefusal(status int, body []byte) Refusal {
	refusal := httpRefusal(status)
	if refusal != Unrefused && refusal != RefusedRate {
		if known, ok := KnownRefusal("threatconnect", 0, body); ok {
			return known
		}
	}
	return refusal
}

var threatConnectOwns = []string{"Authorization", "Timestamp"}

// threatConnectGuards close what trades a token for a new one and kills the old (appAuth), what makes tokens of the API
// and of services, and what makes users or sets their passwords.
var threatConnectGuards = []string{
	"* /**/appauth /**/v3/token /**/internal/token",
	"POST|PUT|PATCH /**/security/users",
}

type threatConnect struct {
	prefix    string
	dates     *dates
	scratches *sync.Pool // of *scratch
}

func (s *threatConnect) Owns() []string { return threatConnectOwns }

func (s *threatConnect) Guards() []string { return threatConnectGuards }

func (s *threatConnect) Needs() Needs { return Needs{} }

func (s *threatConnect) SendsSecret() bool { return false }

func (s *threatConnect) Date(t time.Time) string { return secondText(s.dates, t) }

func (s *threatConnect) Sign(m *Message, at Moment, out http.Header) (string, error) {
	date := dateText(s.dates, &at)
	authorization := base64MAC(s.scratches, s.prefix, m.Target+":"+m.Method+":"+date)
	values := []string{authorization, date}
	out["Authorization"] = values[0:1:1]
	out["Timestamp"] = values[1:2:2]
	return m.Target, nil
}

// Quick is for every request.
func (s *threatConnect) Quick() func(r *http.Request, date string) bool { return s.quick }

func (s *threatConnect) quick(r *http.Request, date string) bool {
	mac := quickMAC(s.scratches, []byte(r.RequestURI+":"+r.Method+":"+date))
	h := r.Header
	h["Authorization"] = []string{s.prefix + base64.StdEncoding.EncodeToString(mac)}
	h["Timestamp"] = []string{date}
	return true
}

// Probe asks whose credential it is.
func (s *threatConnect) Probe() (method, target string) { return threatConnectProbe() }

// Refusal knows the messages of the platform's documentation.
func (s *threatConnect) Refusal(status int, header http.Header, body []byte) Refusal {
	return threatConnectRefusal(status, body)
}

func (s *threatConnect) Canonical(m *Message, at Moment) ([]Part, error) {
	return []Part{
		{Label: "target", Text: m.Target + ":"},
		{Label: "method", Text: m.Method + ":"},
		{Label: "timestamp", Text: dateText(s.dates, &at)},
	}, nil
}
