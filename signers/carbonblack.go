//go:build go1.21

package signers

import (
	"errors"
	"net/http"
	"regexp"
	"time"
)

func init() { register("carbonblack", func() Config { return new(CarbonBlack) }) }

// CarbonBlack configures the signer for Carbon Black Cloud and CB Defense: either a key, which goes out in
// X-Auth-Token, or a bearer token that VMware Cloud Services (CSP) issues for an OAuth app or an API token.
// Source: Carbon Black developer network, "Authentication Guide"; carbon-black-cloud-sdk-python.
type CarbonBlack struct {
	// The API ID. Which paths it may call depends on the access level type of the key: API, SIEM, Live Response or Custom.
	APIID string `json:"api_id,omitempty"`
	// The API secret key.
	APISecretKey string `json:"api_secret_key,omitempty"`
	// The ID of an OAuth app of CSP, in place of a key.
	OAuthAppID string `json:"oauth_app_id,omitempty"`
	// The secret of the OAuth app.
	OAuthAppSecret string `json:"oauth_app_secret,omitempty"`
	// An API token of CSP, in place of a key.
	CSPAPIToken string `json:"csp_api_token,omitempty"`
	// Where CSP is, https://console.cloud.vmware.com by default.
	CSPURL string `json:"csp_url,omitempty"`
}

// Settings lists the options of Carbon Black.
func (c *CarbonBlack) Settings() []Setting {
	return []Setting{
		{Name: "api_id", Text: &c.APIID, Also: []string{"connector_id"}},
		{Name: "api_secret_key", Text: &c.APISecretKey, Secret: true, Also: []string{"api_key", "token", "x-auth-token"}},
		{Name: "oauth_app_id", Text: &c.OAuthAppID, Also: []string{"csp_oauth_app_id"}},
		{Name: "oauth_app_secret", Text: &c.OAuthAppSecret, Secret: true, Also: []string{"csp_oauth_app_secret"}},
		{Name: "csp_api_token", Text: &c.CSPAPIToken, Secret: true},
		{Name: "csp_url", Text: &c.CSPURL, URL: true, Also: []string{"csp_url_override"}},
	}
}

// Signer checks the options.
func (c *CarbonBlack) Signer() (Signer, error) {
	kinds := 0
	for _, given := range []bool{c.APIID != "" || c.APISecretKey != "", c.OAuthAppID != "" || c.OAuthAppSecret != "", c.CSPAPIToken != ""} {
		if given {
			kinds++
		}
	}
	if kinds > 1 {
		return nil, fault("carbonblack", errors.New("api_id with api_secret_key, oauth_app_id with oauth_app_secret, and csp_api_token exclude each other"))
	}
	if c.OAuthAppID != "" || c.OAuthAppSecret != "" || c.CSPAPIToken != "" {
		return c.bearerSigner()
	}
	if c.CSPURL != "" {
		return nil, fault("carbonblack", errors.New("csp_url is of use with oauth_app_id or csp_api_token only"))
	}
	err := fault("carbonblack",
		checkID("api_id", c.APIID, "/"),
		checkID("api_secret_key", c.APISecretKey, "/"),
		checkSwapped("api_id", c.APIID, "api_secret_key", c.APISecretKey, carbonBlackID))
	if err != nil {
		return nil, err
	}
	return &carbonBlack{token: c.APISecretKey + "/" + c.APIID}, nil
}

// carbonBlackID is what an API ID looks like. A secret key has 24 such letters.
var carbonBlackID = regexp.MustCompile(`^[A-Z0-9]{10}$`)

type carbonBlack struct{ token string }

var carbonBlackOwns = []string{"X-Auth-Token", "Authorization"}

// carbonBlackGuards close CSP, which issues access tokens and holds OAuth apps, API tokens and users; what EDR shows its
// token at; API keys by their name, since their path is not published; and what makes users or grants rights.
var carbonBlackGuards = []string{
	"* /csp/gateway/am /api/auth /**/connectors /**/apikeys /**/apikey /**/api-keys /**/api-key /**/api_keys /**/api_key",
	"POST|PUT|PATCH /**/orgs/*/users /api/user /api/v*/user /access/*/orgs/*/grants",
}

func (s *carbonBlack) Owns() []string { return carbonBlackOwns }

func (s *carbonBlack) Guards() []string { return carbonBlackGuards }

func (s *carbonBlack) Needs() Needs { return Needs{} }

func (s *carbonBlack) SendsSecret() bool { return true }

func (s *carbonBlack) Date(t time.Time) string { return "" }

func (s *carbonBlack) Sign(m *Message, at Moment, out http.Header) (string, error) {
	out["X-Auth-Token"] = []string{s.token}
	return m.Target, nil
}

// Quick is for every request.
func (s *carbonBlack) Quick() func(r *http.Request, date string) bool { return s.quick }

func (s *carbonBlack) quick(r *http.Request, date string) bool {
	r.Header["X-Auth-Token"] = []string{s.token}
	return true
}

// Probe asks for one device. A key of another type than API is refused, which proves nothing about it.
func (s *carbonBlack) Probe() (method, target string) { return carbonBlackProbe() }

// Refusal has the status only. A key of the wrong type is answered 401, as an unknown one.
func (s *carbonBlack) Refusal(status int, header http.Header, body []byte) Refusal {
	return httpRefusal(status)
}

func carbonBlackProbe() (method, target string) {
	return "GET", "/integrationServices/v3/device?rows=1"
}

func (s *carbonBlack) Canonical(m *Message, at Moment) ([]Part, error) { return nil, nil }
