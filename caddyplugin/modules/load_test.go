package modules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestWhatCannotBeSignedSafelyIsRefusedAtLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	duo := func(secret, more string) string {
		return "{\nintegration_key x\nsecret_key " + secret + "\nhost h\n" + more + "\n}\n"
	}
	tests := []struct{ name, site, want string }{
		{"a secret file that does not exist", "duo_sign " + duo("{file."+dir+"/none}", "require_secrets"), "duo: secret_key: secret file cannot be read"},
		{"a secret file that is empty", "duo_sign " + duo("{file."+write("empty", "\n")+"}", ""), "duo: secret_key: secret file is empty"},
		{"a secret file that is a folder", "duo_sign " + duo("{file."+dir+"}", ""), "is not a regular file"},
		{"a secret file with a line break in the middle", "duo_sign " + duo("{file."+write("lines", "canary-5b1f\nx\n")+"}", ""), "duo: secret_key contains a control character"},
		{"a variable that is not set", "duo_sign " + duo("{env.VENDORSIGN_NONE}", ""), `duo: secret_key: environment variable "VENDORSIGN_NONE" is not set`},
		{"a transport to a plain upstream", "reverse_proxy http://h {\ntransport duo_sign " + duo("canary-5b1f", "") + "}\n", "duo: the upstream is plain http"},
		{"a transport that does not verify", "reverse_proxy https://h {\ntransport duo_sign " + duo("canary-5b1f", "tls_insecure_skip_verify") + "}\n", "duo: tls_insecure_skip_verify would send"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config, err := adapt("{\nadmin off\npersist_config off\nlog {\noutput discard\n}\n}\nhttp://127.0.0.1:0 {\n" + tt.site + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			err = caddy.Validate(mustParse(t, config))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v lacks %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func mustParse(t *testing.T, config string) *caddy.Config {
	t.Helper()
	parsed := new(caddy.Config)
	if err := json.Unmarshal([]byte(config), parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestASecretFileLosesOneLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(rightSecret+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := run(t, head+"\tdarktrace_sign "+options("{file."+path+"}")+"\treverse_proxy {vendor}\n}\n", darktrace(t))
	if status, body := fetch(t, "http://"+c.site+"/devices"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if _, config := fetch(t, "http://"+c.admin+"/config/"); strings.Contains(config, rightSecret) || !strings.Contains(config, path) {
		t.Errorf("the admin API shows %s", config)
	}
}
