package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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
	if got, want := r.line(),
		"acme takes the made-up credential access_id=demo-access-id secret_key=demo-secret-key-not-a-secret"; got != want {
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
		{"an unknown option", []string{acmeFile(t), "--set", "acces_id=A"}, "acces_id"},
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
