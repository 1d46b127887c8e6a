package modules

import (
	"crypto/sha1" //nolint:gosec // names the SDK's files
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// withHome gives the chain a home of its own, whose profiles are these.
func withHome(t *testing.T, profiles string) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	withProfiles(t, "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base-secret\n")
	if err := os.MkdirAll(filepath.Join(home, ".aws", "sso", "cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, ".aws", "config")
	writeProfiles(t, file, profiles)
	t.Setenv("AWS_CONFIG_FILE", file)
	return home
}

// assumed is an STS that gives a session for an hour at each call: ASIA1 with token-1, and so on.
func assumed(t *testing.T, calls *atomic.Int32) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		if err := r.ParseForm(); err != nil || r.Form.Get("Action") != "AssumeRole" || !strings.HasSuffix(r.Form.Get("RoleArn"), ":role/reader") ||
			!strings.Contains(r.Header.Get("Authorization"), "Credential=AKIDBASE/") {
			t.Errorf("STS was asked for %v with %s", r.Form, r.Header.Get("Authorization"))
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
			<AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>secret-%d</SecretAccessKey><SessionToken>token-%d</SessionToken>
			<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			n, n, n, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(sts.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
}

const (
	roleProfile = "[profile assuming]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = base\nregion = eu-west-1\n"
	plainRole   = "arn:aws:iam::123456789012:role/reader"
)

// A profile may assume a role with the keys of another, and so may the option role_arn. The session's token is signed and sent, and
// the session replaced before it ends.
func TestARoleThatAProfileAssumesIsSignedWithAndRenewed(t *testing.T) {
	for name, options := range map[string]map[string]string{
		"by the profile": {"profile": "assuming"},
		"by role_arn":    {"profile": "base", "role_arn": plainRole},
	} {
		t.Run(name, func(t *testing.T) {
			withHome(t, roleProfile)
			var calls atomic.Int32
			assumed(t, &calls)
			gate := chainGate(t, options)
			for _, step := range []struct {
				after time.Duration
				key   string
			}{{0, "1"}, {time.Minute, "1"}, {56 * time.Minute, "2"}, {57 * time.Minute, "2"}} {
				at := time.Now().Add(step.after)
				gate.Now = func() time.Time { return at }
				r := httptest.NewRequest("GET", "http://vendor.example/detector", http.NoBody)
				if o := gate.Begin(at).Sign(r, "/detector"); o.Problem != nil {
					t.Fatalf("after %v: %s", step.after, o.Problem.Detail)
				}
				if got := r.Header.Get("X-Amz-Security-Token"); got != "token-"+step.key ||
					!strings.Contains(r.Header.Get("Authorization"), "Credential=ASIA"+step.key+"/") ||
					!strings.Contains(r.Header.Get("Authorization"), ";x-amz-security-token,") {
					t.Errorf("after %v: %s with %s", step.after, got, r.Header.Get("Authorization"))
				}
			}
			if calls.Load() != 2 {
				t.Errorf("STS was called %d times", calls.Load())
			}
		})
	}
}

// chainGate is a gate for GuardDuty whose credentials come from the chain.
func chainGate(t *testing.T, options map[string]string) *outbound.Gate {
	t.Helper()
	awsChains.Clear()
	v := signers.Values{"credentials": {"chain"}, "region": {"eu-west-1"}, "service": {"guardduty"}, "host": {"vendor.example"}}
	for name, value := range options {
		v[name] = []string{value}
	}
	gate, faults := outbound.Build("aws", v, config.References, outbound.Sharing{Hosted: AnswerHosted}, nil)
	if len(faults) > 0 {
		t.Fatal(signers.FaultsError("aws", faults))
	}
	return gate
}

// A process says when its session ends; another key is asked of it once the current one is to be replaced.
func TestAProcessGivesASessionWithItsEnd(t *testing.T) {
	home := withHome(t, "")
	said := filepath.Join(home, "said.json")
	writeProfiles(t, filepath.Join(home, ".aws", "config"), "[profile helper]\ncredential_process = cat "+said+"\n")
	end := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	say := func(key string) {
		writeProfiles(t, said, `{"Version":1,"AccessKeyId":"`+key+`","SecretAccessKey":"s","SessionToken":"t-`+key+`","Expiration":"`+end+`"}`)
	}
	awsChains.Clear()
	say("ASIAONE")
	if got := chainAnswer(t, "profile=helper&replaces="); got["AccessKeyId"] != "ASIAONE" || got["Token"] != "t-ASIAONE" || got["Expiration"] != end {
		t.Errorf("the process said %v", got)
	}
	say("ASIATWO")
	if got := chainAnswer(t, "profile=helper&replaces="); got["AccessKeyId"] != "ASIAONE" {
		t.Errorf("the process ran again: %v", got)
	}
	if got := chainAnswer(t, "profile=helper&replaces=ASIAONE"); got["AccessKeyId"] != "ASIATWO" || got["Token"] != "t-ASIATWO" {
		t.Errorf("the process said %v", got)
	}
}

// After aws sso login the SDK has a token in the home, which it exchanges for a session of the account's role.
func TestASessionOfSSOComesFromTheTokenInTheHome(t *testing.T) {
	end := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if want := (url.Values{"account_id": {"123456789012"}, "role_name": {"Reader"}}); r.URL.Path != "/federation/credentials" ||
			r.URL.Query().Encode() != want.Encode() || r.Header.Get("X-Amz-Sso_bearer_token") != "login-token" {
			t.Errorf("the portal was asked for %s", r.RequestURI)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"sso-session","expiration":%d}}`, end.UnixMilli())
	}))
	defer portal.Close()
	home := withHome(t, "[profile person]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\nregion = eu-west-1\n"+
		"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n")
	t.Setenv("AWS_ENDPOINT_URL_SSO", portal.URL)
	login := func(until time.Time) {
		name := sha1.Sum([]byte("corp")) //nolint:gosec // names the SDK's files
		writeProfiles(t, filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(name[:])+".json"),
			`{"accessToken":"login-token","expiresAt":"`+until.UTC().Format(time.RFC3339)+`","region":"eu-west-1"}`)
	}
	awsChains.Clear()
	login(time.Now().Add(time.Hour))
	got := chainAnswer(t, "profile=person&replaces=")
	if got["AccessKeyId"] != "ASIASSO" || got["Token"] != "sso-session" || got["Expiration"] != end.Format(time.RFC3339) {
		t.Errorf("SSO gave %v", got)
	}
	awsChains.Clear()
	login(time.Now().Add(-time.Hour))
	if _, err := AnswerHosted(signers.TokenRequest{URL: "chain:?profile=person&replaces="}); err == nil ||
		!strings.Contains(err.Error(), "found no credentials") || strings.Contains(err.Error(), "login-token") {
		t.Errorf("with a login that has ended: %v", err)
	}
}
