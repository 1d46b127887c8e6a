package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// simulator serves a vendor with its made-up credential and returns the flags that name both.
func simulator(t *testing.T, vendor string, config vendorsim.Config) (flags []string) {
	t.Helper()
	config.Credential = vendorsim.DemoCredential(vendor, "")
	s, err := vendorsim.New(vendor, config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		t.Fatal(err)
	}
	flags = []string{"--host", "127.0.0.1", "--insecure-upstream", "--upstream", server.URL}
	for _, option := range scheme.Options {
		value, ok := config.Credential[option.Name]
		if !ok || option.Name == "key_type" && vendor == "carbonblack" {
			continue
		}
		if option.Secret {
			t.Setenv("PROBE_SECRET", value)
			value = "env:PROBE_SECRET"
		}
		flags = append(flags, "--"+flagOf(option.Name), value)
	}
	return flags
}

func runArgs(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func TestProbeReportsThatEachVendorAccepts(t *testing.T) {
	for _, vendor := range vendorsim.Vendors() { // presets too, as soon as they are simulated by name
		t.Run(vendor, func(t *testing.T) {
			flags := simulator(t, vendor, vendorsim.Config{})
			if slices.Contains([]string{"httpsig", "web_bot_auth", "cavage"}, vendor) { // which are anybody's
				flags = append(flags, "--target", "/harmless")
			}
			status, out, errs := runArgs(append([]string{"probe", vendor}, flags...)...)
			if status != 0 || !strings.HasPrefix(out, "accepted  200 OK\n\n  reached  127.0.0.1:") {
				t.Errorf("status %d\n%s%s", status, out, errs)
			}
			if strings.Contains(out+errs, vendorsim.DemoCredential(vendor, "")["secret_key"]+"\x00") || strings.Contains(out, "not-a-secret") && vendor != "carbonblack" {
				t.Errorf("the secret is shown:\n%s", out)
			}
		})
	}
}

func TestProbeOfAPresetWithoutAHarmlessCallWantsATarget(t *testing.T) {
	t.Setenv("PROBE_SECRET", "canary")
	args := []string{"probe", "recorded_future", "--api-token", "env:PROBE_SECRET", "--host", "api.recordedfuture.com", "--dry-run"}
	status, _, errs := runArgs(args...)
	if want := "vendorsign probe recorded_future: no harmless request to recorded_future is known; name a path with --target, where GET changes nothing\n"; status != 2 || !strings.HasPrefix(errs, want) {
		t.Errorf("%d %s", status, errs)
	}
	status, out, errs := runArgs(append(args, "--target", "/v2/domain/search?limit=1")...)
	if want := "GET /v2/domain/search?limit=1 HTTP/1.1\nHost: api.recordedfuture.com\n"; status != 0 || !strings.HasPrefix(out, want) || !strings.Contains(out, "X-Rftoken: {api_token}\n") {
		t.Errorf("%d\n%s%s", status, out, errs)
	}
}

func TestProbeSaysThatATargetBeginsWithASlash(t *testing.T) {
	t.Setenv("PROBE_SECRET", "canary")
	status, _, errs := runArgs("probe", "duo", "--integration-key", "DIX", "--secret-key", "env:PROBE_SECRET", "--host", "a.example", "--target", "admin/v1/users")
	if want := "vendorsign probe duo: --target must be a path that begins with a slash, as in /admin/v1/users\n"; status != 2 || !strings.HasPrefix(errs, want) {
		t.Errorf("%d %s", status, errs)
	}
}

func TestProbeSaysThatAPortSpeaksPlainHTTP(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	t.Setenv("PROBE_SECRET", "canary")
	status, _, errs := runArgs("probe", "duo", "--integration-key", "DIX", "--secret-key", "env:PROBE_SECRET", "--host", strings.TrimPrefix(server.URL, "http://"))
	if want := "not reached: the server speaks plain http on this port; name its https port in --host, or, for a simulated vendor, add --insecure-upstream --upstream http://HOST:PORT\n"; status != 1 || !strings.HasSuffix(errs, want) {
		t.Errorf("%d %s", status, errs)
	}
}

func TestAnOptionBeforeTheVendorSaysWhereItBelongs(t *testing.T) {
	for _, command := range []string{"probe", "proxy", "explain", "diagnose"} {
		status, _, errs := runArgs(command, "--config", "Caddyfile")
		if want := "vendorsign " + command + ": unknown flag: --config before the vendor; write vendorsign " + command + " VENDOR --config with one of " + vendors + "\n"; status != 2 || !strings.HasPrefix(errs, want) {
			t.Errorf("%d %s", status, errs)
		}
	}
}

func TestProbeSaysWhyACredentialIsRefused(t *testing.T) {
	tests := []struct{ name, want string }{
		{"wrong secret", "refused 401 Unauthorized: class F signature: the signatures do not match"},
		{"wrong clock", "refused 401 Unauthorized: class E clock: the vendor's clock is 10m0s ahead of the signed time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var config vendorsim.Config
			if tt.name == "wrong clock" {
				config.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
			}
			flags := simulator(t, "duo", config)
			if tt.name == "wrong secret" {
				t.Setenv("PROBE_SECRET", "another-secret")
			}
			status, out, _ := runArgs(append([]string{"probe", "duo"}, flags...)...)
			out = strings.Join(strings.Fields(out), " ")
			if status != 1 || !regexp.MustCompile(`clock is (9m\d+s|10m\d+s) ahead`).MatchString(out) && tt.name == "wrong clock" || tt.name == "wrong secret" && !strings.HasPrefix(out, tt.want) {
				t.Errorf("status %d\n%s", status, out)
			}
		})
	}
}

func TestProbeSendsNothingWhereItMustNot(t *testing.T) {
	sent := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent = true }))
	defer server.Close()
	t.Setenv("PROBE_SECRET", "a-secret-of-some-length")
	base := []string{"probe", "carbonblack", "--api-id", "A", "--api-secret-key", "env:PROBE_SECRET", "--host", "cb.example", "--upstream", server.URL}
	status, out, _ := runArgs(append(base, "--dry-run", "--insecure-upstream")...)
	if status != 0 || !strings.Contains(out, "X-Auth-Token: {api_secret_key}/A\n") {
		t.Errorf("status %d\n%s", status, out)
	}
	status, _, errs := runArgs(base...)
	if status != 2 || !strings.Contains(errs, "plain http") {
		t.Errorf("plain http: status %d\n%s", status, errs)
	}
	status, _, errs = runArgs("probe", "carbonblack", "--api-id", "A", "--api-secret-key", "env:PROBE_SECRET", "--host", "cb.example", "--upstream", "https://other.example")
	if status != 2 || !strings.Contains(errs, "not one of the hosts") {
		t.Errorf("another host: status %d\n%s", status, errs)
	}
	if sent {
		t.Error("a request was sent")
	}
}

func TestProxySignsAndTellsALineForEachRequest(t *testing.T) {
	flags := simulator(t, "duo", vendorsim.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, append([]string{"proxy", "duo", "--listen", "127.0.0.1:0", "--explain"}, flags...), strings.NewReader(""), writer, io.Discard)
		writer.Close()
	}()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		var text bytes.Buffer
		chunk := make([]byte, 4096)
		for {
			n, err := reader.Read(chunk)
			text.Write(chunk[:n])
			for {
				line, rest, ok := strings.Cut(text.String(), "\n")
				if !ok {
					break
				}
				text.Reset()
				text.WriteString(rest)
				lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
	_, address, _ := strings.Cut(<-lines, " on ")
	response, err := http.Get(address + "/admin/v1/users?b=1&a=2")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || !strings.Contains(string(body), "version 5") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	t.Setenv("PROBE_SECRET", "")
	cancel()
	var all []string
	for line := range lines {
		all = append(all, line)
	}
	if status := <-done; status != 0 {
		t.Errorf("status %d", status)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{`  params                 "a=2&b=1\n"`, `GET "/admin/v1/users" 200`} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
}

// What clients may ask for is not for the operator, who asks whether the credential works.
func TestProbeIsNotBoundByAllow(t *testing.T) {
	t.Setenv("PROBE_SECRET", "a-secret-of-some-length")
	file := filepath.Join(t.TempDir(), "duo.json")
	config := `{"handler":"duo_sign","integration_key":"DIX","secret_key":"{env.PROBE_SECRET}","host":["duo.example"],"allow":["GET /admin/v1/users"],` +
		`"previous":{"integration_key":"DIOLD","secret_key":"{env.PROBE_SECRET}"}}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := runArgs("probe", "duo", "--config", file, "--dry-run")
	if status != 0 || !strings.Contains(out, "GET /auth/v2/check") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
}
