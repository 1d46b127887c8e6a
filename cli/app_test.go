package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/vendorsign/vendorsign/outbound/apps"
)

// inApps runs commands in a folder of their own with a master secret, and returns what they print.
func inApps(t *testing.T) func(code int, args ...string) (string, string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("master", []byte("master-secret-of-the-tests-000000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(code int, args ...string) (string, string) {
		t.Helper()
		var out, wrong bytes.Buffer
		if got := Run(context.Background(), append([]string{"app"}, args...), strings.NewReader(""), &out, &wrong); got != code {
			t.Fatalf("app %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), wrong.String())
		}
		return out.String(), wrong.String()
	}
}

func keyOptions(t *testing.T, text string) map[string]string {
	t.Helper()
	var k struct{ Options map[string]string }
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		t.Fatal(err, text)
	}
	return k.Options
}

func TestAnAppIsMadeShownRotatedAndRevoked(t *testing.T) {
	run := inApps(t)
	made, _ := run(0, "new", "billing", "--vendor", "duo", "--gateway", "duo.internal", "--file", "apps.json", "--master", "master", "--rate", "25/5m",
		"--allow", "GET /a&b/**", "--allow", "POST /b", "--expires", "2999-03-31", "--json")
	first := keyOptions(t, made)
	if !regexp.MustCompile(`^DI[A-Z0-9]{18}$`).MatchString(first["integration_key"]) || len(first["secret_key"]) != 40 {
		t.Errorf("the key is %v", first)
	}
	run(0, "new", "soar", "--file", "apps.json", "--master", "file:master")
	rotated, _ := run(0, "rotate", "billing", "--file", "apps.json", "--master", "master", "--overlap", "24h", "--json")
	second := keyOptions(t, rotated)
	if second["integration_key"] != first["integration_key"] || second["secret_key"] == first["secret_key"] {
		t.Errorf("rotated from %v to %v", first, second)
	}
	shown, _ := run(0, "show", "billing", "--file", "apps.json", "--master", "master", "--json")
	if shown != rotated {
		t.Errorf("show prints %s, rotate printed %s", shown, rotated)
	}
	run(0, "revoke", "billing", "--file", "apps.json")
	text, err := os.ReadFile("apps.json")
	if err != nil {
		t.Fatal(err)
	}
	changing := regexp.MustCompile(`DI[A-Z0-9]{18}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|"created": "[0-9-]+"`)
	want := `{
  "version": 1,
  "vendor": "duo",
  "gateway": "duo.internal",
  "apps": [
    {"name": "billing", "key_id": "...", "generation": 2, "overlap": "...", "allow": ["GET /a&b/**", "POST /b"], "rate": "25/5m", ` +
		`"expires": "2999-03-31", "revoked": true, ...},
    {"name": "soar", "key_id": "...", "generation": 1, ...}
  ]
}
`
	if got := changing.ReplaceAllString(string(text), "..."); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	for _, secret := range []string{first["secret_key"], second["secret_key"], "master-secret"} {
		if strings.Contains(string(text), secret) {
			t.Error("the file has a secret")
		}
	}
	list, _ := run(0, "list", "--file", "apps.json")
	wantList := "2 apps of duo at duo.internal:\n  billing  revoked, ..., rate 25/5m, expires 2999-03-31\n  soar     valid, ...\n"
	if got := changing.ReplaceAllString(list, "..."); got != wantList {
		t.Errorf("list prints\n%s\nwant\n%s", got, wantList)
	}
	run(0, "rotate", "soar", "--file", "apps.json", "--master", "master", "--overlap", "0s")
	if text, _ := os.ReadFile("apps.json"); !strings.Contains(string(text), `"generation": 2, "created"`) {
		t.Errorf("without an overlap the file is\n%s", text)
	}
}

func TestAFileThatSomebodyWroteByHandIsFormattedAndKeepsItsModeAndLink(t *testing.T) {
	run := inApps(t)
	text := `{"apps":[{"revoked":false,"generation":1,"key_id":"DI1","name":"a","policy":"readers"},{"name":"b","key_id":"DI2","secret":"env:B"}],
		"policies":{"writers":["POST /w"],"readers":["GET /r/**","HEAD /r/**"]},"gateway":"gw","vendor":"duo","version":1}`
	if err := os.WriteFile("real.json", []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("real.json", 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.json", "apps.json"); err != nil {
		t.Fatal(err)
	}
	run(0, "revoke", "b", "--file", "apps.json")
	want := `{
  "version": 1,
  "vendor": "duo",
  "gateway": "gw",
  "policies": {
    "readers": ["GET /r/**", "HEAD /r/**"],
    "writers": ["POST /w"]
  },
  "apps": [
    {"name": "a", "key_id": "DI1", "generation": 1, "policy": "readers"},
    {"name": "b", "key_id": "DI2", "secret": "env:B", "revoked": true}
  ]
}
`
	got, err := os.ReadFile("real.json")
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	link, err := os.Lstat("apps.json")
	if err != nil || link.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is one no more")
	}
	if info, err := os.Stat("real.json"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v", info.Mode())
	}
	if left, _ := filepath.Glob("*"); len(left) != 3 {
		t.Errorf("the folder has %v", left)
	}
	if left, _ := filepath.Glob(".*"); len(left) != 0 {
		t.Errorf("the folder has %v", left)
	}
	if f, err := apps.ParseFile(want); err != nil || formatApps(f) != want {
		t.Errorf("what was written is read as something else: %v", err)
	}
}

// Without a lock, one of two would lose the app that it added.
func TestManyCommandsAtOnceLoseNoApp(t *testing.T) {
	run := inApps(t)
	run(0, "new", "first", "--vendor", "duo", "--gateway", "gw", "--file", "apps.json", "--master", "master")
	var all sync.WaitGroup
	for i := range 20 {
		all.Add(1)
		go func() {
			defer all.Done()
			var out bytes.Buffer
			args := []string{"app", "new", fmt.Sprintf("app%d", i), "--file", "apps.json", "--master", "master"}
			if code := Run(context.Background(), args, strings.NewReader(""), &out, &out); code != 0 {
				t.Errorf("%d: %s", code, out.String())
			}
		}()
	}
	all.Wait()
	f, err := readApps("apps.json")
	if err != nil || len(f.Apps) != 21 {
		t.Errorf("%v, %d apps", err, len(f.Apps))
	}
}

func TestWrongUseOfAppNamesTheFlagAndLeavesTheFile(t *testing.T) {
	run := inApps(t)
	run(0, "new", "billing", "--vendor", "duo", "--gateway", "duo.internal", "--file", "apps.json", "--master", "master")
	before, _ := os.ReadFile("apps.json")
	if err := os.WriteFile("short", []byte("hunter2hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, vendor := range map[string]string{"misspelt.json": "dou", "basic.json": "basic", "own.json": "acme_orders"} {
		if err := os.WriteFile(name, bytes.Replace(before, []byte(`"duo"`), []byte(`"`+vendor+`"`), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("gone.json", "link.json"); err != nil {
		t.Fatal(err)
	}
	usual := []string{"--file", "apps.json", "--master", "master"}
	for _, tt := range []struct {
		code int
		args []string
		want string
	}{
		{2, []string{"new", "x"}, "new: --master is required: the file with the master secret that the gateway has as app_master"},
		{2, []string{"new", "x", "--master", "master"}, "new: --file is required: the file that the gateway has as apps_file"},
		{2, []string{"new", "x", "--master", "master", "--file", "none.json"}, "new: --vendor and --gateway are required for the first app of a file"},
		{2, []string{"new", "a b", "--master", "master", "--file", "none.json"}, "new: NAME must have 1 to 64 letters, digits, dots, underscores and " +
			"hyphens, and begin with a letter or digit"},
		{2, []string{"new", "x", "--master", "master", "--file", "none.json", "--vendor", "duo", "--gateway", "https://duo.internal"},
			"new: --gateway must be the host that apps send their requests to, in lower case, as in vendor.internal"},
		{2, []string{"new", "x", "--master", "master", "--file", "none.json", "--vendor", "veracod", "--gateway", "gw"},
			"new: --vendor: unknown vendor veracod; did you mean veracode?"},
		{2, []string{"new", "x", "--master", "short", "--file", "apps.json"},
			"new: --master: the master secret must have at least 32 bytes, as of openssl rand -base64 32"},
		{2, []string{"new", "x", "--master", "gone", "--file", "apps.json"}, "new: --master: secret file cannot be read: open gone: no such file or directory"},
		{2, []string{"new", "x", "--master", "hunter2hunter2hunter2hunter2hunter2", "--file", "apps.json"},
			"new: --master: there is no such file; give the name of the file with the secret, or env:NAME, and not the secret itself"},
		{2, []string{"new", "x", "--master", "master", "--file", "none/apps.json"}, "new: --file: there is no folder none"},
		{2, []string{"new", "x", "--master", "master", "--file", "link.json", "--vendor", "duo", "--gateway", "gw"},
			"new: --file: link.json is a link to a file that is not there"},
		{1, []string{"list", "--file", "misspelt.json"}, "list: --file: unknown vendor dou; did you mean duo?"},
		{1, []string{"list", "--file", "basic.json"}, "list: --file: requests of apps in the scheme of basic cannot be verified"},
		{1, append([]string{"new", "billing"}, usual...), "new: there is already an app billing; app rotate gives it a new secret"},
		{2, append([]string{"new", "x", "--vendor", "aws"}, usual...), "new: --vendor: the apps of this file are for duo; put apps for another vendor into another file"},
		{2, append([]string{"new", "x", "--gateway", "other"}, usual...),
			"new: --gateway: the apps of this file send to duo.internal; put apps for another host into another file"},
		{2, append([]string{"new", "x", "--expires", "2020-03-31"}, usual...), "new: --expires is in the past: the key would never be valid"},
		{2, append([]string{"new", "x", "--expires", ""}, usual...), "new: --expires is empty; give a value, or leave the option out"},
		{2, append([]string{"new", "x", "--rate", ""}, usual...), "new: --rate is empty; give a value, or leave the option out"},
		{2, append([]string{"new", "x", "--policy", ""}, usual...), "new: --policy is empty; give a value, or leave the option out"},
		{2, append([]string{"new", "x", "--expires", "soon"}, usual...),
			"new: --expires must be a day or a time of RFC 3339, as in 2027-03-31 or 2027-03-31T12:00:00Z"},
		{1, append([]string{"new", "x", "--policy", "p"}, usual...), "new: app x: policy is not one of the file's policies; the file is unchanged"},
		{1, append([]string{"new", "x", "--rate", "fast"}, usual...),
			"new: app x: rate must be like 25/5m, or with paths and a queue like 25/5m /logs/** queue 2s; the file is unchanged"},
		{1, []string{"revoke", "biling", "--file", "apps.json"}, `revoke: there is no app "biling"; did you mean billing?`},
		{2, []string{"revoke", "billing", "--file", "none.json"}, "revoke: --file: open none.json: no such file or directory"},
		{1, []string{"show", "nobody", "--file", "apps.json"}, `show: there is no app "nobody"; vendorsign app list shows all apps`},
		{2, append([]string{"rotate", "billing", "--overlap", "-1h"}, usual...), "rotate: --overlap must be between 0 and 2160h, such as 24h"},
		{2, append([]string{"rotate", "billing", "--overlap", "24"}, usual...), "rotate: --overlap must be between 0 and 2160h, such as 24h"},
		{1, []string{"list", "--file", "short"}, "list: --file: short: it is not a JSON object, or not a whole one: the mistake is in line 1"},
	} {
		_, wrong := run(tt.code, tt.args...)
		if line, _, _ := strings.Cut(wrong, "\n"); line != "vendorsign app "+tt.want {
			t.Errorf("app %s: %s, want %s", strings.Join(tt.args, " "), line, tt.want)
		}
		if strings.Contains(wrong, "hunter2") {
			t.Error("an error shows a secret")
		}
	}
	if list, _ := run(0, "list", "--file", "own.json"); !strings.Contains(list, "1 app of acme_orders at duo.internal") {
		t.Errorf("a scheme of one's own: %s", list)
	}
	if after, _ := os.ReadFile("apps.json"); !bytes.Equal(after, before) {
		t.Errorf("the file is now\n%s", after)
	}
	if left, _ := filepath.Glob("*.lock"); len(left) > 0 {
		t.Errorf("locks are left: %v", left)
	}
}

// An app has two secrets at most, and the one before was said to be good until the overlap ends.
func TestARotationWithinTheOverlapOfTheLastOneMustBeAskedFor(t *testing.T) {
	run := inApps(t)
	usual := []string{"--file", "apps.json", "--master", "master"}
	run(0, append([]string{"new", "billing", "--vendor", "duo", "--gateway", "duo.internal"}, usual...)...)
	run(0, append([]string{"rotate", "billing", "--overlap", "24h"}, usual...)...)
	before, _ := os.ReadFile("apps.json")
	_, wrong := run(1, append([]string{"rotate", "billing"}, usual...)...)
	if !regexp.MustCompile(`billing was rotated, and its previous secret is valid until 2\S+Z; another rotation would end it now: wait, or add --force`).MatchString(wrong) {
		t.Error(wrong)
	}
	if after, _ := os.ReadFile("apps.json"); !bytes.Equal(after, before) {
		t.Errorf("the file is now\n%s", after)
	}
	run(0, append([]string{"rotate", "billing", "--force"}, usual...)...)
	run(0, append([]string{"rotate", "billing", "--overlap", "0"}, usual...)...)
	run(0, append([]string{"rotate", "billing"}, usual...)...)
}

func TestAnExpiredAppGetsNoNewSecret(t *testing.T) {
	run := inApps(t)
	text := `{"version": 1, "vendor": "duo", "gateway": "g", "apps": [{"name": "a", "key_id": "DIA", "generation": 1, "expires": "2020-01-01"}]}`
	if err := os.WriteFile("apps.json", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, wrong := run(1, "rotate", "a", "--file", "apps.json", "--master", "master")
	if !strings.Contains(wrong, "a has expired, and its new secret would not be accepted: change expires in the file first") {
		t.Error(wrong)
	}
	if after, _ := os.ReadFile("apps.json"); string(after) != text {
		t.Errorf("the file is now\n%s", after)
	}
}

func TestAnAppsFileMayBeginWithAByteOrderMark(t *testing.T) {
	run := inApps(t)
	usual := []string{"--file", "apps.json", "--master", "master"}
	run(0, append([]string{"new", "billing", "--vendor", "duo", "--gateway", "duo.internal"}, usual...)...)
	text, err := os.ReadFile("apps.json")
	if err == nil {
		err = os.WriteFile("apps.json", append([]byte("\ufeff"), text...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, _ := run(0, "list", "--file", "apps.json"); !strings.Contains(out, "billing") {
		t.Error(out)
	}
}
