package diagnose

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// A request of the login is not one that lacks a token.
func TestARefusedLoginIsExplained(t *testing.T) {
	f5 := map[string]string{"username": "api", "password": "canary+1"}
	own := signers.Values{"login": {`{"steps": [{"method": "POST", "url": "https://[[host]]/v[[opt.version]]/login",
		"body": "{\"user\":[[opt.user|json]],\"password\":[[opt.pass|json|reveal]]}", "take": ["token = json:sid"]}]}`},
		"operations": {"header X-Sid = [[token|reveal]]"}, "options.user": {"api"}, "options.version": {"2"}, "secrets.pass": {"canary+1"}}
	basic := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	const f5Login, cybereason, fmc = "https://f5.example/mgmt/shared/authn/login", "https://cr.example/login.html", "https://fmc.example/api/fmc_platform/v1/auth/generatetoken"
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	tests := []struct {
		name, signer  string
		options       map[string]string
		values        signers.Values
		url, kind     string
		auth, body    string
		status        int
		class, causes string
		says          string
		proved        bool
	}{
		{"right", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"canary+1","loginProviderName":"tmos"}`, 401, "F", "wrong_secret", "The vendor refuses the login", false},
		{"accepted", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"x"}`, 200, "none", "", "accepted", false},
		{"another password", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"other"}`, 401, "F", "wrong_secret", "The password that was sent is not the configured one", true},
		{"another user", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"apj","password":"canary+1"}`, 401, "F", "wrong_id", "The username that was sent is not the configured one", true},
		{"swapped", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"canary+1","password":"api"}`, 401, "F", "ids_swapped", "Username and password are swapped", true},
		{"a line end", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"canary+1\n"}`, 401, "F", "secret_whitespace", "", true},
		{"encoded for a form", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"canary%2B1"}`, 401, "F", "secret_altered", "and is sent in none", true},
		{"a blank for a plus in JSON", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"canary 1"}`, 401, "F", "secret_altered", "", true},
		{"a quote that is not escaped", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"cana"ry"}`, 401, "F", "token_request", "not valid JSON", true},
		{"another field", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"user":"api","password":"canary+1"}`, 401, "F", "token_request", "has no field username", true},
		{"JSON that is not called so", "f5_bigip", f5, nil, f5Login, asForm, "", `{"username":"api","password":"canary+1"}`, 401, "F", "token_request", "Content-Type", false},
		{"the hash of the password", "f5_bigip", f5, nil, f5Login, asJSON, "", `{"username":"api","password":"d20aba9003f1d52d0afc190066057857886c7ad67039b86f5755ae9e3a788cd4"}`, 401, "F", "secret_altered", "", true},
		{"no JSON", "f5_bigip", f5, nil, f5Login, asForm, "", `username=api&password=canary%2B1`, 401, "F", "token_request", "The body is not JSON", true},
		{"nothing is configured", "f5_bigip", nil, nil, f5Login, asJSON, "", `{"username":"api","password":"x"}`, 401, "F", "wrong_secret", "The vendor refuses the login", false},
		{"user and password are the same", "f5_bigip", map[string]string{"username": "api", "password": "api"}, nil, f5Login, asJSON, "", `{"username":"api","password":"api"}`, 401, "F", "wrong_secret", "The vendor refuses the login", false},
		{"a call without a token", "f5_bigip", f5, nil, "https://f5.example/mgmt/tm/sys", "", "", "", 401, "D", "header_not_sent", "X-F5-Auth-Token", true},
		{"the login's path with GET", "f5_bigip", f5, nil, f5Login, "", "", "", 401, "D", "header_not_sent", "X-F5-Auth-Token", true},
		{"a plus in a form", "cybereason", f5, nil, cybereason, asForm, "", "username=api&password=canary+1", 401, "F", "secret_altered", "a blank in a form", true},
		{"a form that is right", "cybereason", f5, nil, cybereason, asForm, "", "username=api&password=canary%2B1", 401, "F", "wrong_secret", "The vendor refuses the login", false},
		{"JSON for a form", "cybereason", f5, nil, cybereason, asJSON, "", `{"username":"api","password":"100%"}`, 401, "F", "token_request", "takes a form", true},
		{"Basic", "cisco_fmc", f5, nil, fmc, "", basic("api", "other"), "", 401, "F", "wrong_secret", "The password that was sent", true},
		{"Basic that is right", "cisco_fmc", f5, nil, fmc, "", basic("api", "canary+1"), "", 401, "F", "wrong_secret", "The vendor refuses the login", false},
		{"swapped in Basic", "cisco_fmc", f5, nil, fmc, "", basic("canary+1", "api"), "", 401, "F", "ids_swapped", "", true},
		{"a login of one's own", "login", nil, own, "https://own.example/v2/login", asJSON, "", `{"user":"api","password":"canary"}`, 401, "F", "secret_cut", "", true},
		{"another pass", "login", nil, own, "https://own.example/v2/login", asJSON, "", `{"user":"api","password":"other"}`, 401, "F", "wrong_secret", "The pass that was sent", true},
		{"a call of one's own", "login", nil, own, "https://own.example/v2/things", "", "", "", 401, "D", "header_not_sent", "X-Sid", true},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		c := &Case{Signer: test.signer, Options: test.options, Values: test.values, Now: time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC), Response: &Response{Status: test.status}}
		c.Request = signers.Message{Method: "GET", Host: u.Host, Target: u.RequestURI(), Header: make(http.Header), Body: []byte(test.body)}
		if test.body != "" || test.auth != "" {
			c.Request.Method = "POST"
		}
		for name, value := range map[string]string{"Content-Type": test.kind, "Authorization": test.auth} {
			if value != "" {
				c.Request.Header.Set(name, value)
			}
		}
		f, err := Diagnose(c)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if f.Class != test.class || strings.Join(f.Causes, " ") != test.causes || f.Proved != test.proved || !strings.Contains(f.Explanation, test.says) {
			t.Errorf("%s: class %s, %v, proved %v: %s; want %s, %s, %v, %q", test.name, f.Class, f.Causes, f.Proved, f.Explanation, test.class, test.causes, test.proved, test.says)
		}
		if strings.Contains(f.Explanation+f.Fix, "canary") {
			t.Errorf("%s: a secret is shown: %s", test.name, f.Explanation)
		}
	}
}
