package tests

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a file says of the policy counts as much as the secret: to take a right away must not be overlooked.
func TestAnyOptionOfACredentialsFileThatChangesAloneComesIntoUse(t *testing.T) {
	const before = `{"api_id":"ALONE","api_secret_key":"x","host":"h","allow":["GET /devices","GET /secret"],"rate":["100/1m"]}`
	tests := map[string]struct{ old, new, target, want string }{
		"allow":          {`,"GET /secret"`, ``, "/secret", "403 not-allowed"},
		"host":           {`"h"`, `"other"`, "/devices", "200 other"},
		"rate":           {`100/1m`, `1/1h`, "/devices", "429 rate-limited"},
		"max_clock_skew": {`"host"`, `"max_clock_skew":"1m","host"`, "/devices", "200 h"},
		"browser":        {`"host"`, `"browser":"deny","host"`, "/devices", "200 h"},
	}
	both(t, func(t *testing.T, d drive) {
		for option, test := range tests {
			l := live(t, d, "carbonblack", "{}", `{"credentials_file":"{dir}/acme.json"}`, map[string]string{"acme.json": before})
			if got := l.request("GET", test.target, ""); got != "200" {
				t.Fatalf("%s: answered %s", option, got)
			}
			l.write("acme.json", strings.Replace(before, test.old, test.new, 1), 0)
			l.pass(3 * time.Second)
			got := l.request("GET", test.target, "")
			if test.want == "429 rate-limited" {
				got = l.request("GET", test.target, "")
			}
			asked := l.reached()
			if got == "200" {
				got += " " + asked[len(asked)-1].Host
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("%s: answered %s, want %s", option, got, test.want)
			}
		}
	})
}

// A file that was prepared long ago and is renamed now keeps its time.
func TestPreparedFilesAreNotMixedEither(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "ID1", "secret": "first"})
		l.get()
		l.pass(time.Minute)
		l.write("id", "ID2", time.Hour)
		l.date(l.dir, 0)
		if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
			t.Errorf("signed with %q", got)
		}
		l.pass(time.Second)
		l.write("secret", "second", time.Hour)
		l.date(l.dir, 0)
		if got := l.signedWith("X-Auth-Token"); got != "first/ID1" {
			t.Errorf("signed with %q", got)
		}
		l.pass(3 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "second/ID2" {
			t.Errorf("signed with %q", got)
		}
	})
}

func TestWhatACredentialsFileRefersToIsAwaitedToo(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", "{}", `{"host":"h","credentials_file":"{dir}/acme.json"}`, nil)
		l.write("acme.json", `{"api_id":"LATE","api_secret_key":"{file.`+l.dir+`/secret}"}`, 0)
		for range 4 {
			l.pass(time.Second)
			l.get()
		}
		if got := l.get(); got != "503 credential-unavailable: the file of api_secret_key is not there yet 5" {
			t.Errorf("answered %s", got)
		}
		l.write("secret", "there", 0)
		l.pass(3 * time.Second)
		l.get() // sees it
		l.pass(2 * time.Second)
		if got := l.signedWith("X-Auth-Token"); got != "there/LATE" {
			t.Errorf("signed with %q", got)
		}
	})
}

// With require_secrets a configuration does not load with what its files held before: its operator wants to know.
func TestRequireSecretsTakesNothingFromBefore(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const policy = `{"host":"vendor.example","require_secrets":true}`
		l := live(t, d, "carbonblack", cloudFiles, policy, map[string]string{"id": "AGAIN", "secret": "first"})
		l.write("secret", "", time.Hour)
		config := []byte(strings.ReplaceAll(cloudFiles, "{dir}", l.dir))
		if _, _, err := d.Live("carbonblack", config, []byte(policy), l.dir, time.Now, func(string) {}); err == nil {
			t.Error("it loads with the credential from before")
		}
	})
}

// Traefik calls New again for any change of its configuration, also while a file is being replaced.
func TestANewGateOfTheSameConfigurationKeepsTheCredentialWhileItsFileIsBad(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", cloudFiles, "", map[string]string{"id": "AGAIN", "secret": "first"})
		again := func() (sendFunc, error) {
			fill := func(text string) []byte { return []byte(strings.ReplaceAll(text, "{dir}", l.dir)) }
			send, _, err := d.Live("carbonblack", fill(cloudFiles), fill(`{"host":"vendor.example"}`), l.dir, time.Now, func(string) {})
			return send, err
		}
		secret := filepath.Join(l.dir, "secret")
		for name, spoil := range map[string]func() error{
			"empty":       func() error { return os.WriteFile(secret, nil, 0o600) },
			"white space": func() error { return os.WriteFile(secret, []byte("half "), 0o600) },
			"being written": func() error { // for as long as this test may take
				later := time.Now().Add(time.Hour)
				return errors.Join(os.WriteFile(secret, []byte("fir"), 0o600), os.Chtimes(secret, later, later))
			},
			"gone": func() error { return os.Remove(secret) },
		} {
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			send, err := again()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			r, _ := http.NewRequest("GET", "http://gateway/x", nil)
			status, problem := send(r, func(r *http.Request) (int, http.Header, string) {
				if got := r.Header.Get("X-Auth-Token"); got != "first/AGAIN" {
					t.Errorf("%s: signed with %q", name, got)
				}
				return http.StatusOK, nil, ""
			})
			if status != http.StatusOK {
				t.Errorf("%s: answered %d, %v", name, status, problem)
			}
			l.write("secret", "first", time.Hour)
		}
	})
}
