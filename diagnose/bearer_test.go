package diagnose

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// made is a JWT with claims; its signature is none.
func made(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	return "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9." + base64.RawURLEncoding.EncodeToString(text) + ".c2ln"
}

func TestARefusedTokenOrTokenRequestIsExplained(t *testing.T) {
	const tenant, graph = "11111111-2222-3333-4444-555555555555", "https://graph.microsoft.com/v1.0/users"
	const falcon, login = "https://api.crowdstrike.com", "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/token"
	entra := map[string]string{"tenant_id": tenant, "client_id": "c", "client_secret": "sec"}
	cs := map[string]string{"client_id": "cid", "client_secret": "csec"}
	own := map[string]string{"client_id": "cid", "client_secret": "csec", "token_url": "https://idp.example/t"}
	blind := map[string]string{"tenant_id": tenant, "client_id": "c"}
	expired := made(map[string]any{"aud": "https://graph.microsoft.com", "exp": 1700000000})
	good := made(map[string]any{"aud": "https://graph.microsoft.com", "exp": 1900000000})
	scope := http.Header{"Www-Authenticate": {`Bearer error="insufficient_scope"`}}
	tests := []struct {
		name, signer  string
		options       map[string]string
		url, auth     string
		body          string // of a token request
		status        int
		header        http.Header
		answer        string
		class, causes string
		proved        bool
	}{
		{"expired", "microsoft_graph", entra, graph, "Bearer " + expired, "", 401, nil, "{}", "K", "token_expired", true},
		{"expired, without the secret", "microsoft_graph", blind, graph, "Bearer " + expired, "", 401, nil, "{}", "K", "token_expired", true},
		{"expired a minute ago", "microsoft_graph", entra, graph, "Bearer " + made(map[string]any{"exp": 1795854555}), "", 401, nil, "{}", "K", "token_expired", true},
		{"expired by the vendor's clock alone", "microsoft_graph", entra, graph, "Bearer " + made(map[string]any{"exp": 1795860000}), "", 401, http.Header{"Date": {"Sat, 28 Nov 2026 12:30:15 GMT"}}, "{}", "K", "token_expired", true},
		{"not yet valid", "microsoft_graph", entra, graph, "Bearer " + made(map[string]any{"exp": 1900000000, "nbf": 1800000000}), "", 401, nil, "{}", "E", "token_not_yet", true},
		{"another API", "microsoft_graph", entra, graph, "Bearer " + made(map[string]any{"exp": 1900000000, "aud": "https://management.azure.com/"}), "", 401, nil, "{}", "F", "token_audience", true},
		{"several audiences, of which nobody knows what they stand for", "oauth2", own, "https://api.example/x", "Bearer " + made(map[string]any{"exp": 1900000000, "aud": []string{"https://a.other", "https://b.other"}}), "", 401, nil, "{}", "F", "token_refused", false},
		{"an audience that is a name", "oauth2", own, "https://api.example/x", "Bearer " + made(map[string]any{"exp": 1900000000, "aud": "api"}), "", 401, nil, "{}", "F", "token_refused", false},
		{"another tenant", "microsoft_graph", entra, graph, "Bearer " + made(map[string]any{"exp": 1900000000, "tid": "21111111-2222-3333-4444-555555555555"}), "", 401, nil, "{}", "F", "token_tenant", true},
		{"the same tenant in capitals", "microsoft_graph", map[string]string{"tenant_id": "aaaaaaaa-2222-3333-4444-555555555555", "client_id": "c"}, graph, "Bearer " + made(map[string]any{"exp": 1900000000, "tid": "AAAAAAAA-2222-3333-4444-555555555555"}), "", 401, nil, "{}", "F", "token_refused", false},
		{"a scope too few", "microsoft_graph", entra, graph, "Bearer " + good, "", 403, scope, "{}", "K", "token_scope", false},
		{"accepted", "microsoft_graph", entra, graph, "Bearer " + good, "", 200, nil, "{}", "none", "", false},
		{"an expired token that is accepted", "microsoft_graph", entra, graph, "Bearer " + expired, "", 200, nil, "{}", "none", "", false},
		{"the word twice", "microsoft_graph", entra, graph, "Bearer Bearer " + good, "", 401, nil, "{}", "F", "prefix_wrong", true},
		{"quotes", "crowdstrike", cs, falcon + "/x", "Bearer 'abc'", "", 401, nil, "{}", "F", "secret_quoted", true},
		{"no word", "crowdstrike", cs, falcon + "/x", "abc", "", 401, nil, "{}", "F", "prefix_missing", true},
		{"the secret in place of the token", "crowdstrike", cs, falcon + "/x", "Bearer csec", "", 401, nil, "{}", "F", "secret_sent", true},
		{"a token that says nothing", "crowdstrike", cs, falcon + "/x", "Bearer abc", "", 401, nil, "{}", "F", "token_refused", false},
		{"swapped", "crowdstrike", cs, falcon + "/oauth2/token", "", "grant_type=client_credentials&client_id=csec&client_secret=cid", 401, nil, `{"error":"invalid_client"}`, "F", "ids_swapped", true},
		{"swapped in Basic", "oauth2", own, "https://idp.example/t", "Basic " + base64.StdEncoding.EncodeToString([]byte("csec:cid")), "grant_type=client_credentials", 401, nil, `{"error":"invalid_client"}`, "F", "ids_swapped", true},
		{"another secret", "crowdstrike", cs, falcon + "/oauth2/token", "", "grant_type=client_credentials&client_id=cid&client_secret=other", 401, nil, `{"error":"invalid_client"}`, "F", "wrong_secret", true},
		{"a line end behind the secret", "crowdstrike", cs, falcon + "/oauth2/token", "", "grant_type=client_credentials&client_id=cid&client_secret=csec%0A", 401, nil, `{"error":"invalid_client"}`, "F", "secret_whitespace", true},
		{"another id", "crowdstrike", cs, falcon + "/oauth2/token", "", "grant_type=client_credentials&client_id=xid&client_secret=csec", 401, nil, `{"error":"invalid_client"}`, "F", "wrong_id", true},
		{"a code alone", "crowdstrike", map[string]string{"client_id": "cid"}, falcon + "/oauth2/token", "", "grant_type=client_credentials&client_id=cid&client_secret=x", 401, nil, `{"error":"invalid_client"}`, "F", "wrong_secret", false},
		{"an expired secret", "microsoft_graph", blind, login, "", "grant_type=client_credentials&client_id=c&client_secret=x", 401, nil, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}`, "K", "key_expired", false},
		{"an unknown tenant", "microsoft_graph", blind, login, "", "grant_type=client_credentials&client_id=c&client_secret=x", 400, nil, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found."}`, "F", "token_tenant", false},
		{"an unknown scope", "oauth2", own, "https://idp.example/t", "", "grant_type=client_credentials&client_id=cid&client_secret=csec&scope=x", 400, nil, `{"error":"invalid_scope"}`, "K", "token_scope", false},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		c := &Case{Signer: test.signer, Options: test.options, Now: time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC), Response: &Response{Status: test.status, Header: test.header, Body: []byte(test.answer)}}
		c.Request = signers.Message{Method: "GET", Host: u.Host, Target: u.RequestURI(), Header: make(http.Header), Body: []byte(test.body)}
		if test.body != "" {
			c.Request.Method = "POST"
			c.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if test.auth != "" {
			c.Request.Header.Set("Authorization", test.auth)
		}
		f, err := Diagnose(c)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if f.Class != test.class || strings.Join(f.Causes, " ") != test.causes || f.Proved != test.proved {
			t.Errorf("%s: class %s, %v, proved %v: %s; want %s, %s, %v", test.name, f.Class, f.Causes, f.Proved, f.Explanation, test.class, test.causes, test.proved)
		}
		for _, secret := range []string{"csec", expired, good} {
			if strings.Contains(f.Explanation+f.Fix, secret) {
				t.Errorf("%s: a secret is shown: %s", test.name, f.Explanation)
			}
		}
	}
}
