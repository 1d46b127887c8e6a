package modules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// withProfiles gives the chain these files alone.
func withProfiles(t *testing.T, credentials string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "credentials")
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	writeProfiles(t, file, credentials)
	return file
}

func writeProfiles(t *testing.T, file, credentials string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(credentials), 0o600); err != nil {
		t.Fatal(err)
	}
}

// chainAnswer asks the chain for a profile.
func chainAnswer(t *testing.T, query string) map[string]string {
	t.Helper()
	a, err := AnswerHosted(signers.TokenRequest{Method: "GET", URL: "chain:?" + query})
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]string
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestTheChainHasAProviderForEachProfileAndLoadsItAnewForAnotherKey(t *testing.T) {
	file := withProfiles(t, "[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = s1\naws_session_token = t1\n"+
		"[two]\naws_access_key_id = AKIDTWO\naws_secret_access_key = s2\n")
	one := chainAnswer(t, "profile=one&role_arn=&replaces=")
	if one["AccessKeyId"] != "AKIDONE" || one["SecretAccessKey"] != "s1" || one["Token"] != "t1" || one["Expiration"] != "" {
		t.Errorf("one is %v", one)
	}
	if two := chainAnswer(t, "profile=two&role_arn=&replaces="); two["AccessKeyId"] != "AKIDTWO" || two["Token"] != "" {
		t.Errorf("two is %v", two)
	}
	writeProfiles(t, file, "[one]\naws_access_key_id = AKIDNEW\naws_secret_access_key = s3\n")
	if one := chainAnswer(t, "profile=one&role_arn=&replaces="); one["AccessKeyId"] != "AKIDONE" {
		t.Errorf("the provider of one was loaded twice: %v", one)
	}
	if one := chainAnswer(t, "profile=one&role_arn=&replaces=AKIDONE"); one["AccessKeyId"] != "AKIDNEW" {
		t.Errorf("the key that was refused is returned: %v", one)
	}
}

func TestTheErrorsOfTheChainShowNothingOfWhatAnswered(t *testing.T) {
	const canary = "canary-of-a-process"
	file := withProfiles(t, "[default]\n")
	config := filepath.Join(filepath.Dir(file), "config")
	writeProfiles(t, config, "[profile loud]\ncredential_process = sh -c \"echo "+canary+"; echo "+canary+" >&2; exit 1\"\n")
	t.Setenv("AWS_CONFIG_FILE", config)
	for query, want := range map[string]string{
		"profile=loud": "found no credentials", "profile=absent": "no such profile", "profile=": "found no credentials",
	} {
		_, err := AnswerHosted(signers.TokenRequest{URL: "chain:?" + query})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	if _, err := AnswerHosted(signers.TokenRequest{URL: "https://vendor.example"}); err == nil {
		t.Error("another address is answered")
	}
}
