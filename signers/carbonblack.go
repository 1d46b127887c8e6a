//go:build go1.21

package signers

import "net/http"

func init() { register("carbonblack", func() Config { return new(CarbonBlack) }) }

// CarbonBlack configures the signer for Carbon Black Cloud and CB Defense: the key goes out in X-Auth-Token.
// Source: Carbon Black developer network, "Authentication Guide"; carbon-black-cloud-sdk-python.
type CarbonBlack struct {
	// The API ID. Which paths it may call depends on the access level type of the key: API, SIEM, Live Response or Custom.
	APIID string `json:"api_id,omitempty"`
	// The API secret key.
	APISecretKey string `json:"api_secret_key,omitempty"`
}

// Settings lists the options of Carbon Black.
func (c *CarbonBlack) Settings() []Setting {
	return []Setting{
		{Name: "api_id", Text: &c.APIID, Also: []string{"connector_id"}},
		{Name: "api_secret_key", Text: &c.APISecretKey, Secret: true, Also: []string{"api_key", "token", "x-auth-token"}},
	}
}

// Signer checks the options.
func (c *CarbonBlack) Signer() (Signer, error) {
	err := fault("carbonblack",
		checkID("api_id", c.APIID, "/"),
		checkID("api_secret_key", c.APISecretKey, "/"))
	if err != nil {
		return nil, err
	}
	return &carbonBlack{token: c.APISecretKey + "/" + c.APIID}, nil
}

type carbonBlack struct{ token string }

func (s *carbonBlack) Owns() []string { return []string{"X-Auth-Token", "Authorization"} }

// Guards the token service of VMware Cloud, which answers with access tokens.
func (s *carbonBlack) Guards() []string { return []string{"* /csp/gateway/am/api/auth/**"} }

func (s *carbonBlack) Needs() Needs { return Needs{} }

func (s *carbonBlack) Sign(m *Message, at Moment, out http.Header) (string, error) {
	out["X-Auth-Token"] = []string{s.token}
	return m.Target, nil
}

// Refusal has the status only. A key of the wrong type is answered 401, as an unknown one.
func (s *carbonBlack) Refusal(status int, header http.Header, body []byte) Refusal {
	if status == http.StatusUnauthorized {
		return RefusedKey
	}
	return httpRefusal(status)
}

func (s *carbonBlack) Canonical(m *Message, at Moment) ([]Part, error) { return nil, nil }
