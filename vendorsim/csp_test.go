package vendorsim

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	oauthPath     = "/csp/gateway/am/api/auth/token"
	authorizePath = "/csp/gateway/am/api/auth/api-tokens/authorize"
	formType      = "application/x-www-form-urlencoded"
)

// cspCredential is the one of the SDK's vectors.
var cspCredential = map[string]string{
	"oauth_app_id": "appId1", "oauth_app_secret": "appSecret1", "csp_api_token": "apiTok1",
}

func bearerRequest(token string) *Request {
	return vector{method: "GET", target: "/appservices/v6/orgs/ABCD1234/devices/1", header: map[string]string{"Authorization": token}}.request()
}

func accessToken(t *testing.T, a *Answer) string {
	t.Helper()
	var reply struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		Scope       *string
	}
	if err := json.Unmarshal(a.Body, &reply); err != nil {
		t.Fatal(err)
	}
	if !a.Accepted || a.Status != 200 || reply.AccessToken == "" || reply.TokenType != "bearer" || reply.ExpiresIn != 1799 || reply.Scope == nil {
		t.Fatalf("no token: %s, %s", a.Reason, a.Body)
	}
	return reply.AccessToken
}

func TestABearerTokenIsIssuedAndAcceptedUntilItExpires(t *testing.T) {
	for _, c := range []vector{
		{name: "to an OAuth app", target: oauthPath, body: "grant_type=client_credentials",
			header: map[string]string{"Content-Type": formType, "Authorization": "Basic YXBwSWQxOmFwcFNlY3JldDE="}},
		{name: "for an API token", target: authorizePath, body: "api_token=apiTok1",
			header: map[string]string{"Content-Type": formType}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.method = "POST"
			now := midnight
			s := simulator(t, "carbonblack", Config{Credential: cspCredential, Now: func() time.Time { return now }}, now)
			token := accessToken(t, s.Check(c.request()))
			second := accessToken(t, s.Check(c.request()))
			for _, one := range []string{token, second} {
				if a := s.Check(bearerRequest("Bearer " + one)); !a.Accepted || len(a.Leaks) != 0 {
					t.Error(a.Reason, a.Leaks)
				}
			}
			for _, wrong := range []string{"", "Bearer ", "Bearer x", "bearer " + token, "Bearer  " + token, token, "Bearer " + token + "x", "Basic YXBwSWQxOmFwcFNlY3JldDE="} {
				if a := s.Check(bearerRequest(wrong)); a.Accepted || a.Status != 401 {
					t.Errorf("a wrong bearer header is accepted, status %d", a.Status)
				}
			}
			now = now.Add(1799*time.Second - 1)
			if a := s.Check(bearerRequest("Bearer " + token)); !a.Accepted {
				t.Error(a.Reason)
			}
			now = now.Add(1)
			if a := s.Check(bearerRequest("Bearer " + token)); a.Accepted || a.Status != 401 || !strings.Contains(a.Reason, "expired") {
				t.Errorf("an expired token: %v, %q", a.Accepted, a.Reason)
			}
		})
	}
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	const basic = "Basic YXBwSWQxOmFwcFNlY3JldDE="
	for _, c := range []struct {
		name, method, path, contentType, authorization, body, want string
		status                                                     int
	}{
		{"another secret", "POST", oauthPath, formType, "Basic YXBwSWQxOmFwcFNlY3JldDI=", "grant_type=client_credentials", "invalid_client", 400},
		{"no secret", "POST", oauthPath, formType, "Basic YXBwSWQxOg==", "grant_type=client_credentials", "invalid_client", 400},
		{"no colon", "POST", oauthPath, formType, "Basic YXBwSWQx", "grant_type=client_credentials", "invalid_client", 400},
		{"no padding", "POST", oauthPath, formType, strings.TrimRight(basic, "="), "grant_type=client_credentials", "invalid_client", 400},
		{"another scheme", "POST", oauthPath, formType, "basic YXBwSWQxOmFwcFNlY3JldDE=", "grant_type=client_credentials", "invalid_client", 400},
		{"no credentials", "POST", oauthPath, formType, "", "grant_type=client_credentials", "invalid_client", 400},
		{"another grant", "POST", oauthPath, formType, basic, "grant_type=password", "unsupported_grant_type", 400},
		{"two grants", "POST", oauthPath, formType, basic, "grant_type=client_credentials&grant_type=client_credentials", "unsupported_grant_type", 400},
		{"an empty body", "POST", oauthPath, formType, basic, "", "unsupported_grant_type", 400},
		{"JSON for a form", "POST", oauthPath, "application/json", basic, `{"grant_type":"client_credentials"}`, "invalid_request", 400},
		{"a GET", "GET", oauthPath, formType, basic, "grant_type=client_credentials", "Unauthorized", 401},
		{"another API token", "POST", authorizePath, formType, "", "api_token=apiTok2", "invalid_grant", 400},
		{"an empty API token", "POST", authorizePath, formType, "", "api_token=", "invalid_grant", 400},
		{"no API token", "POST", authorizePath, formType, "", "", "invalid_grant", 400},
		{"an API token in no form", "POST", authorizePath, "", "", "api_token=apiTok1", "invalid_request", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := vector{method: c.method, target: c.path, header: map[string]string{"Content-Type": c.contentType, "Authorization": c.authorization}, body: c.body}.request()
			a := simulator(t, "carbonblack", Config{Credential: cspCredential}, midnight).Check(r)
			if a.Accepted || a.Status != c.status || !strings.Contains(string(a.Body), `"message":"`+c.want+`"`) {
				t.Errorf("got %v, status %d, %s", a.Accepted, a.Status, a.Body)
			}
		})
	}
}

func TestAnEmptyCredentialOpensNoTokenEndpoint(t *testing.T) {
	withAPIToken := simulator(t, "carbonblack", Config{Credential: map[string]string{"csp_api_token": "a"}}, midnight)
	// "Basic :" is an empty id and an empty secret.
	r := vector{method: "POST", target: oauthPath, header: map[string]string{"Content-Type": formType, "Authorization": "Basic Og=="}, body: "grant_type=client_credentials"}.request()
	if withAPIToken.Check(r).Accepted {
		t.Error("no OAuth app is configured, but an empty one gets a token")
	}
	withApp := simulator(t, "carbonblack", Config{Credential: map[string]string{"oauth_app_id": "a", "oauth_app_secret": "b"}}, midnight)
	r = vector{method: "POST", target: authorizePath, header: map[string]string{"Content-Type": formType}, body: "api_token="}.request()
	if withApp.Check(r).Accepted {
		t.Error("no API token is configured, but an empty one gets a token")
	}
	withKey := simulator(t, "carbonblack", Config{Credential: DemoCredential("carbonblack", "")}, midnight)
	if a := withKey.Check(r); a.Accepted || a.Status != 401 {
		t.Errorf("an API key has token endpoints: status %d", a.Status)
	}
}

func TestTheSecondOfTwoCredentialsIsALeak(t *testing.T) {
	both := DemoCredential("carbonblack", "")
	both["csp_api_token"] = "apiTok1"
	s := simulator(t, "carbonblack", Config{Credential: both}, midnight)
	token := accessToken(t, s.Check(vector{method: "POST", target: authorizePath, header: map[string]string{"Content-Type": formType}, body: "api_token=apiTok1"}.request()))
	const key = "DEMO-API-SECRET-NOT-A-SECRET/DEMOAPIID1"
	for _, c := range []struct {
		name, key, authorization string
		accepted                 bool
		leaks                    []string
	}{
		{"the key alone", key, "", true, nil},
		{"the bearer token alone", "", "Bearer " + token, true, nil},
		{"both", key, "Bearer " + token, true, []string{"X-Auth-Token"}},
		{"the key and a client's password", key, "Basic eDp5", true, []string{"Authorization"}},
		{"a wrong bearer token next to the right key", key, "Bearer x", false, []string{"X-Auth-Token"}},
	} {
		r := vector{method: "GET", target: "/api/x", header: map[string]string{"X-Auth-Token": c.key, "Authorization": c.authorization}}.request()
		if a := s.Check(r); a.Accepted != c.accepted || !slices.Equal(a.Leaks, c.leaks) {
			t.Errorf("%s: got %v, leaks %q", c.name, a.Accepted, a.Leaks)
		}
	}
}
