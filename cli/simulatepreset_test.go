package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const acmePreset = `{"preset": 1, "name": "acme", "window": "1m",
 "options": [{"name": "access_id"}, {"name": "secret_key", "secret": true}],
 "operations": ["let ts = [[now|unix]]", "let text = [[method|upper]]\n[[target]]\n[[ts]]\n[[body|sha256|hex]]",
  "header X-Acme-Id = [[opt.access_id]]", "header X-Acme-Date = [[ts]]",
	"header X-Acme-Signature = [[text|hmac_sha256:opt.secret_key|hex]]"],
 "refusals": [{"status": 419, "contains": "too old", "means": "clock"}, {"status": 403, "means": "unclear"}]}`

// acmeHeaders signs as acme's documentation would say, by hand.
func acmeHeaders(id, key, method, target, body string, at time.Time) map[string]string {
	ts := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(body))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(method + "\n" + target + "\n" + ts + "\n" + hex.EncodeToString(sum[:])))
	return map[string]string{"X-Acme-Id": id, "X-Acme-Date": ts, "X-Acme-Signature": hex.EncodeToString(mac.Sum(nil))}
}

func acmeFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "acme.json")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(acmePreset, `\n[[`, `\\n[[`)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheVendorOfAPresetFileIsSimulated(t *testing.T) {
	t.Setenv("ACME_KEY", "geheim")
	r := simulate(t, "preset", acmeFile(t), "--listen", "0", "--set", "access_id=AB12", "--set", "secret_key=env:ACME_KEY")
	url := r.url("acme")
	now := time.Now()
	for _, c := range []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"signed", acmeHeaders("AB12", "geheim", "POST", "/v1/x?a=1", "{}", now), 200},
		{"another key", acmeHeaders("AB12", "other", "POST", "/v1/x?a=1", "{}", now), 403},
		{"another body", acmeHeaders("AB12", "geheim", "POST", "/v1/x?a=1", "[]", now), 403},
		{"too old", acmeHeaders("AB12", "geheim", "POST", "/v1/x?a=1", "{}", now.Add(-5*time.Minute)), 419},
		{"not signed", nil, 403},
	} {
		if got := ask(t, http.DefaultClient, "POST", url+"/v1/x?a=1", "{}", c.headers); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		r.line()
	}
	if strings.Contains(r.seen.String(), "geheim") {
		t.Error("the output shows the secret")
	}
	if status := r.stop(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestAPresetFileIsSimulatedWithAMadeUpCredential(t *testing.T) {
	r := simulate(t, "preset", acmeFile(t), "--listen", "0")
	if got, want := r.line()+"\n"+r.line()+"\n"+r.line(),
		"acme accepts the made-up credential\n  access_id=demo-access-id\n  secret_key=demo-secret-key-not-a-secret"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	url := r.url("acme")
	if got := ask(t, http.DefaultClient, "GET", url+"/", "", acmeHeaders("demo-access-id", "demo-secret-key-not-a-secret", "GET",
		"/", "", time.Now())); got != 200 {
		t.Errorf("status %d", got)
	}
	r.stop()
}

func TestWhatIsWrongWithAPresetIsSaidBeforeAnybodyListens(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"preset": 1, "name": "bad", "operations": ["header X = [[body]]"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no file", []string{filepath.Join(t.TempDir(), "none.json")}, "no such file"},
		{"a bad operation", []string{bad}, "operations line 1: header X: raw bytes"},
		{"a secret itself", []string{acmeFile(t), "--set", "access_id=A", "--set", "secret_key=geheim"},
			"--set secret_key takes a reference"},
		{"an unknown option", []string{acmeFile(t), "--set", "acces_id=A"}, "unknown option acces_id; did you mean access_id?"},
		{"no value", []string{acmeFile(t), "--set", "access_id"}, "the options are access_id, secret_key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, stderr := runCLI("", append([]string{"simulate", "preset"}, c.args...)...)
			if status == 0 || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "geheim") {
				t.Errorf("status %d, %s", status, stderr)
			}
		})
	}
}

// What `sign` signs, the simulator of the preset accepts, and it refuses the same request without the signature: the two share no
// code.
func TestBuiltInPresetsAreSimulatedByName(t *testing.T) {
	t.Setenv("PRESET_SECRET", "0123456789abcdef0123456789abcdef")
	for name, options := range map[string]map[string]string{
		"veracode":      {"api_id": "AB12", "api_key": "env:PRESET_SECRET"},
		"tenable":       {"access_key": "AB12", "secret_key": "env:PRESET_SECRET"},
		"shodan":        {"api_key": "env:PRESET_SECRET"},
		"qualys":        {"username": "AB12", "password": "env:PRESET_SECRET"},
		"logicmonitor":  {"access_id": "AB12", "access_key": "env:PRESET_SECRET"},
		"slack_webhook": {"signing_secret": "env:PRESET_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			arguments, config := []string{name, "--listen", "0"}, map[string]string{}
			for option, value := range options {
				arguments = append(arguments, "--set", option+"="+value)
				config[option] = strings.Replace(value, "env:PRESET_SECRET", "0123456789abcdef0123456789abcdef", 1)
			}
			url := simulate(t, arguments...).url(name) + "/x/y?a=1"
			line, err := json.Marshal(map[string]any{"signer": name, "config": config, "request": map[string]any{"method": "POST", "url": url, "body": "{}"}})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := signLines(strings.NewReader(string(line)+"\n"), &out, time.Now); err != nil {
				t.Fatal(err, out.String())
			}
			var signed struct {
				Headers map[string]string
				Target  string
			}
			if err := json.Unmarshal([]byte(out.String()), &signed); err != nil {
				t.Fatal(err)
			}
			status := func(target string, headers map[string]string) int {
				r, _ := http.NewRequest("POST", strings.TrimSuffix(url, "/x/y?a=1")+target, strings.NewReader("{}"))
				for name, value := range headers {
					r.Header.Set(name, value)
				}
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				return response.StatusCode
			}
			if got := status(signed.Target, signed.Headers); got != http.StatusOK {
				t.Errorf("the signed request is answered %d", got)
			}
			if got := status("/x/y?a=1", nil); got < 400 {
				t.Errorf("the unsigned request is answered %d", got)
			}
		})
	}
}

// A preset whose token is fetched is simulated whole: its endpoint issues tokens, and the API takes them until they end.
func TestTheTokenEndpointOfAPresetIsSimulated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acme.json")
	preset := `{"preset": 1, "name": "acme", "options": [{"name": "user"}, {"name": "password", "secret": true}],
		"operations": ["header X-Sid = [[token|reveal]]"], "refusals": [{"status": 401, "means": "unclear"}],
		"token": {"login": {"steps": [{"method": "POST", "url": "https://login.acme.example/login?v=[[opt.user]]", "body": "[[opt.password|reveal]]",
			"take": ["token = body"]}]}}}`
	if err := os.WriteFile(file, []byte(preset), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ACME_PASSWORD", "geheim")
	r := simulate(t, "preset", file, "--listen", "0", "--set", "user=api", "--set", "password=env:ACME_PASSWORD", "--token-ttl", "1h")
	url := r.url("acme")
	response, err := http.Post(url+"/login?v=api", "text/plain", strings.NewReader("geheim"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != 200 {
		t.Fatalf("the login is answered %d %s, %v", response.StatusCode, token, err)
	}
	for _, c := range []struct {
		name, method, target, body, token string
		want                              int
	}{
		{"a wrong password", "POST", "/login?v=api", "other", "", 401},
		{"the token", "GET", "/x", "", string(token), 200},
		{"another token", "GET", "/x", "", "other", 401},
	} {
		if got := ask(t, http.DefaultClient, c.method, url+c.target, c.body, map[string]string{"X-Sid": c.token}); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if r.stop(); strings.Contains(r.seen.String(), "geheim") || strings.Contains(r.seen.String(), string(token)) {
		t.Error("the output shows a secret")
	}
}

func TestOnlyTokensThatAreIssuedHaveAnEnd(t *testing.T) {
	status, _, stderr := runCLI("", "simulate", "preset", acmeFile(t), "--token-ttl", "3s")
	if status == 0 || !strings.Contains(stderr, "this preset issues no tokens") {
		t.Errorf("status %d, %s", status, stderr)
	}
	status, _, stderr = runCLI("", "simulate", "oauth2", "--set", "client_secret=geheim")
	if status == 0 || !strings.Contains(stderr, "--set client_secret takes a reference") || strings.Contains(stderr, "geheim") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
