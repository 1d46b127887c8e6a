package tests

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// tokenPresets are the built-in presets whose token is fetched, with made-up credentials.
func tokenPresets(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	for _, name := range presets.Names() {
		text, _ := presets.File(name)
		var file struct{ Token json.RawMessage }
		if err := json.Unmarshal([]byte(text), &file); err != nil {
			t.Fatal(err)
		}
		if len(file.Token) == 0 || string(file.Token) == "null" {
			continue
		}
		credential, err := vendorsim.DemoPreset([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = credential
	}
	if len(all) == 0 {
		t.Fatal("no preset fetches a token")
	}
	return all
}

// fetchFrom plays a flow against a simulator, and returns the answer to a call that is signed with the token that came.
func fetchFrom(t *testing.T, d drive, s *vendorsim.Simulator, name string, credential map[string]string, now time.Time) (a *vendorsim.Answer, fetched error) {
	t.Helper()
	const host = "vendor.example"
	preset, _ := presets.File(name)
	var file struct {
		Options []struct {
			Name   string
			Number bool
		}
	}
	if err := json.Unmarshal([]byte(preset), &file); err != nil {
		t.Fatal(err)
	}
	config := make(map[string]any)
	for _, option := range file.Options {
		value, given := credential[option.Name]
		switch {
		case given && option.Number:
			config[option.Name] = json.Number(value)
		case given:
			config[option.Name] = value
		}
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	next, parse, sign, err := d.Flow(name, text, host, now, "5c6f8b1e-7a90-4d4f-9f7e-0a3a5b2c9d11")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	status, header, body := 0, http.Header(nil), ""
	for {
		method, address, asked, sent, more, err := next(status, header, body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !more {
			break
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		answer := s.Check(&vendorsim.Request{Method: method, Host: u.Host, Target: u.RequestURI(), Header: asked, Body: []byte(sent)})
		if len(answer.Leaks) > 0 {
			t.Errorf("%s: %s is told to be a leak", name, answer.Leaks)
		}
		status, header, body = answer.Status, answer.Header, string(answer.Body)
		if answer.Reason != "" {
			body += answer.Reason
		}
	}
	if _, _, _, err := parse(); err != nil {
		return nil, err
	}
	signed, err := sign("GET", "/x/y?a=1")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s.Check(&vendorsim.Request{Method: "GET", Host: host, Target: "/x/y?a=1", Header: signed}), nil
}

// The signer and the simulator read the declaration of a token with code of their own: where both understand it alike, a login
// that one makes is taken by the other, and a wrong one is refused.
func TestTheTokenOfEveryPresetIsFetchedFromItsSimulator(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 30, 15, 250e6, time.UTC)
	all := tokenPresets(t)
	both(t, func(t *testing.T, d drive) {
		for name, credential := range all {
			text, _ := presets.File(name)
			file, err := vendorsim.ReadPreset([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			clock := now
			s, err := vendorsim.NewPreset([]byte(text), vendorsim.Config{Credential: credential, TokenTTL: time.Minute, Now: func() time.Time { return clock }})
			if err != nil {
				t.Fatal(err)
			}
			if a, err := fetchFrom(t, d, s, name, credential, now); err != nil || !a.Accepted {
				t.Errorf("%s: %v, %+v", name, err, a)
			}
			for option, value := range credential {
				if !file.Secret(option) || strings.Contains(value, "PRIVATE KEY") {
					continue
				}
				wrong := make(map[string]string)
				for name, value := range credential {
					wrong[name] = value
				}
				wrong[option] = strings.Map(func(r rune) rune { return r ^ 1 }, value) // all of it: of some secrets a part is sent
				s, err := vendorsim.NewPreset([]byte(text), vendorsim.Config{Credential: credential, Now: func() time.Time { return clock }})
				if err != nil {
					t.Fatal(err)
				}
				if a, err := fetchFrom(t, d, s, name, wrong, now); err == nil && a.Accepted && secretCounts(credential, option) {
					t.Errorf("%s: a wrong %s is taken", name, option)
				}
			}
		}
	})
}

// secretCounts reports whether a secret is used: of a certificate and a secret the certificate is.
func secretCounts(credential map[string]string, option string) bool {
	return credential["certificate"] == "" && credential["private_key"] == "" || option != "client_secret"
}

// simulated is a server of a simulator that counts token requests.
type simulated struct {
	*httptest.Server
	asked atomic.Int64
}

func serveSimulated(t *testing.T, preset []byte, credential map[string]string, tokenPath string, ttl time.Duration, now func() time.Time) *simulated {
	t.Helper()
	simulator, err := vendorsim.NewPreset(preset, vendorsim.Config{Credential: credential, TokenTTL: ttl, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s := &simulated{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			s.asked.Add(1)
		}
		simulator.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

const sessionPreset = `{"preset": 1, "name": "acme", "options": [{"name": "user"}, {"name": "password", "secret": true}],
	"operations": ["header X-Sid = [[token|reveal]]"], "refusals": [{"status": 401, "means": "unclear"}], "token": {"login": LOGIN}}`

const sessionLogin = `{"steps": [{"method": "POST", "url": "https://[[host]]/login", "operations": ["header Content-Type = application/json"],
	"body": "{\"user\":[[opt.user|json]],\"password\":[[opt.password|json|reveal]]}", "take": ["token = json:sid"]}], "lifetime": "30m"}`

// A gate on this machine fetches its token from the simulator over plain http, and the simulator takes no other.
func TestAGateFetchesItsTokenFromASimulator(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct {
			name, vendor, path string
			// build returns the simulator's preset and credential, and the gate's configuration with a password.
			build func(address string) (preset []byte, credential map[string]string, config func(password string) any)
		}{
			{"a login", "login", "/login", func(string) ([]byte, map[string]string, func(string) any) {
				credential := map[string]string{"user": "api", "password": another("geheim")}
				return []byte(strings.Replace(sessionPreset, "LOGIN", sessionLogin, 1)), credential, func(password string) any {
					return map[string]any{"login": json.RawMessage(sessionLogin), "operations": []string{"header X-Sid = [[token|reveal]]"},
						"options": map[string]string{"user": "api"}, "secrets": map[string]string{"password": password}}
				}
			}},
			{"OAuth 2.0", "oauth2", "/token", func(address string) ([]byte, map[string]string, func(string) any) {
				credential := map[string]string{"client_id": "a b", "client_secret": another("c+d/"), "token_url": address + "/token", "scope": "read,write"}
				preset, err := vendorsim.GenericPreset("oauth2", credential)
				if err != nil {
					t.Fatal(err)
				}
				return preset, credential, func(password string) any {
					return map[string]any{"client_id": "a b", "client_secret": password, "token_url": address + "/token", "scope": []string{"read", "write"}}
				}
			}},
		} {
			clock := new(fakeTime)
			clock.nanos.Store(1735689600e9)
			var s *simulated
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Config.Handler.ServeHTTP(w, r) }))
			t.Cleanup(front.Close)
			preset, credential, config := test.build(front.URL)
			s = serveSimulated(t, preset, credential, test.path, 3*time.Second, clock.now)
			gate := func(password string) func() int {
				text, err := json.Marshal(config(password))
				if err != nil {
					t.Fatal(err)
				}
				policy := `{"host": ["` + strings.TrimPrefix(front.URL, "http://") + `"], "insecure_upstream": true}`
				sign, err := d.Tokens(test.vendor, text, []byte(policy), clock.now, func(string) {})
				if err != nil {
					t.Fatalf("%s: %v", test.name, err)
				}
				return func() int {
					for {
						r := httptest.NewRequest("GET", "/x?a=1", nil)
						learn, problem := sign(r)
						if problem != nil {
							return problem.StatusCode
						}
						out, err := http.NewRequest("GET", front.URL+"/x?a=1", nil)
						if err != nil {
							t.Fatal(err)
						}
						out.Header = r.Header
						response, err := front.Client().Do(out)
						if err != nil {
							t.Fatal(err)
						}
						io.Copy(io.Discard, response.Body)
						response.Body.Close()
						if !learn(response.StatusCode) {
							return response.StatusCode
						}
					}
				}
			}
			password := credential["password"] + credential["client_secret"]
			send := gate(password)
			for range 2 {
				if got := send(); got != 200 || s.asked.Load() != 1 {
					t.Errorf("%s: answered %d after %d requests for a token, want 200 after 1", test.name, got, s.asked.Load())
				}
			}
			clock.advance(2 * time.Minute)
			if got := send(); got != 200 || s.asked.Load() != 2 {
				t.Errorf("%s, expired: answered %d after %d requests for a token, want 200 after 2", test.name, got, s.asked.Load())
			}
			if got := gate(password + "x")(); got != 502 && got != 503 {
				t.Errorf("%s: a wrong secret is answered %d, want the gateway's own refusal", test.name, got)
			}
		}
	})
}
