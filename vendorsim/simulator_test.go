package vendorsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestVendorsAreSorted(t *testing.T) {
	want := []string{"aws", "carbonblack", "cavage", "cortex", "darktrace", "duo", "httpsig", "oci", "threatconnect", "web_bot_auth"}
	if got := Vendors(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNewRefusesAConfigurationAndNamesTheField(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name, vendor string
		config       Config
		want         string
	}{
		{"an unknown vendor", "acme", Config{}, `no vendor "acme"`},
		{"an unknown option", "darktrace", Config{Credential: m{"public_token": "a", "private_token": "b", "fqdn": "c"}}, `"fqdn"`},
		{"an empty private token", "darktrace", Config{Credential: m{"public_token": "a", "private_token": ""}}, "private_token is required"},
		{"no public token", "darktrace", Config{Credential: m{"private_token": "b"}}, "public_token is required"},
		{"an unknown word", "darktrace", Config{Credential: m{"public_token": "a", "private_token": "b", "sign_query": "raw"}}, "sign_query must be one of"},
		{"no credential", "threatconnect", Config{}, "access_id is required"},
		{"half a ThreatConnect key", "threatconnect", Config{Credential: m{"access_id": "1"}}, "secret_key is required"},
		{"half a key next to a token", "threatconnect", Config{Credential: m{"secret_key": "s", "token": "t"}}, "access_id is required"},
		{"a colon in the access id", "threatconnect", Config{Credential: m{"access_id": "1:2", "secret_key": "s"}}, "access_id contains"},
		{"an expiry that is no number", "threatconnect", Config{Credential: m{"token": "t", "token_expires": "soon"}}, "token_expires"},
		{"an expiry without a sign of a token", "threatconnect", Config{Credential: m{"token_expires": "1"}}, "access_id is required"},
		{"a slash in the API ID", "carbonblack", Config{Credential: m{"api_id": "a/b", "api_secret_key": "s"}}, "api_id contains"},
		{"an empty API secret", "carbonblack", Config{Credential: m{"api_id": "a"}}, "api_secret_key is required"},
		{"half an OAuth app", "carbonblack", Config{Credential: m{"oauth_app_id": "a"}}, "oauth_app_secret is required"},
		{"a half key next to a CSP token", "carbonblack", Config{Credential: m{"csp_api_token": "a", "api_id": "b"}}, "api_secret_key is required"},
		{"no Carbon Black credential", "carbonblack", Config{}, "api_id is required"},
		{"no API key", "cortex", Config{Credential: m{"api_key_id": "1"}}, "api_key is required"},
		{"a line end in a key", "cortex", Config{Credential: m{"api_key": "secret-value\n"}}, "api_key contains a control character"},
		{"white space around a key", "cortex", Config{Credential: m{"api_key": " secret-value"}}, "api_key begins or ends with white space"},
		{"no secret key", "duo", Config{Credential: m{"integration_key": "DI"}}, "secret_key is required"},
		{"a retired signature version", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s", "signature_version": "3"}}, "signature_version must be one of 2, 4, 5"},
		{"SHA-1 with version 5", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s", "signature_version": "5", "digest": "sha1"}}, "digest sha1"},
		{"a host that nobody signs", "cortex", Config{Credential: m{"api_key": "k"}, Host: "h"}, "Host is for duo only"},
		{"a negative rate", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s"}, RateLimit: -1}, "RateLimit"},
		{"a rate beyond memory", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s"}, RateLimit: 1 << 30}, "RateLimit"},
		{"a rate where none is published", "cortex", Config{Credential: m{"api_key": "k"}, RateLimit: 1}, "RateLimit is for carbonblack and duo"},
		{"a negative window", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s"}, RateWindow: -1}, "RateWindow"},
		{"no region", "aws", Config{Credential: m{"access_key_id": "A", "secret_access_key": "s", "service": "s3"}}, "region is required"},
		{"an empty service", "aws", Config{Credential: m{"access_key_id": "A", "secret_access_key": "s", "region": "r", "service": "s3,"}},
			"service has an empty entry"},
		{"a slash in an access key id", "aws", Config{Credential: m{"access_key_id": "A/B"}}, "access_key_id contains"},
		{"no key", "httpsig", Config{Credential: m{"key_id": "k"}}, "public_key, private_key or shared_secret is required"},
		{"a key that is none", "httpsig", Config{Credential: m{"private_key": "secret-value"}}, "private_key must be a key"},
		{"two keys", "httpsig", Config{Credential: m{"private_key": demoKey, "shared_secret": demoSecret}}, "cannot be used together"},
		{"a secret that is not base64", "httpsig", Config{Credential: m{"shared_secret": "secret-value"}}, "shared_secret must be base64"},
		{"another key's algorithm", "httpsig", Config{Credential: m{"private_key": demoKey, "algorithm": "rsa-pss-sha512"}}, "algorithm rsa-pss-sha512"},
		{"a component that is none", "httpsig", Config{Credential: m{"private_key": demoKey, "components": "@method;=1"}}, "components must be"},
		{"a parameter that is none", "httpsig", Config{Credential: m{"private_key": demoKey, "parameters": "now"}}, "parameters must be"},
		{"a shared secret of a bot", "web_bot_auth", Config{Credential: m{"shared_secret": demoSecret}}, "shared_secret is of no use"},
		{"a key for Ed25519 and rsa-sha256", "cavage", Config{Credential: m{"key_id": "k", "private_key": demoKey}}, "algorithm rsa-sha256"},
		{"a key for Ed25519 at Oracle", "oci", Config{Credential: m{"key_id": "k", "private_key": demoKey}}, "must be one for RSA"},
		{"no user", "oci", Config{Credential: m{"tenancy": "t", "private_key": demoOracleKey}}, "tenancy, user and fingerprint"},
		{"a negative lifetime", "duo", Config{Credential: m{"integration_key": "DI", "secret_key": "s"}, TokenTTL: -1}, "TokenTTL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.vendor, c.config)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error with %q", err, c.want)
			}
			if strings.Contains(err.Error(), "secret-value") {
				t.Error("the error shows the value")
			}
		})
	}
}

func TestOptionsThatSteerAGatewayAreIgnored(t *testing.T) {
	for vendor, names := range map[string][]string{
		"darktrace":     {"date_format", "query_order", "host", "allow", "max_body"},
		"threatconnect": {"api_url"},
		"carbonblack":   {"csp_url"},
		"duo":           {"date_header"},
		"aws":           {"mode", "payload", "placement", "expires_in", "signed_headers", "allow_actions"},
		"httpsig":       {"expires_in", "digest_only"},
		"web_bot_auth":  {"expires_in"},
		"cavage":        {"expires_in"},
	} {
		credential := DemoCredential(vendor, "")
		for _, name := range names {
			credential[name] = "whatever"
		}
		if _, err := New(vendor, Config{Credential: credential}); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryDemoCredentialIsAcceptedByNewAndLooksMadeUp(t *testing.T) {
	for _, vendor := range Vendors() {
		modes := DemoModes(vendor)
		if len(modes) == 0 || modes[0] != "" {
			t.Errorf("%s has no default mode: %q", vendor, modes)
		}
		for _, mode := range modes {
			credential := DemoCredential(vendor, mode)
			if _, err := New(vendor, Config{Credential: credential}); err != nil {
				t.Errorf("%s %q: %v", vendor, mode, err)
			}
			if !strings.Contains(strings.ToLower(strings.Join(slices.Collect(maps.Values(credential)), " ")), "not-a-") {
				t.Errorf("%s %q does not say that it is made up", vendor, mode)
			}
			credential["public_token"] = "changed"
			if DemoCredential(vendor, mode)["public_token"] == "changed" {
				t.Errorf("%s %q: a caller can change it for others", vendor, mode)
			}
		}
	}
	if DemoCredential("acme", "") != nil || DemoCredential("duo", "9") != nil || len(DemoModes("acme")) != 0 {
		t.Error("an unknown vendor or mode has a credential")
	}
}

func TestAnythingButAPathIsRefused(t *testing.T) {
	for _, target := range []string{"", "*", "x", "http://h/devices", "h:443", "/a b", "/a\nb", "/a\x00", "/a\x7f"} {
		eachDemo(t, func(t *testing.T, vendor string, s *Simulator) {
			if a := s.Check(&Request{Method: "GET", Target: target}); a.Accepted || a.Status != 400 {
				t.Errorf("target %q: got status %d, accepted %v", target, a.Status, a.Accepted)
			}
		})
	}
}

func TestNoRequestAndAnEmptyOneAreRefused(t *testing.T) {
	eachDemo(t, func(t *testing.T, vendor string, s *Simulator) {
		for _, r := range []*Request{nil, {}, {Method: "GET", Target: "/"}, {Method: "GET", Target: "/", Header: http.Header{"Authorization": nil, "X-Auth-Token": {}}}} {
			if a := s.Check(r); a.Accepted || a.Status < 400 || a.Reason == "" {
				t.Errorf("got status %d, accepted %v, reason %q", a.Status, a.Accepted, a.Reason)
			}
		}
	})
}

func eachDemo(t *testing.T, test func(t *testing.T, vendor string, s *Simulator)) {
	for _, vendor := range Vendors() {
		for _, mode := range DemoModes(vendor) {
			t.Run(vendor+" "+mode, func(t *testing.T) {
				test(t, vendor, simulator(t, vendor, Config{Credential: DemoCredential(vendor, mode)}, time.Unix(1735689600, 0)))
			})
		}
	}
}

func TestEveryAnswerIsJSONWithADateAndIsReported(t *testing.T) {
	eachVector(t, func(t *testing.T, vendor string, v vector) {
		var reported []*Answer
		s := simulator(t, vendor, Config{
			Credential: v.credential,
			OnAnswer:   func(_ *Request, a *Answer) { reported = append(reported, a) },
		}, v.time(t))
		accepted, refused := s.Check(v.request()), s.Check(&Request{Method: "GET", Target: "/"})
		for _, a := range []*Answer{accepted, refused} {
			if !json.Valid(a.Body) || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("no JSON: %q", a.Body)
			}
			if got, want := a.Header.Get("Date"), v.time(t).UTC().Format(http.TimeFormat); got != want {
				t.Errorf("Date: got %q, want %q", got, want)
			}
		}
		if !slices.Equal(reported, []*Answer{accepted, refused}) {
			t.Errorf("%d of 2 answers were reported", len(reported))
		}
		for _, want := range []string{`"simulated"`, `"method":"` + v.method, `"vendor":"` + vendor, `"body_length":`} {
			if !strings.Contains(string(accepted.Body), want) {
				t.Errorf("the body lacks %s: %s", want, accepted.Body)
			}
		}
	})
}

func TestManyGoroutinesMayUseOneSimulator(t *testing.T) {
	for vendor, vectors := range allVectors {
		v := vectors[0]
		s := simulator(t, vendor, Config{Credential: v.credential, OnAnswer: func(*Request, *Answer) {}}, v.time(t))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					s.Check(v.request())
				}
			})
		}
		all.Wait()
	}
}
