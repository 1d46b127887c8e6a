package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// tokenServer is a token endpoint with an API behind it that takes its token.
func tokenServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != "id" || secret != "secret-canary" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"secret-canary"}`)
			return
		}
		fmt.Fprint(w, `{"access_token":"token-canary","expires_in":60}`)
	})
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-canary" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestProbeGoesStepByStepToATokenAndNeverShowsIt(t *testing.T) {
	server := tokenServer(t)
	t.Setenv("PROBE_RIGHT", "secret-canary")
	t.Setenv("PROBE_WRONG", "another-canary")
	for _, test := range []struct {
		name, url, secret string
		status            int
		begins, says      string
		errs              string
	}{
		{"accepted", server.URL + "/token", "PROBE_RIGHT", 0, "accepted  200 OK\n\n  token    POST " + server.URL + "/token: 200 in ", "Authorization: Bearer {token}\n", ""},
		{"a wrong secret", server.URL + "/token", "PROBE_WRONG", 1, "no token\n\n  token  POST " + server.URL + "/token: 401 in ", "", "the token service answered 401 (invalid_client)"},
		{"a wrong path", server.URL + "/api", "PROBE_RIGHT", 1, "no token\n\n", "", "the token service answered 405"},
		{"a page", server.URL + "/", "PROBE_RIGHT", 1, "no token\n\n", "", "the token service answered 404"},
		{"nobody there", "http://127.0.0.1:1/token", "PROBE_RIGHT", 1, "no token\n\n  token  POST http://127.0.0.1:1/token: the token service did not answer: dial\n", "", "connection refused"},
	} {
		for _, verbose := range []string{"--verbose=false", "--verbose"} {
			status, out, errs := runArgs("probe", "oauth2", "--token-url", test.url, "--client-id", "id", "--client-secret", "env:"+test.secret, "--host", "127.0.0.1",
				"--insecure-upstream", "--upstream", server.URL, "--target", "/api", "--scope", strings.ReplaceAll(test.name, " ", "-")+verbose, verbose) // another credential each time
			if status != test.status || !strings.HasPrefix(out, test.begins) || !strings.Contains(out, test.says) || !strings.Contains(errs, test.errs) {
				t.Errorf("%s: %d\n%s%s", test.name, status, out, errs)
			}
			if strings.Contains(out+errs, "canary") {
				t.Errorf("%s: a secret is shown:\n%s%s", test.name, out, errs)
			}
		}
	}
}

func TestExplainShowsTheRequestForTheTokenWithoutItsSecrets(t *testing.T) {
	t.Setenv("EXPLAIN_SECRET", "secret+canary/=")
	for _, test := range []struct {
		name string
		args []string
		want []string
	}{
		{"basic", []string{"oauth2", "--token-url", "https://idp.example/token", "--client-id", "id", "--client-secret", "env:EXPLAIN_SECRET", "--host", "v.example"},
			[]string{"POST https://idp.example/token\n", "Authorization: Basic base64(id:$OAUTH2_CLIENT_SECRET)\n", "grant_type=client_credentials\n", "Authorization: Bearer TOKEN\n"}},
		{"post", []string{"crowdstrike", "--client-id", "id", "--client-secret", "env:EXPLAIN_SECRET", "--host", "v.example"},
			[]string{"POST https://v.example/oauth2/token\n", "client_secret=$"}},
		{"a session", []string{"tenable_sc_session", "--username", "u", "--password", "env:EXPLAIN_SECRET", "--host", "v.example"},
			[]string{"POST https://v.example/rest/token\n", `"password":"$`, "TNS_SESSIONID=TOKEN_COOKIE\n"}},
	} {
		status, out, errs := runArgs(append([]string{"explain"}, append(test.args, "--url", "https://v.example/x")...)...)
		for _, want := range test.want {
			if status != 0 || !strings.Contains(out, want) {
				t.Errorf("%s: %d, no %q in\n%s%s", test.name, status, want, out, errs)
			}
		}
		if strings.Contains(out+errs, "canary") {
			t.Errorf("%s: a secret is shown:\n%s%s", test.name, out, errs)
		}
	}
}

func TestSignPlaysTheTokenService(t *testing.T) {
	const config = `"signer":"oauth2","config":{"client_id":"id","client_secret":"s","token_url":"https://idp.example/token"},"request":{"method":"GET","url":"https://v.example/x"}`
	for _, test := range []struct{ name, line, want string }{
		{"an answer", `{` + config + `,"answers":[{"status":200,"body":"{\"access_token\":\"T\"}"}]}`, `{"headers":{"Authorization":"Bearer T"},"target":"/x","canonical":"","token_requests":[{"method":"POST","url":"https://idp.example/token",` +
			`"headers":{"Accept":"application/json","Authorization":"Basic aWQ6cw==","Content-Type":"application/x-www-form-urlencoded"},"body":"grant_type=client_credentials"}]}`},
		{"a token", `{` + config + `,"token":"T"}`, `{"headers":{"Authorization":"Bearer T"},"target":"/x","canonical":""}`},
		{"both", `{` + config + `,"token":"T","answers":[{"status":200}]}`, `{"error":"token and answers cannot be used together"}`},
		{"an answer too many", `{` + config + `,"answers":[{"status":200,"body":"{\"access_token\":\"T\"}"},{"status":200}]}`, `{"error":"answers: there are 2, and the token service is asked 1 times"}`},
		{"none", `{` + config + `,"answers":[]}`, `{"error":"the token is not there: nothing has fetched it"}`},
		{"a refusal", `{` + config + `,"answers":[{"status":401,"body":"{\"error\":\"invalid_client\"}"}]}`, `{"error":"the token service answered 401 (invalid_client)"}`},
		{"an answer without a status", `{` + config + `,"answers":[{}]}`, `{"error":"line is not a JSON object of the documented form: answers: status is required"}`},
	} {
		_, out, _ := runCLI(test.line+"\n", "sign")
		var got, want any
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %swant %s", test.name, out, test.want)
		}
	}
}
