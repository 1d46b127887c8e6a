package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A value that is a secret in one option may not be sent as another one, which needs no reveal.
func TestACustomSecretIsNoOtherOption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("canary-of-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_USE_ONE", "canary-of-the-file")
	t.Setenv("VENDORSIGN_USE_SHORT", "abc")
	t.Setenv("VENDORSIGN_USE_OTHER", "another-value")
	operations := `"operations":["header X-Key = [[opt.api_key]]","header X-Sum = [[body|hmac_sha256:opt.secret_key|hex]]"],`
	custom := func(option, secret string) string {
		return `{` + operations + `"options":{"api_key":"` + option + `"},"secrets":{"secret_key":"` + secret + `"}}`
	}
	const both2 = "api_key is the same value as the secret secret_key"
	both(t, func(t *testing.T, d drive) {
		for name, test := range map[string]struct{ vendor, config, want string }{ // in config, a semicolon ends the vendor's options
			"one reference":                {"custom", custom("{env.VENDORSIGN_USE_ONE}", "{env.VENDORSIGN_USE_ONE}"), both2},
			"one reference, a short value": {"custom", custom("{env.VENDORSIGN_USE_SHORT}", "{env.VENDORSIGN_USE_SHORT}"), both2},
			"a file and a variable":        {"custom", custom("{env.VENDORSIGN_USE_ONE}", "{file."+file+"}"), both2},
			"a literal and a file":         {"custom", custom("canary-of-the-file", "{file."+file+"}"), both2},
			"two literals":                 {"custom", custom("canary-of-the-file", "canary-of-the-file"), ""},
			"two values":                   {"custom", custom("{env.VENDORSIGN_USE_OTHER}", "{file."+file+"}"), ""},
			"short values":                 {"custom", custom("abc", "{env.VENDORSIGN_USE_SHORT}"), ""},
			"a preset":                     {"basic", `{"username":"{env.VENDORSIGN_USE_ONE}","password":"{file.` + file + `}"}`, "username is the same value as the secret password"},
			"a preset's previous": {"basic", `{"username":"canary-of-the-file","password":"{env.VENDORSIGN_USE_OTHER}"};
				"previous":{"username":"u","password":"{file.` + file + `}"},`, "username is the same value as the secret previous: password"},
		} {
			config, policy, _ := strings.Cut(test.config, ";")
			_, err := d.Gate(test.vendor, []byte(config), []byte(`{`+policy+`"host":"vendor.example"}`), atNoon)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%s: %v", name, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%s: %v, want %q", name, err, test.want)
			case err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "abc")):
				t.Errorf("%s: the error shows the value: %v", name, err)
			}
		}
	})
}
