package tests

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The secrets were computed in Python, from the description of the derivation, for the gateway duo.internal and appsMaster.
const (
	appsMaster    = "master-secret-of-the-tests-000000"
	billingFirst  = "WHtDMnoF6Cf6THrYNG3cN3zSUaQSHBU3pQ5QJpNf"
	billingSecond = "4drhAuyhlBDQSBfpqC5ciP5iO0l54feBu5xzCxFU"
	soarSecond    = "ESZIqEjOPOYm7jdQMgC2SY5BnUgaWPIVHoAdRS1Q"
	soarThird     = "Pa4dr9rlYsEiEbXapkHi6RTi1JF0AfnUGjHKdsA1"
)

// appsFile is a folder with an apps_file and a master secret.
type appsFile struct {
	t    *testing.T
	dir  string
	now  time.Time // later than the files' times, so that they count as left alone
	list func(time.Time) (string, bool, error)
}

func newAppsFile(t *testing.T, apps string) *appsFile {
	f := &appsFile{t: t, dir: t.TempDir(), now: time.Now().Add(time.Hour).Truncate(time.Second)}
	f.write("master", appsMaster+"\n")
	f.write("apps.json", inFile(apps))
	return f
}

// inFile is the text of a file with these apps.
func inFile(apps string) string {
	return `{"version": 1, "vendor": "duo", "gateway": "duo.internal", "policies": {"readers": ["GET /admin/v1/users/**"]}, "apps": [` + apps + `]}`
}

const (
	billingEntry = `{"name": "billing", "key_id": "DIBILLING00000000001", "generation": 1, "policy": "readers", "rate": "25/5m"}`
	billingLine  = "billing DIBILLING00000000001 secret=" + billingFirst + " previous= allow=GET /admin/v1/users/** rate=25/5m revoked=false expires="
)

func (f *appsFile) path(name string) string { return filepath.Join(f.dir, name) }

func (f *appsFile) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *appsFile) open(d drive) (string, error) {
	first, reread, err := d.AppsFile("duo", f.path("apps.json"), "{file."+f.path("master")+"}", f.now)
	f.list = reread
	return first, err
}

// after moves the clock and reads again.
func (f *appsFile) after(wait time.Duration) (string, bool, error) {
	f.now = f.now.Add(wait)
	return f.list(f.now)
}

// want reads until something changed, for at most 5 seconds.
func (f *appsFile) want(step, want string) {
	f.t.Helper()
	for i := 0; i < 5; i++ {
		list, changed, err := f.after(time.Second)
		if err != nil {
			f.t.Fatalf("%s: %v", step, err)
		}
		if changed {
			if list != want {
				f.t.Fatalf("%s: the apps are\n%s\nwant\n%s", step, list, want)
			}
			return
		}
	}
	f.t.Fatalf("%s: nothing changed within 5 seconds", step)
}

func TestAppsOfAFileHaveDerivedKeysAndWhatTheFileSays(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f := newAppsFile(t, billingEntry+`, {"name": "soar", "key_id": "DISOAR00000000000001", "generation": 3, "allow": ["GET /a", "POST /b"],
			"revoked": true, "expires": "2027-03-31", "created": "2026-11-28"}, {"name": "old", "key_id": "x", "secret": "file:`+t.TempDir()+`/old"}`)
		text, err := os.ReadFile(f.path("apps.json"))
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(text), "file:")
		path, _, _ := strings.Cut(after, `"`)
		if err := os.WriteFile(path, []byte("imported\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := f.open(d)
		want := billingLine + "\nsoar DISOAR00000000000001 secret=" + soarThird + " previous= allow=GET /a|POST /b rate= revoked=true " +
			"expires=2027-04-01T00:00:00Z\nold x secret=imported previous= allow= rate= revoked=false expires="
		if err != nil || got != want {
			t.Errorf("%v\n%s\nwant\n%s", err, got, want)
		}
	})
}

func TestARevocationInTheFileTakesEffectWithinFiveSeconds(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f := newAppsFile(t, billingEntry)
		if got, err := f.open(d); err != nil || got != billingLine {
			t.Fatalf("%v\n%s", err, got)
		}
		if _, changed, err := f.after(time.Second); changed || err != nil {
			t.Fatalf("an unchanged file has changed: %v", err)
		}
		f.write("apps.json", inFile(strings.Replace(billingEntry, "}", `, "revoked": true}`, 1)))
		f.want("revoked", strings.Replace(billingLine, "revoked=false", "revoked=true", 1))
		if err := os.WriteFile(f.path("new"), []byte(inFile(billingEntry)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(f.path("new"), f.path("apps.json")); err != nil {
			t.Fatal(err)
		}
		f.want("renamed into place", billingLine)
		f.write("apps.json", inFile(""))
		f.want("all apps deleted by a whole file", "")
	})
}

func TestTheSecretBeforeIsGoodUntilTheOverlapEnds(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f := newAppsFile(t, "")
		entry := `{"name": "soar", "key_id": "DISOAR00000000000001", "generation": 3, "overlap": "` + f.now.Add(time.Hour).UTC().Format(time.RFC3339) + `"}`
		f.write("apps.json", inFile(entry))
		line := "soar DISOAR00000000000001 secret=" + soarThird + " previous=%s allow= rate= revoked=false expires="
		if got, err := f.open(d); err != nil || got != fmt.Sprintf(line, soarSecond) {
			t.Fatalf("%v\n%s", err, got)
		}
		if _, changed, err := f.after(time.Hour - time.Second); changed || err != nil {
			t.Fatalf("it changed too early: %v", err)
		}
		f.want("at its end", fmt.Sprintf(line, ""))
		f.write("master", "another-master-secret-000000000000\n")
		list, changed := "", false
		for i := 0; i < 5 && !changed; i++ {
			list, changed, _ = f.after(time.Second)
		}
		if !changed || strings.Contains(list, soarThird) || !strings.Contains(list, "secret=") {
			t.Errorf("with another master secret the apps are %s", list)
		}
	})
}

func TestADamagedFileKeepsItsAppsForTenMinutesWithAnAlarm(t *testing.T) {
	for _, damage := range []struct {
		name, want string
		do         func(f *appsFile)
	}{
		{"half written", "apps_file: it is not a JSON object, or not a whole one", func(f *appsFile) { f.write("apps.json", inFile(billingEntry)[:150]) }},
		{"empty", "apps_file: it is not a JSON object, or not a whole one", func(f *appsFile) { f.write("apps.json", "") }},
		{"deleted", "apps_file: the file cannot be read: ", func(f *appsFile) { os.Remove(f.path("apps.json")) }},
		{"master deleted", "app_master: secret file cannot be read: ", func(f *appsFile) { os.Remove(f.path("master")) }},
		{"master cut", "app_master: the master secret must have at least 32 bytes, as of openssl rand -base64 32", func(f *appsFile) {
			f.write("master", "short")
			f.write("apps.json", inFile(strings.Replace(billingEntry, `"generation": 1`, `"generation": 2`, 1)))
		}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			both(t, func(t *testing.T, d drive) {
				f := newAppsFile(t, billingEntry)
				if _, err := f.open(d); err != nil {
					t.Fatal(err)
				}
				damage.do(f)
				start, alarms := f.now, 0
				for f.now.Sub(start) < 10*time.Minute {
					_, changed, err := f.after(time.Second)
					if changed {
						t.Fatalf("the apps changed after %s", f.now.Sub(start))
					}
					if err != nil {
						alarms++
						if !strings.HasPrefix(err.Error(), damage.want) || !strings.Contains(err.Error(), "; the apps that it had stay in use until ") {
							t.Fatalf("the alarm is %v, want %s", err, damage.want)
						}
					}
				}
				if alarms < 9 || alarms > 11 {
					t.Errorf("%d alarms in 10 minutes", alarms)
				}
				if _, _, err := f.open2(d); err != nil {
					t.Errorf("a verifier that is made anew has lost the apps: %v", err)
				}
				f.want("after 10 minutes", "")
				if _, _, err := f.open2(d); err == nil {
					t.Error("a verifier that is made anew has apps")
				}
				f.write("master", appsMaster)
				f.write("apps.json", inFile(billingEntry))
				f.want("repaired", billingLine)
			})
		})
	}
}

// The operator may have set the end because the secret leaked.
func TestAnOverlapEndsOnTimeWhileTheFileIsDamaged(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f := newAppsFile(t, "")
		f.write("apps.json", inFile(`{"name": "soar", "key_id": "DISOAR00000000000001", "generation": 3, "overlap": "`+
			f.now.Add(time.Minute).UTC().Format(time.RFC3339)+`"}`))
		line := "soar DISOAR00000000000001 secret=" + soarThird + " previous=%s allow= rate= revoked=false expires="
		if got, err := f.open(d); err != nil || got != fmt.Sprintf(line, soarSecond) {
			t.Fatalf("%v\n%s", err, got)
		}
		f.write("apps.json", "")
		last := ""
		for range 65 {
			if list, changed, _ := f.after(time.Second); changed {
				last = list
			}
		}
		if want := fmt.Sprintf(line, ""); last != want {
			t.Errorf("after the overlap the apps are %q, want %q", last, want)
		}
	})
}

// open2 is open for a further verifier.
func (f *appsFile) open2(d drive) (string, func(time.Time) (string, bool, error), error) {
	return d.AppsFile("duo", f.path("apps.json"), "{file."+f.path("master")+"}", f.now)
}

func TestFaultsOfAnAppsFileNameTheAppAndTheOption(t *testing.T) {
	entry := func(rest string) string {
		return inFile(`{"name": "billing", "key_id": "DI1", "generation": 1}, {"name": "soar", ` + rest + `}`)
	}
	many := strings.Repeat(`{"name": "a"},`, 10000) + `{"name": "a"}`
	tests := []struct{ name, text, want string }{
		{"no object", `[]`, "it is not a JSON object, or not a whole one"},
		{"a comma too many", "{\"version\": 1,\n\"vendor\": \"duo\",,\n\"apps\": []}",
			"it is not a JSON object, or not a whole one: the mistake is in line 2"},
		{"a comment", "{\"version\": 1,\n\"apps\": [] // none\n}", "it is not a JSON object, or not a whole one: the mistake is in line 2"},
		{"a line end in a text", "{\"version\": 1,\n\"vendor\": \"d\nuo\"}", "it is not a JSON object, or not a whole one: the mistake is in line 2"},
		{"two objects", "{}\n\n{}", "it is not a JSON object, or not a whole one: the mistake is in line 3"},
		{"an open entry", "{\"apps\": [\n{\"name\": \"a\",\n]}\n", "it is not a JSON object, or not a whole one: the mistake is in line 3"},
		{"no end", "{\"version\": 1,\n\"apps\": [\n", "it is not a JSON object, or not a whole one: the mistake is in line 2"},
		{"another version", `{"version": 2}`, "version must be 1"},
		{"no version", `{"vendor": "duo"}`, "version must be 1"},
		{"unknown key", `{"version": 1, "vendor": "duo", "gateway": "g", "apps": [], "app": []}`, "unknown option app; did you mean apps?"},
		{"no vendor", `{"version": 1, "gateway": "g", "apps": []}`, "vendor must be the name of a vendor"},
		{"another vendor", strings.Replace(inFile(""), `"duo"`, `"aws"`, 1), "vendor must be duo, as for the signer"},
		{"no gateway", `{"version": 1, "vendor": "duo", "apps": []}`,
			"gateway must be the host that apps send their requests to, in lower case, as in vendor.internal"},
		{"no list", `{"version": 1, "vendor": "duo", "gateway": "g", "apps": {}}`, "apps must be a list of objects"},
		{"no apps", `{"version": 1, "vendor": "duo", "gateway": "g"}`, "apps must be a list of objects"},
		{"policies as a list", `{"version": 1, "vendor": "duo", "gateway": "g", "policies": [], "apps": []}`,
			"policies must be an object with a list of strings for each name"},
		{"a bad rule", `{"version": 1, "vendor": "duo", "gateway": "g", "policies": {"p": []}, "apps": []}`, "policy p: allow has no entries"},
		{"too many", inFile(many), "apps: there are more than 10000 apps"},
		{"an entry that is a text", inFile(`"billing"`), "app 1: it is not an object"},
		{"an unknown option", entry(`"key_id": "DI2", "generation": 1, "alow": ["GET /"]`), "app soar: unknown option alow; did you mean allow?"},
		{"the vendor's word", entry(`"ikey": "DI2"`), "app soar: unknown option ikey; did you mean key_id?"},
		{"a key twice", entry(`"key_id": "DI2", "generation": 1, "revoked": true, "revoked": false`), "app soar: a key occurs twice in it"},
		{"a top key twice", strings.Replace(inFile(""), `"version": 1`, `"version": 1, "version": 1`, 1), "a key occurs twice in the file"},
		{"a name twice", inFile(`{"name": "a", "key_id": "1", "generation": 1}, {"name": "a", "key_id": "2", "generation": 1}`),
			"app a: another app has this name"},
		{"a key ID twice", entry(`"key_id": "DI1", "generation": 1`), "app soar: another app has this key_id"},
		{"a bad name", inFile(`{"name": "a b", "key_id": "1", "generation": 1}`),
			"app 1: name must have 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit"},
		{"a control character", entry(`"key_id": "D\nI", "generation": 1`), "app soar: key_id contains a control character or line break"},
		{"one in a rule", entry(`"key_id": "D", "generation": 1, "allow": ["GET /\u0000"]`), "app soar: allow contains a control character or line break"},
		{"no key ID", entry(`"generation": 1`), "app soar: key_id is required"},
		{"no generation", entry(`"key_id": "DI2"`), "app soar: generation is required"},
		{"a negative generation", entry(`"key_id": "DI2", "generation": -1`), "app soar: generation must be 1 or more"},
		{"a literal secret", entry(`"key_id": "DI2", "secret": "hunter2"`),
			"app soar: secret must be a reference such as file:/run/secrets/app, since the file contains no secrets"},
		{"a literal previous", entry(`"key_id": "DI2", "secret": "env:A", "previous": "hunter2"`),
			"app soar: previous must be a reference such as file:/run/secrets/app, since the file contains no secrets"},
		{"secret and generation", entry(`"key_id": "DI2", "secret": "env:A", "generation": 1`),
			"app soar: secret excludes generation and overlap: it is not derived"},
		{"overlap at first", entry(`"key_id": "DI2", "generation": 1, "overlap": "2027-01-01T00:00:00Z"`), "app soar: overlap needs a generation before"},
		{"overlap", entry(`"key_id": "DI2", "generation": 2, "overlap": "24h"`),
			"app soar: overlap must be a time of RFC 3339, as in 2027-03-31T12:00:00Z"},
		{"an unknown policy", entry(`"key_id": "DI2", "generation": 1, "policy": "writers"`), "app soar: policy is not one of the file's policies"},
		{"policy and allow", entry(`"key_id": "DI2", "generation": 1, "policy": "readers", "allow": ["GET /"]`),
			"app soar: policy and allow cannot be used together"},
		{"a bad rate", entry(`"key_id": "DI2", "generation": 1, "rate": "fast"`),
			"app soar: rate must be like 25/5m, or with paths and a queue like 25/5m /logs/** queue 2s"},
		{"a rate with a queue", entry(`"key_id": "DI2", "generation": 1, "rate": "1/s queue 2s"`),
			"app soar: rate of an app has no queue; give the credential's own rate one"},
		{"a bad end", entry(`"key_id": "DI2", "generation": 1, "expires": "soon"`),
			"app soar: expires must be a day or a time of RFC 3339, as in 2027-03-31 or 2027-03-31T12:00:00Z"},
		{"a bad beginning", entry(`"key_id": "DI2", "generation": 1, "created": "soon"`),
			"app soar: created must be a day or a time of RFC 3339, as in 2027-03-31 or 2027-03-31T12:00:00Z"},
		{"a flag as text", entry(`"key_id": "DI2", "generation": 1, "revoked": "no"`), "app soar: revoked must be true or false"},
		{"rights that a template lost", entry(`"key_id": "DI2", "generation": 1, "allow": null`), "app soar: allow must not be null; leave it out"},
		{"an end that a template lost", entry(`"key_id": "DI2", "generation": 1, "expires": null`), "app soar: expires must not be null; leave it out"},
		{"an end before all time", entry(`"key_id": "DI2", "generation": 1, "expires": "0001-01-01T00:00:00Z"`),
			"app soar: expires must be a day or a time of RFC 3339, as in 2027-03-31 or 2027-03-31T12:00:00Z"},
		{"a policy that a template left empty", entry(`"key_id": "DI2", "generation": 1, "policy": ""`), "app soar: policy must not be empty; leave it out"},
		{"a rate that a template left empty", entry(`"key_id": "DI2", "generation": 1, "rate": ""`), "app soar: rate must not be empty; leave it out"},
		{"an end that a template left empty", entry(`"key_id": "DI2", "generation": 1, "expires": ""`), "app soar: expires must not be empty; leave it out"},
		{"a policy twice", strings.Replace(inFile(""), `{"readers":`, `{"readers": ["GET /admin/v1/users"], "readers":`, 1), "a policy occurs twice in the file"},
		{"no policies", strings.Replace(inFile(""), `{"readers": ["GET /admin/v1/users/**"]}`, `null`, 1),
			"policies must be an object with a list of strings for each name"},
		{"no rights at all", entry(`"key_id": "DI2", "generation": 1, "allow": []`), "app soar: allow has no entries"},
		{"a secret that is not there", entry(`"key_id": "DI2", "secret": "env:NOT_SET_ANYWHERE"`),
			`app soar: secret: environment variable "NOT_SET_ANYWHERE" is not set`},
	}
	both(t, func(t *testing.T, d drive) {
		for _, tt := range tests {
			f := newAppsFile(t, "")
			f.write("apps.json", tt.text)
			_, err := f.open(d)
			if err == nil || err.Error() != "apps_file: "+tt.want {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error shows a value", tt.name)
			}
		}
	})
}

func TestTheMasterSecretIsAReferenceOfAtLeast32BytesAndNeverShown(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		f := newAppsFile(t, billingEntry)
		for _, tt := range []struct{ master, file, want string }{
			{"a-literal-master-secret-0000000000000", "", "app_master must be a reference such as file:/run/secrets/app_master, with an absolute path, and not the secret itself"},
			{"", "", "app_master is required: the apps_file has apps whose secrets are derived from it"},
			{"{file." + f.path("short") + "}", "only-thirty-one-bytes-are-here-\n",
				"app_master: the master secret must have at least 32 bytes, as of openssl rand -base64 32"},
			{"{file." + f.path("none") + "}", "", "app_master: secret file cannot be read: open " + f.path("none") + ": no such file or directory"},
		} {
			if tt.file != "" {
				f.write("short", tt.file)
			}
			_, _, err := d.AppsFile("duo", f.path("apps.json"), tt.master, f.now)
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s: %v, want %s", tt.master, err, tt.want)
			}
		}
	})
}

// A reload makes the middleware anew, and may come between the change of the file and the next request.
func TestTheAuditHasOnceWhoIsRevokedBeforeAReload(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	t.Setenv("VENDORSIGN_SECRETS_DIR", os.TempDir())
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		f := newAppsFile(t, billingEntry)
		audit := filepath.Join(folder, "reloads.json")
		os.Remove(audit)
		load := func() http.Handler {
			handler, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
				"appsFile": f.path("apps.json"), "appMaster": "file:" + f.path("master"), "audit": "on", "auditFile": "reloads.json"}}, http.NotFoundHandler())
			if err != nil {
				t.Fatal(err)
			}
			return handler
		}
		before := load()
		f.write("apps.json", inFile(strings.Replace(billingEntry, "}", `, "revoked": true}`, 1)))
		told := false
		for i := 0; i < 80 && !told; i++ { // until the file has not changed for long enough
			load()
			text, _ := os.ReadFile(audit)
			told = strings.Contains(string(text), "app_revoked")
			time.Sleep(100 * time.Millisecond)
		}
		if !told {
			t.Error("the middleware that a reload made tells nothing")
		}
		time.Sleep(1100 * time.Millisecond)
		before.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		load()
		text, err := os.ReadFile(audit)
		if n := strings.Count(string(text), `"event":"app_revoked","gateway":"traefik","vendor":"duo","app":"billing"`); n != 1 || err != nil {
			t.Errorf("%d events, want 1; %v\n%.2000s", n, err, text)
		}
	})
}

// An app that moves from the file into the configuration with its key is not revoked.
func TestTheAuditHasWhoIsRevokedInTheConfiguration(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	t.Setenv("VENDORSIGN_SECRETS_DIR", os.TempDir())
	const soarEntry = `{"name": "soar", "key_id": "DISOAR00000000000001", "generation": 1}`
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		f := newAppsFile(t, billingEntry)
		audit := filepath.Join(folder, "configured.json")
		os.Remove(audit)
		app := func(name, revoked string) map[string]any {
			return map[string]any{"name": name, "keyId": "DI" + strings.ToUpper(name) + "00000000001", "secret": "secret-of-" + name, "revoked": revoked}
		}
		one, two := app("one", "false"), app("two", "false")
		for _, step := range []struct {
			name string
			apps []any
			file string
			want string
		}{
			{"two apps and a file", []any{one, two}, billingEntry, ""},
			{"the same", []any{one, two}, billingEntry, ""},
			{"one that is revoked", []any{one, app("two", "true")}, billingEntry, "two"},
			{"then left out", []any{one}, billingEntry, "two"},
			{"one of the file here", []any{one, app("billing", "false")}, soarEntry, "two"},
			{"another one left out", []any{app("billing", "false")}, soarEntry, "two one"},
			{"none left", nil, soarEntry, "two one billing"},
		} {
			f.write("apps.json", inFile(step.file))
			block := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example", "appsFile": f.path("apps.json"),
				"appMaster": "file:" + f.path("master"), "audit": "on", "auditFile": "configured.json"}
			if step.apps != nil {
				block["apps"] = step.apps
			}
			err := errors.New("not loaded")
			for deadline := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
				for range 2 { // one for each router; the file must not have changed for some time
					_, err = p.New(map[string]any{"duo": block}, http.NotFoundHandler())
				}
			}
			if err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			text, _ := os.ReadFile(audit)
			var got []string
			for _, line := range strings.Split(string(text), "\n") {
				if _, rest, ok := strings.Cut(line, `"event":"app_revoked","gateway":"traefik","vendor":"duo","app":"`); ok {
					name, _, _ := strings.Cut(rest, `"`)
					got = append(got, name)
				}
			}
			if strings.Join(got, " ") != step.want {
				t.Errorf("%s: revoked are %q, want %q", step.name, got, step.want)
			}
		}
	})
}

// The middleware asks for changes with its requests, and the audit hears of each app that is revoked.
func TestTheAuditHasWhoIsRevoked(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	t.Setenv("VENDORSIGN_SECRETS_DIR", os.TempDir()) // where all folders of tests are
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		f := newAppsFile(t, billingEntry)
		audit := filepath.Join(folder, "audit.json")
		os.Remove(audit)
		handler, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
			"appsFile": f.path("apps.json"), "appMaster": "file:" + f.path("master"), "audit": "on", "auditFile": "audit.json"}}, http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		f.write("apps.json", inFile(strings.Replace(billingEntry, "}", `, "revoked": true}`, 1)))
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			text, err := os.ReadFile(audit)
			if err == nil && strings.Contains(string(text), `"event":"app_revoked","gateway":"traefik","vendor":"duo","app":"billing"`) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v\n%.2000s", err, text)
			}
		}
	})
}
