package tests

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/traefikplugin"
)

// bothPlugins runs a test with the Traefik plugin in both runtimes. Set the environment first.
func bothPlugins(t *testing.T, test func(t *testing.T, p interpret.Plugin)) {
	t.Helper()
	t.Run("compiled", func(t *testing.T) { test(t, interpret.CompiledPlugin(traefikplugin.New, traefikplugin.CreateConfig)) })
	t.Run("interpreted", func(t *testing.T) { test(t, interpret.LoadPlugin(t)) })
}

// manifest reads .traefik.yml.
func manifest(t testing.TB) (m struct {
	DisplayName, Summary, Type, Import, BasePkg string
	TestData                                    map[string]any `yaml:"testData"`
}) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(interpret.Root(t), ".traefik.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		DisplayName string         `yaml:"displayName"`
		Summary     string         `yaml:"summary"`
		Type        string         `yaml:"type"`
		Import      string         `yaml:"import"`
		BasePkg     string         `yaml:"basePkg"`
		TestData    map[string]any `yaml:"testData"`
	}
	if err := yaml.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	m.DisplayName, m.Summary, m.Type, m.Import, m.BasePkg, m.TestData = raw.DisplayName, raw.Summary, raw.Type, raw.Import, raw.BasePkg, raw.TestData
	return m
}

// The catalog imports the plugin, decodes the manifest's test data and calls New, in a sandbox without environment.
func TestTheCatalogsTrialRunSucceeds(t *testing.T) {
	m := manifest(t)
	if m.DisplayName == "" || m.Summary == "" || m.Type != "middleware" || m.Import != interpret.Module+"/traefikplugin" || m.BasePkg != "" {
		t.Errorf("the manifest is %+v", m)
	}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "VENDORSIGN_") {
			t.Setenv(name, value) // puts it back afterwards
			os.Unsetenv(name)
		}
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		if _, err := p.New(m.TestData, http.NotFoundHandler()); err != nil {
			t.Error(err)
		}
	})
}

// received is what the handler after the middleware saw.
type received struct {
	*http.Request
	body string
}

func recorder(got *received) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = received{r, string(body)}
		w.WriteHeader(http.StatusTeapot)
	})
}

// labels are working configurations with every value a text, as labels and files deliver them.
var labels = map[string]map[string]any{
	"carbonblack":   {"apiId": "ABCD1234", "apiSecretKey": "canary", "host": "vendor.example"},
	"cortex":        {"apiKeyId": "7", "apiKey": "canary", "keyType": "standard", "host": "vendor.example"},
	"darktrace":     {"publicToken": "pub", "privateToken": "canary", "host": "vendor.example"},
	"duo":           {"integrationKey": "DIX", "secretKey": "canary", "signatureVersion": "2", "host": "vendor.example"},
	"threatconnect": {"accessId": "42", "secretKey": "canary", "host": "vendor.example"},
}

func TestThePluginSignsForEveryVendor(t *testing.T) {
	proofs := map[string]string{"carbonblack": "X-Auth-Token", "cortex": "Authorization", "darktrace": "Dtapi-Signature", "duo": "Authorization", "threatconnect": "Authorization"}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for vendor, options := range labels {
			var got received
			handler, err := p.New(map[string]any{vendor: options}, recorder(&got))
			if err != nil {
				t.Errorf("%s: %v", vendor, err)
				continue
			}
			r := httptest.NewRequest("POST", "/path?b=2&a=1", strings.NewReader("k=v"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if vendor == "duo" { // version 2 signs no query beside a form
				r = httptest.NewRequest("GET", "/path?b=2&a=1", nil)
			}
			r.Header.Set("Authorization", "evil")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusTeapot {
				t.Errorf("%s: %d %s", vendor, w.Code, w.Body)
				continue
			}
			if proof := got.Header.Get(proofs[vendor]); proof == "" || proof == "evil" || got.Host != "vendor.example" {
				t.Errorf("%s: %s is %q for host %q", vendor, proofs[vendor], proof, got.Host)
			}
			if vendor != "duo" && got.body != "k=v" {
				t.Errorf("%s: the body is %q", vendor, got.body)
			}
		}
	})
}

// darktraceSignature is what must have been sent with a request without body.
func darktraceSignature(target string, r *http.Request) string {
	mac := hmac.New(sha1.New, []byte("canary"))
	io.WriteString(mac, target+"\n"+r.Header.Get("Dtapi-Token")+"\n"+r.Header.Get("Dtapi-Date"))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestThePluginSignsTheTargetThatTraefikSends(t *testing.T) {
	tests := []struct{ asked, sent string }{
		{"/devices", "/devices"},
		{"/devices?b=2&a=1", "/devices?a=1&b=2"},
		{"/a%2Fb/c%20d%7E?x=%zz&y=a+b", "/a%2Fb/c%20d%7E?x=%zz&y=a+b"},
		{"/devices?a=1;b=2", "/devices?a=1&b=2"},
		{"/devices?b=1;a=2", "/devices?a=2&b=1"},
		{"/a;b/c?d", "/a;b/c?d"},
		{"/caf\u00e9", "/caf%C3%A9"},
		{"/devices?", "/devices"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		handler, err := p.New(map[string]any{"darktrace": labels["darktrace"]}, recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", test.asked, nil))
			if got.RequestURI != test.sent || got.Header.Get("Dtapi-Signature") != darktraceSignature(test.sent, got.Request) {
				t.Errorf("%s: %q goes out with %s, want %q with %s", test.asked, got.RequestURI, got.Header.Get("Dtapi-Signature"), test.sent, darktraceSignature(test.sent, got.Request))
			}
		}
	})
}

func TestThePluginRefusesWithAProblemAndCallsNobody(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		options := map[string]any{"publicToken": "pub", "privateToken": "canary", "host": "vendor.example", "allow": []any{"GET|HEAD /devices", " POST /tags"}, "maxBody": "1KiB"}
		handler, err := p.New(map[string]any{"darktrace": options}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("sent") }))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			method, target, body string
			status               int
		}{
			{"DELETE", "/devices", "", 403},
			{"GET", "/devices/../tags", "", 400},
			{"POST", "/tags", strings.Repeat("a", 1025), 413},
		} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest(test.method, test.target, strings.NewReader(test.body)))
			if w.Code != test.status || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d %s", test.method, test.target, w.Code, w.Body)
			}
		}
	})
}

func TestThePluginRefusesConfigurationsThatCannotBeMeant(t *testing.T) {
	secrets := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	for path, content := range map[string]string{filepath.Join(secrets, "skey"): "canary\n", outside: "outer-canary"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	t.Setenv("VENDORSIGN_SKEY", "canary")
	t.Setenv("OTHER_SKEY", "canary")
	// with changes options of the Duo configuration; nil takes one away.
	with := func(changes map[string]any) map[string]any {
		options := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example"}
		for name, value := range changes {
			options[name] = value
			if value == nil {
				delete(options, name)
			}
		}
		return map[string]any{"duo": options}
	}
	tests := []struct {
		name   string
		config map[string]any
		want   string // in the error; empty: none
	}{
		{"a good one", with(nil), ""},
		{"a variable", with(map[string]any{"secretKey": "env:VENDORSIGN_SKEY"}), ""},
		{"a variable as in Caddy", with(map[string]any{"secretKey": "{env.VENDORSIGN_SKEY}"}), ""},
		{"a file", with(map[string]any{"secretKey": "file:" + filepath.Join(secrets, "skey")}), ""},
		{"a number and a switch as texts", with(map[string]any{"signatureVersion": "4", "allowCredentialEndpoints": "true", "insecureUpstream": "true"}), ""},
		{"a list in one label", with(map[string]any{"host": "eu.example,us.example"}), ""},
		{"nothing", nil, "exactly one of"},
		{"two vendors", map[string]any{"duo": with(nil)["duo"], "cortex": labels["cortex"]}, "exactly one vendor must be configured in a middleware, and cortex and duo are"},
		{"another vendor", map[string]any{"nobody": map[string]any{"clientId": "x"}}, "unknown vendor nobody"},
		{"a slip", with(map[string]any{"secretkee": "canary"}), "did you mean secretKey?"},
		{"the vendor's word", with(map[string]any{"skey": "canary"}), "did you mean secretKey?"},
		{"no secret", with(map[string]any{"secretKey": nil}), "secretKey is required"},
		{"no host", with(map[string]any{"host": nil}), "host is required"},
		{"a variable of the operator's own", with(map[string]any{"secretKey": "env:OTHER_SKEY"}), "VENDORSIGN_"},
		{"a file outside the folder", with(map[string]any{"secretKey": "file:" + outside}), "not below"},
		{"a missing variable", with(map[string]any{"secretKey": "env:VENDORSIGN_MISSING"}), "secretKey"},
		{"a brace that YAML took for a map", with(map[string]any{"secretKey": map[string]any{"env.VENDORSIGN_SKEY": nil}}), "secretKey"},
		{"a list without a method", with(map[string]any{"allow": "GET,HEAD /devices"}), "allow: methods are joined by | and not by commas"},
		{"a number that is none", with(map[string]any{"signatureVersion": "five"}), "signatureVersion"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			_, err := p.New(test.config, http.NotFoundHandler())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.want))) {
				t.Errorf("%s: the error is %v, want one with %q", test.name, err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: the error shows the secret: %v", test.name, err)
			}
		}
	})
}

// Traefik decodes a configuration once and calls New for every router that uses it.
func TestTwoRoutersShareOneConfiguration(t *testing.T) {
	t.Setenv("VENDORSIGN_TOKEN", "canary")
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		config, err := p.Config(map[string]any{"darktrace": map[string]any{"publicToken": "pub", "privateToken": "env:VENDORSIGN_TOKEN", "host": "vendor.example"}})
		if err != nil {
			t.Fatal(err)
		}
		for router := 0; router < 2; router++ {
			var got received
			handler, err := p.Handler(config, recorder(&got), "test@docker")
			if err != nil {
				t.Fatal(err)
			}
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/devices", nil))
			if got.Header.Get("Dtapi-Signature") != darktraceSignature("/devices", got.Request) {
				t.Errorf("router %d has another signature", router)
			}
		}
	})
}

func TestManyGoroutinesShareOneMiddleware(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil || r.Header.Get("Dtapi-Signature") != "" && r.Method == "GET" && r.Header.Get("Dtapi-Signature") != darktraceSignature(r.RequestURI, r) {
				w.WriteHeader(http.StatusTeapot)
			}
		})
		var group sync.WaitGroup
		for _, vendor := range []string{"darktrace", "duo"} {
			options := map[string]any{}
			for name, value := range labels[vendor] {
				options[name] = value
			}
			options["signatureVersion"] = "5"
			if vendor == "darktrace" {
				delete(options, "signatureVersion")
			}
			config, err := p.Config(map[string]any{vendor: options})
			if err != nil {
				t.Fatal(err)
			}
			handler, err := p.Handler(config, next, "test@file")
			if err != nil {
				t.Fatal(err)
			}
			for worker := 0; worker < 8; worker++ {
				group.Add(1)
				go func() {
					defer group.Done()
					for n := 0; n < 20; n++ {
						r := httptest.NewRequest("GET", "/devices?b=1&a=2", nil)
						if n%3 == 0 {
							r = httptest.NewRequest("POST", "/tags", strings.NewReader("body"))
						}
						r.Header.Set("X-Forwarded-For", "10.0.0.1")
						w := httptest.NewRecorder()
						handler.ServeHTTP(w, r)
						if w.Code != http.StatusOK {
							t.Errorf("%s: %d %s", vendor, w.Code, w.Body)
						}
					}
				}()
			}
			// Reloads at the same time.
			for n := 0; n < 10; n++ {
				if _, err := p.New(map[string]any{vendor: options}, next); err != nil {
					t.Error(err)
				}
			}
		}
		group.Wait()
	})
}

// Traefik's proxy sends the opaque part of such a target, whatever the path says.
func TestAnOpaqueTargetIsRefused(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		sent := false
		next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent = true })
		h, err := p.New(map[string]any{"darktrace": map[string]any{"publicToken": "a", "privateToken": "b", "host": "h", "insecureUpstream": "true"}}, next)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"htt:p://evil.example/x", "x:y", "mailto:a@b?c=d"} {
			r := httptest.NewRequest("GET", "/", nil)
			r.RequestURI = target
			if r.URL, err = url.ParseRequestURI(target); err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if sent || w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "#bad-target") {
				t.Errorf("%s: sent %v, answered %d %s", target, sent, w.Code, w.Body)
			}
		}
	})
}
