package vendorsim

import (
	"crypto/rand"
	"net/http"
	"time"
)

// The token endpoints of VMware's Cloud Services Platform (credentials.py of carbon-black-cloud-sdk-python). The
// vendor has them on a host of their own; here they are on the same one.
const (
	cspOAuthPath    = "/csp/gateway/am/api/auth/token"
	cspAPITokenPath = "/csp/gateway/am/api/auth/api-tokens/authorize"
)

// csp issues bearer tokens for Carbon Black: to an OAuth app (Basic id:secret, form grant_type=client_credentials) or for an
// API token (form api_token=...). A wrong credential is 400, as the SDK's tests have it.
//
//	POST /csp/gateway/am/api/auth/token                 -> {"access_token": "simulated....", "expires_in": 1799, ...}
//	Authorization: Bearer simulated....                 -> Carbon Black's API, see carbonblack.go
type csp struct {
	appID, appSecret string // empty: no OAuth app
	apiToken         string // empty: no API token
	ttl              time.Duration
	tokens           *tokens
}

// newCSP returns nil without a CSP credential. A configuration may have an OAuth app, an API token, or both.
func newCSP(o *options, c *Config) *csp {
	o.ignore("oauth_app_id", "oauth_app_secret", "csp_api_token")
	if !o.has("oauth_app_id", "oauth_app_secret", "csp_api_token") {
		return nil
	}
	v := &csp{apiToken: o.optional("csp_api_token", ""), ttl: c.TokenTTL, tokens: newTokens()}
	if v.ttl == 0 {
		v.ttl = 1799 * time.Second
	}
	if o.has("oauth_app_id", "oauth_app_secret") {
		v.appID = o.required("oauth_app_id", ":")
		v.appSecret = o.required("oauth_app_secret", "")
	}
	return v
}

// endpoint answers a call of a token endpoint; nil if it is not one. A header that the endpoint does not use is a leak.
func (v *csp) endpoint(r *Request, path string, now time.Time) *Answer {
	if r.Method != http.MethodPost {
		return nil
	}
	var a *Answer
	switch path {
	case cspOAuthPath:
		a = v.oauth(r, now)
	case cspAPITokenPath:
		a = v.authorize(r, now)
		a.Leaks = append(a.Leaks, arrived(r.Header, "Authorization")...)
	default:
		return nil
	}
	a.Leaks = append(a.Leaks, arrived(r.Header, "X-Auth-Token")...)
	return a
}

// oauth issues a token to an OAuth app: Basic id:secret and the form grant_type=client_credentials.
func (v *csp) oauth(r *Request, now time.Time) *Answer {
	// A wrong id and a wrong secret have the same answer.
	id, secret, ok := basicAuth(header(r.Header, "Authorization"))
	switch {
	case !ok:
		return v.fail("invalid_client", "the header Authorization with Basic id:secret is missing or unreadable")
	case v.appID == "" || !same(id, v.appID) || !same(secret, v.appSecret):
		return v.fail("invalid_client", "the OAuth app or its secret is wrong")
	case !isForm(r.Header):
		return v.fail("invalid_request", "the body is not a form")
	}
	if grant, ok := only(formPairs(string(r.Body)), "grant_type"); !ok || grant != "client_credentials" {
		return v.fail("unsupported_grant_type", "grant_type is not client_credentials")
	}
	return v.issue(now)
}

// authorize issues a token for an API token, the parameter api_token of a form. It takes no Authorization; one that
// arrives is a leak.
func (v *csp) authorize(r *Request, now time.Time) *Answer {
	if !isForm(r.Header) {
		return v.fail("invalid_request", "the body is not a form")
	}
	token, ok := only(formPairs(string(r.Body)), "api_token")
	if !ok || v.apiToken == "" || !same(token, v.apiToken) {
		return v.fail("invalid_grant", "api_token is missing or wrong")
	}
	return v.issue(now)
}

// fail is 400, also for a wrong credential, as the SDK's tests have it.
func (v *csp) fail(message, reason string) *Answer {
	return newAnswer(http.StatusBadRequest, reason, map[string]any{"message": message})
}

// issue makes a token and answers as the SDK reads it: access_token, expires_in and a scope, which must not be null.
func (v *csp) issue(now time.Time) *Answer {
	token := "simulated." + rand.Text()
	v.tokens.add(token, now.Add(v.ttl))
	return newAnswer(http.StatusOK, "", map[string]any{
		"access_token": token, "token_type": "bearer", "expires_in": int(v.ttl / time.Second), "scope": "openid",
	})
}
