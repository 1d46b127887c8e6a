package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// profile writes the shared credentials file of AWS' SDK.
func profile(t testing.TB, file string, key options) {
	t.Helper()
	overwrite(t, file, fmt.Sprintf("[gateway]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key["access_key_id"], key["secret_access_key"]))
}

// helped writes what a credential_process prints.
func helped(t testing.TB, file string, s *awsSession) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Version": 1, "AccessKeyId": s.id, "SecretAccessKey": s.secret, "SessionToken": s.token,
		"Expiration": s.expires.UTC().Format(time.RFC3339)})
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, file, string(text))
}

// The SDK reads the keys of a profile once. A key that AWS takes no more is looked for again, and a process is asked again before
// what it printed ends.
func TestAKeyThatChangesInAProfileOfAWSIsPickedUp(t *testing.T) {
	t.Parallel()
	for _, f := range []form{caddyHandler, caddyTransport} {
		t.Run(string(f), func(t *testing.T) {
			h := newHome(t)
			shared, config, printed := filepath.Join(h.dir, "credentials"), filepath.Join(h.dir, "config"), filepath.Join(h.dir, "printed")
			h.env = append(h.env, "AWS_SHARED_CREDENTIALS_FILE="+shared, "AWS_CONFIG_FILE="+config, "AWS_EC2_METADATA_DISABLED=true")
			older, newer := keys["aws"].older, keys["aws"].newer
			h.referred = append(h.referred, older["secret_access_key"].(string), newer["secret_access_key"].(string))
			profile(t, shared, older)
			overwrite(t, config, "[profile helper]\ncredential_process = /bin/cat "+printed+"\n")

			chain := func(name string) options {
				return options{"credentials": "chain", "profile": name, "region": older["region"], "service": older["service"]}
			}
			static := keyRoute(t, f, "aws", "static", older.of(t, "aws"), chain("gateway"))
			c := newAWSCloud(t, "process", older["service"].(string), 10*time.Second)
			process := keyRoute(t, f, "aws", "process", c.check, chain("helper"))
			process.options["region"] = "eu-west-1"
			first := c.issue(t, awsIdentity)
			helped(t, printed, first)
			g := startIn(t, h, f, static, process)

			wantAll(t, "with a session of a process", g.many(t, process))
			c.set(func() { c.life = time.Hour })
			second := c.issue(t, awsIdentity)
			helped(t, printed, second)
			until(t, "the second session", func() bool {
				status, _, body := g.get(t, process)
				if status != http.StatusOK {
					t.Fatalf("around the renewal: answered %d %s, %v before the session's end", status, body, time.Until(first.expires))
				}
				arrivals := process.vendor.since(0)
				return arrivals[len(arrivals)-1].key() == second.id
			})

			wantAll(t, "with the key of a profile", g.many(t, static))
			if arrivals := static.vendor.since(0); len(arrivals) != crowd {
				t.Errorf("%d requests were sent %d times", crowd, len(arrivals))
			}
			profile(t, shared, newer)
			static.vendor.judge(newer.of(t, "aws"))
			wantAll(t, "after the key of the profile changed", g.many(t, static))
			before := static.vendor.count()
			wantAll(t, "with the new key", g.many(t, static))
			if n := static.vendor.count() - before; n != crowd {
				t.Errorf("%d requests were sent %d times with the new key", crowd, n)
			}

			profile(t, shared, options{"access_key_id": "", "secret_access_key": ""}) // a write that is not finished
			wantAll(t, "while the profile is empty", g.many(t, static))
		})
	}
}
