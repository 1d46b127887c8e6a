package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const cloudFiles = `{"api_id":"{file.{dir}/id}","api_secret_key":"{file.{dir}/secret}"}`

func TestAReplacedFileIsInUseWithinFiveSecondsAndNotBeforeItSettled(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1", "secret": "first"})
		want := func(token string) {
			t.Helper()
			if got := l.signedWith("X-Auth-Token"); got != token {
				t.Errorf("signed with %q, want %q", got, token)
			}
		}
		want("first/ID1")
		before := l.used()
		l.write("secret", "second", 0)
		for range 2 { // it was written less than two seconds ago
			want("first/ID1")
			l.pass(900 * time.Millisecond)
		}
		l.pass(time.Second)
		want("second/ID1")
		if l.used() == before || !strings.Contains(l.news(), "the credential in use is now "+l.used()) {
			t.Errorf("the credential is %s, before it was %s", l.used(), before)
		}
		l.pass(time.Minute)
		want("second/ID1")
		if news := l.news(); news != "" {
			t.Errorf("told again: %s", news)
		}
		// After a pause without requests the first one looks.
		l.write("secret", "third", 3*time.Second)
		l.pass(time.Second)
		want("third/ID1")
	})
}

func TestIDAndSecretAreNeverMixed(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1", "secret": "first"})
		l.write("id", "ID2", 0)
		for range 3 {
			if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
				t.Errorf("between the two files signed with %q", got)
			}
			l.pass(500 * time.Millisecond)
		}
		l.write("secret", "second", 0)
		var seen []string
		for range 10 {
			seen = append(seen, l.signedWith("X-Auth-Token"))
			l.pass(500 * time.Millisecond)
		}
		if seen[0] != "first/ID1" || seen[9] != "second/ID2" {
			t.Errorf("signed with %q", seen)
		}
		for _, token := range seen {
			if token != "first/ID1" && token != "second/ID2" {
				t.Errorf("signed with a mixture: %q", token)
			}
		}
	})
}

// Kubernetes replaces a folder of secrets by pointing a link to another folder.
func TestAFolderBehindALinkIsReplacedAtOnce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		dir := t.TempDir()
		version := func(name, id, secret string) {
			for file, text := range map[string]string{"id": id, "secret": secret} {
				if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(name, filepath.Join(dir, "next")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "..data")); err != nil {
				t.Fatal(err)
			}
		}
		version("..1", "ID1", "first")
		l := live(t, d, "carbonblack", `{"api_id":"{file.{dir}/mount/id}","api_secret_key":"{file.{dir}/mount/secret}"}`, `{"host":"h","require_secrets":false}`, nil)
		l.pass(time.Minute) // ahead of the system's time, which is that of these files: each has been there for long
		if err := os.Symlink(filepath.Join(dir, "..data"), filepath.Join(l.dir, "mount")); err != nil {
			t.Fatal(err)
		}
		l.pass(5 * time.Second)
		if got := l.get(); !strings.HasPrefix(got, "503") {
			t.Fatalf("a folder outside of the operator's is read: %s", got)
		}
		if err := os.Rename(dir, filepath.Join(l.dir, "volume")); err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(l.dir, "volume")
		if err := os.Remove(filepath.Join(l.dir, "mount")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("volume/..data", filepath.Join(l.dir, "mount")); err != nil {
			t.Fatal(err)
		}
		l.pass(15 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
			t.Errorf("signed with %q", got)
		}
		version("..2", "ID2", "second")
		l.pass(5 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "second/ID2" {
			t.Errorf("after the link was replaced signed with %q", got)
		}
	})
}

func TestWhatCannotBeUsedLeavesTheOldCredentialAndIsToldOnce(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"empty", "", "api_secret_key: secret file is empty"},
		{"a line end", "\n", "api_secret_key: secret file is empty"},
		{"two lines", "canary\ncanary\n", "api_secret_key contains a control character"},
		{"white space", " canary", "api_secret_key begins or ends with white space"},
		{"a separator", "can/ary", "api_secret_key contains a blank or one of"},
		{"too large", strings.Repeat("canary", 20000), "larger than"},
	}
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1", "secret": "first"})
		hold := func(name, want string) {
			t.Helper()
			for range 8 {
				if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
					t.Errorf("%s: signed with %q", name, got)
				}
				l.pass(time.Second)
			}
			if news := l.news(); strings.Count(news, "stays in use") != 1 || !strings.Contains(news, want) || strings.Contains(news, "canary") {
				t.Errorf("%s: told %q, want one line with %q", name, news, want)
			}
		}
		for _, test := range tests {
			l.write("secret", test.content, 0)
			hold(test.name, test.want)
		}
		l.remove("secret")
		hold("removed", "api_secret_key: secret file cannot be read")
		// Never left alone for two seconds: it is being written.
		for n := range 8 {
			l.write("secret", strings.Repeat("x", n+1), 0)
			if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
				t.Errorf("half written: signed with %q", got)
			}
			l.pass(time.Second)
		}
		l.news()
		l.write("secret", "first\n", 0) // as it was
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
			t.Errorf("signed with %q", got)
		}
		if news := l.news(); news != "" {
			t.Errorf("an unchanged credential is told: %q", news)
		}
		l.write("secret", "second", 0)
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "second/ID1" {
			t.Errorf("signed with %q", got)
		}
	})
}

func TestAFileThatIsAbsentAtLoadAnswers503UntilItIsThere(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1"})
		if news := l.news(); !strings.Contains(news, "api_secret_key: secret file cannot be read") || !strings.Contains(news, "503") {
			t.Errorf("told %q", news)
		}
		if got := l.get(); got != "503 credential-unavailable: the file of api_secret_key is not there yet 5" {
			t.Errorf("answered %s", got)
		}
		if len(l.reached()) != 0 {
			t.Error("a request went out")
		}
		l.write("secret", "first", 0)
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
			t.Errorf("signed with %q", got)
		}

		l = live(t, d, "duo", "{}", `{"credentials_file":"{dir}/acme.json"}`, nil)
		if got := l.get(); got != "503 credential-unavailable: the file of credentials_file is not there yet 5" {
			t.Errorf("answered %s", got)
		}
		l.write("acme.json", `{"integration_key":"DIX","secret_key":"canary","host":"acme.example","insecure_upstream":true}`, 0)
		l.pass(3 * time.Second)
		if got := l.get(); got != "200" {
			t.Errorf("answered %s", got)
		}
		if asked := l.reached(); len(asked) != 1 || asked[0].Host != "acme.example" {
			t.Errorf("the vendor got %v", asked)
		}

		for name, want := range map[string]struct{ config, policy, want string }{
			"require_secrets":      {cloudFiles, `{"host":"h","require_secrets":true}`, "carbonblack: api_id: secret file cannot be read"},
			"a fault beside it":    {cloudFiles, `{"host":"h","browser":"maybe"}`, "carbonblack: browser must be deny or allow"},
			"an option is missing": {`{"api_id":"{file.{dir}/id}"}`, "", "carbonblack: api_secret_key is required"},
			"no host":              {cloudFiles, `{}`, "carbonblack: host is required"},
		} {
			if _, err := tryLive(t, d, "carbonblack", want.config, orElse(want.policy, `{"host":"h"}`), nil); err == nil || !strings.Contains(err.Error(), want.want) {
				t.Errorf("%s: the error is %v, want one with %q", name, err, want.want)
			}
		}
	})
}

func TestACredentialsFileHoldsEveryOption(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", "{}", `{"credentials_file":"{dir}/acme.json","allow":["GET /devices"]}`, map[string]string{
			"acme.json": `{"api_id":"ID1","api_secret_key":"with{braces}","host":["acme.example"],"expires":"2100-01-01"}`,
		})
		if got := l.signedWith("X-Auth-Token"); got != "with{braces}/ID1" {
			t.Errorf("signed with %q", got)
		}
		if got := l.request("POST", "/devices", ""); !strings.HasPrefix(got, "403 not-allowed") {
			t.Errorf("allow does not count: %s", got)
		}
		l.write("acme.json", `{"api_id":"ID2","api_secret_key":"{file.`+l.dir+`/secret}","host":"other.example"}`, 0)
		l.write("secret", "by-reference", time.Hour)
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "by-reference/ID2" {
			t.Errorf("signed with %q", got)
		}
		l.write("secret", "changed", 0) // the file's own references are watched as well
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "changed/ID2" {
			t.Errorf("signed with %q", got)
		}
		for content, want := range map[string]string{
			`{"api_id":"ID3"`: "not a JSON object",
			`{"api_id":"ID3","api_secret_key":"x","host":"h","connector_id":"y"}`:       "did you mean api_id?",
			`{"api_id":"ID3","api_secret_key":"x","host":"h","allow":"GET /x"}`:         "allow is set both in the file and next to it",
			`{"api_id":"ID3","api_secret_key":"x","host":"h","credentials_file":"/x"}`:  "cannot be set in the file itself",
			`{"api_id":"ID3","api_secret_key":"{file./etc/hostname}","host":"h"}`:       "not below VENDORSIGN_SECRETS_DIR",
			`{"api_id":"ID3","api_secret_key":"{env.HOME}","host":"h"}`:                 "begins with VENDORSIGN_",
			`{"api_id":"ID3","api_secret_key":"x"}`:                                     "host is required",
			`{"api_id":"ID3","host":"h"}`:                                               "api_secret_key is required",
			`{"api_id":7,"api_secret_key":"x","host":"h"}`:                              "api_id must be a string",
			`{"api_id":"ID3","api_secret_key":"x","host":"h","previous":{"api_id":""}}`: "previous: api_id is required",
		} {
			l.write("acme.json", content, 0)
			l.pass(3 * time.Second)
			if got := l.signedWith("X-Auth-Token"); got != "changed/ID2" {
				t.Errorf("with %s signed with %q", content, got)
			}
			if news := l.news(); !strings.Contains(news, want) || !strings.Contains(news, "stays in use") {
				t.Errorf("with %s told %q, want %q", content, news, want)
			}
		}
		for name, test := range map[string]struct{ policy, want string }{
			"a file outside":  {`{"credentials_file":"/etc/hostname"}`, "carbonblack: credentials_file: secret file is not below VENDORSIGN_SECRETS_DIR"},
			"a relative path": {`{"credentials_file":"acme.json"}`, "carbonblack: credentials_file"},
		} {
			if _, err := tryLive(t, d, "carbonblack", "{}", test.policy, nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: the error is %v, want one with %q", name, err, test.want)
			}
		}
	})
}

func TestFilesThatOthersCanWriteAreTold(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1", "secret": "first"})
		if news := l.news(); news != "" {
			t.Errorf("told %q", news)
		}
		l.write("secret", "second", 3*time.Second)
		if err := os.Chmod(filepath.Join(l.dir, "secret"), 0o620); err != nil {
			t.Fatal(err)
		}
		l.pass(3 * time.Second)
		l.get()
		if news := l.news(); !strings.Contains(news, "the file of api_secret_key can be written by its group or by others") {
			t.Errorf("told %q", news)
		}
	})
}

func TestManyTenantsKeepTheirStatesApart(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		seen := make(map[string]bool)
		for n := range 40 {
			key := another("DI")
			file := fmt.Sprintf(`{"integration_key":"%s","secret_key":"secret-%d","host":"api-%d.example"}`, key, n, n)
			l := live(t, d, "duo", "{}", `{"credentials_file":"{dir}/tenant.json","rate":["1/1h"]}`, map[string]string{"tenant.json": file})
			first, second := l.get(), l.get()
			if first != "200" || !strings.HasPrefix(second, "429") {
				t.Errorf("tenant %d: answered %s, then %s", n, first, second)
			}
			asked := l.reached()
			user, _, _ := asked[0].BasicAuth()
			if user != key || asked[0].Host != fmt.Sprintf("api-%d.example", n) || seen[l.used()] {
				t.Errorf("tenant %d: signed for %s at %s, credential %s", n, user, asked[0].Host, l.used())
			}
			seen[l.used()] = true
		}
	})
}
