//go:build go1.21

package vendors

import (
	"regexp"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// carbonBlackCSP is where VMware Cloud Services issue access tokens, unless csp_url is another
// address.
const carbonBlackCSP = "https://console.cloud.vmware.com"

// Carbon Black Cloud and CB Defense: either a key, which goes out in X-Auth-Token, or a bearer
// token that VMware Cloud Services (CSP) issues for an OAuth app or an API token.
//
//	X-Auth-Token: s3cret/ABCDEFGHIJ        api_secret_key s3cret, api_id ABCDEFGHIJ
//	Authorization: Bearer <token>          oauth_app_id with oauth_app_secret, or csp_api_token
//
// The secret comes first, and clients have both in one text. Therefore neither may hold a slash.
// Source: Carbon Black developer network, "Authentication Guide"; carbon-black-cloud-sdk-python.
func init() {
	signers.Register(signers.Scheme{
		Name:    "carbonblack",
		Title:   "Carbon Black",
		Domains: []string{"conferdeploy.net", "carbonblack.io", "vmware.com"},
		Options: []signers.Option{
			{Name: "api_id", Kind: signers.ID, Apart: "/", Sample: "1", Also: []string{"connector_id"},
				Doc: "The API ID. Which paths it may call depends on the access level type of the key: API, SIEM, Live Response or Custom."},
			{Name: "api_secret_key", Kind: signers.ID, Apart: "/", Secret: true, Sample: "1", Also: []string{"api_key", "token", "x-auth-token"},
				Doc: "The API secret key."},
			{Name: "oauth_app_id", Kind: signers.ID, Apart: ":", Sample: "1", Also: []string{"csp_oauth_app_id"},
				Doc: "The ID of an OAuth app of CSP, in place of a key."},
			{Name: "oauth_app_secret", Secret: true, Sample: "1", Also: []string{"csp_oauth_app_secret"},
				Doc: "The secret of the OAuth app."},
			{Name: "csp_api_token", Secret: true, Sample: "1",
				Doc: "An API token of CSP, in place of a key."},
			{Name: "csp_url", Kind: signers.URL, Address: true, Steers: true, Sample: "https://vendor", Also: []string{"csp_url_override"},
				Doc: "Where CSP is, " + carbonBlackCSP + " by default."},
		},
		New: newCarbonBlack,
	})
}

// carbonBlackID is what an API ID looks like. A secret key has 24 such letters.
var carbonBlackID = regexp.MustCompile(`^[A-Z0-9]{10}$`)

// newCarbonBlack makes one of three signers: for a key, for an OAuth app of CSP, or for an API token of CSP.
func newCarbonBlack(v signers.Values) (signers.Signer, []signers.Fault) {
	key, app, token := v.Has("api_id") || v.Has("api_secret_key"), v.Has("oauth_app_id") || v.Has("oauth_app_secret"), v.Has("csp_api_token")
	// The SDK has an order in which it prefers one of them. A gateway that did so would use another
	// credential than an operator may think.
	if key && app || key && token || app && token {
		return nil, []signers.Fault{fault("", "api_id with api_secret_key, oauth_app_id with oauth_app_secret, and csp_api_token exclude each "+
			"other")}
	}
	if app || token {
		return newCarbonBlackBearer(v)
	}
	if v.Has("csp_url") {
		return nil, []signers.Fault{fault("csp_url", "csp_url needs oauth_app_id or csp_api_token")}
	}
	faults := missing(v, "api_id", "api_secret_key")
	if len(faults) == 0 {
		faults = checkSwapped(v, "api_id", "api_secret_key", carbonBlackID)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return &carbonBlack{token: v.Text("api_secret_key") + "/" + v.Text("api_id")}, nil
}

// carbonBlackTraits close CSP, which issues access tokens and holds OAuth apps, API tokens and
// users; what EDR shows its token at; API keys by their name, since their path is not published;
// and what makes users or grants rights. docs/vendors/carbonblack.md says how certain each is. The
// probe asks for one device: a key of another type than API is refused, which proves nothing about
// it.
func carbonBlackTraits() signers.Traits {
	return signers.Traits{
		Owns: []string{"X-Auth-Token", "Authorization"},
		Guards: []string{
			"* /csp/gateway/am /api/auth /**/connectors /**/apikeys /**/apikey /**/api-keys /**/api-key /**/api_keys /**/api_key",
			"POST|PUT|PATCH /**/orgs/*/users /api/user /api/v*/user /access/*/orgs/*/grants",
		},
		SendsSecret: true,
		Second:      true,
		Probe:       signers.Probe{Method: "GET", Target: "/integrationServices/v3/device?rows=1"},
	}
}

// carbonBlack sends a key as it is: SECRET/ID. There is no signature, so whoever sees a request has the key.
type carbonBlack struct{ token string }

// Traits are those of all Carbon Black credentials, with the header of a key.
func (s *carbonBlack) Traits() signers.Traits {
	traits := carbonBlackTraits()
	traits.Proof = signers.Proof{Header: "X-Auth-Token", Value: "{api_secret_key}/{api_id}"}
	return traits
}

// Date is empty: nothing depends on the time.
func (s *carbonBlack) Date(t time.Time) string { return "" }

// Sign sets X-Auth-Token. It cannot fail, and covers neither the request nor the time.
func (s *carbonBlack) Sign(m *signers.Message, at *signers.Moment) error {
	m.Header["X-Auth-Token"] = []string{s.token}
	return nil
}

// Canonical is empty: nothing is hashed.
func (s *carbonBlack) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	return nil, nil
}

// Refusal has the status only. A key of the wrong type is answered 401 as an unknown one is, so a
// 401 is no proof that the key is dead.
func (s *carbonBlack) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }
