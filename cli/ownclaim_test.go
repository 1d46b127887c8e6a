package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownClaim is a preset of an operator's own in whose scheme apps can sign.
const ownClaim = `{"preset":1,"name":"acme_api","title":"Acme","options":[{"name":"access_id","shape":"AK{upper:18}"},
	{"name":"secret_key","secret":true,"shape":"{alnum:40}"}],
	"operations":["let text = [[target]]\\n[[now|unix]]","header X-Acme-Time = [[now|unix]]",
		"header Authorization = ACME [[opt.access_id]]:[[text|hmac_sha256:opt.secret_key|hex]]"],
	"claim":{"key":"access_id","secret":"secret_key","headers":{"Authorization":"ACME {key}:{proof}","X-Acme-Time":"{time}"},"time":"unix"}}`

func TestCheckReadsThePresetFileOfAVerifier(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	copied, other := filepath.Join(dir, "copied.json"), filepath.Join(dir, "other.json")
	for path, text := range map[string]string{good: ownClaim, bad: strings.Replace(ownClaim, "{proof}", "{key}", 1), copied: ownClaim,
		other: strings.Replace(ownClaim, "acme_api", "other_api", 1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("VENDORSIGN_PRESETS_DIR", dir)
	const at = "c.json:2: apps.http.servers.s.routes.0.handle.0"
	with := func(verifier string) string {
		signer := `{"handler":"vendorsign","vendor":"custom","preset_file":"` + good + `","options":{"access_id":"AK"},` +
			`"secrets":{"secret_key":"{file./run/secrets/acme}"},"require_app":true,"client_hosts":["gw.internal"],"host":["api-1.duosecurity.com"]}`
		return serverOf(routeOf(`{"handler":"vendorsign_verify","vendor":"custom",`+verifier+`}`), routeOf(signer, toVendor))
	}
	const app = `"apps":[{"name":"a","key_id":"AKBILLING","secret":"{file./s}"}]`
	for _, tt := range []struct{ name, text, want string }{
		{"a path", with(`"preset_file":"` + good + `",` + app), ""},
		{"a name", with(`"preset":"good",` + app), ""},
		{"a copy of the signer's", with(`"preset_file":"` + copied + `",` + app), ""},
		{"another preset than the signer's", with(`"preset_file":"` + other + `",` + app), "every request of an app is refused (403): vendorsign_verify (line 2) " +
			"verifies it by the preset " + other + ", and vendorsign custom signs by " + good + "; name the same file in both"},
		{"a file that is on another machine", with(`"preset_file":"/nonexistent/acme.json",` + app), "warning: apps.http.servers.s.routes.1.handle.1: " +
			"vendorsign_verify (line 2) verifies apps by the preset /nonexistent/acme.json, and vendorsign custom signs by " + good +
			": if they are different presets, every request of an app is refused (403); name the same file in both"},
		{"a file that only the gateway knows", with(`"preset_file":"{env.PRESET}",` + app), ""},
		{"a claim that is wrong", with(`"preset_file":"` + bad + `",` + app), at + ".preset_file: preset_file: claim: headers: {key} appears twice"},
		{"no file", with(app), at + ": preset_file or preset is required"},
		{"the secret of the credential", with(strings.Replace(`"preset_file":"`+good+`",`+app, "/s}", "/run/secrets/acme}", 1)), "the credential's own"},
		{"a misspelt option", with(`"preset_fil":"` + good + `",` + app), at + ".preset_fil: unknown option preset_fil; did you mean preset_file?"},
		{"a file for a vendor", strings.Replace(with(`"preset_file":"`+good+`",`+app), `"vendor":"custom"`, `"vendor":"duo"`, 1), at + ".preset_file: unknown option preset_file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stdout, _ := faults(t, "c.json", tt.text)
			if tt.want == "" && !strings.HasSuffix(stdout, "no fault\n") || !strings.Contains(stdout, tt.want) {
				t.Errorf("%swant\n%s", stdout, tt.want)
			}
		})
	}
}

// A preset file says what its keys look like, so apps of it can have keys that are derived.
func TestAppsOfAnOwnPresetHaveKeysInItsShape(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	preset, master := write("acme.json", ownClaim), write("master", strings.Repeat("0123456789abcdef", 2))
	bad := write("bad.json", strings.Replace(ownClaim, `"claim"`, `"docs":"","claim":null,"ended":"2020-01-01","page"`, 1))
	app := func(arguments ...string) (int, string) {
		var out, errs bytes.Buffer
		status := Run(context.Background(), append(arguments, "--file", filepath.Join(dir, "apps.json"), "--master", master),
			strings.NewReader(""), &out, &errs)
		return status, out.String() + errs.String()
	}
	for _, test := range []struct {
		arguments []string
		status    int
		want      string
	}{
		{[]string{"app", "new", "billing", "--vendor", "acme_api", "--gateway", "acme.internal"}, 2, "for a scheme of your own, --preset is its file"},
		{[]string{"app", "new", "billing", "--vendor", "acme", "--gateway", "acme.internal", "--preset", preset}, 2, "--preset is the file of acme_api"},
		{[]string{"app", "new", "billing", "--vendor", "acme_api", "--gateway", "acme.internal", "--preset", bad}, 1, "--preset"},
		{[]string{"app", "new", "billing", "--vendor", "acme_api", "--gateway", "acme.internal", "--preset", preset}, 0, "\n  access_id   AK"},
		{[]string{"app", "rotate", "billing", "--preset", preset}, 0, "\n  secret_key  "},
		{[]string{"app", "show", "billing", "--preset", preset}, 0, "\n  secret_key  "},
	} {
		if status, got := app(test.arguments...); status != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%q: %d\n%swant %d and %q", test.arguments, status, got, test.status, test.want)
		}
	}
}

func TestPresetCheckComparesAClaimWithTheOperations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.json")
	for old, want := range map[string]string{
		"":                  "acme_api loads",
		"{time}":            "",
		"\\\\n[[now|unix]]": "claim: time: the proof does not cover the whole date",
	} {
		text := ownClaim
		if old != "" {
			text = strings.Replace(ownClaim, old, "", 1)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		status := Run(context.Background(), []string{"preset", "check", path}, strings.NewReader(""), &out, &errs)
		if (status == 0) != (old == "") || !strings.Contains(out.String()+errs.String(), want) {
			t.Errorf("without %q: %d\n%s%s", old, status, &out, &errs)
		}
	}
}
