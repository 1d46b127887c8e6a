package modules

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

// adapt turns a Caddyfile into indented JSON.
func adapt(text string) (string, error) {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return "", err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, config, "", "\t")
	return indented.String() + "\n", err
}

// A golden file is a Caddyfile, a line of dashes, and the JSON that it becomes. UPDATE_GOLDEN=1 writes them anew.
func TestCaddyfilesAdaptToTheirGoldenJSON(t *testing.T) {
	files, err := filepath.Glob("testdata/*.caddyfiletest")
	if err != nil || len(files) < 5 {
		t.Fatalf("golden files: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := strings.Cut(string(data), "\n----------\n")
			got, err := adapt(input + "\n")
			if err != nil {
				t.Fatal(err)
			}
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(file, []byte(strings.TrimRight(input, "\n")+"\n----------\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("adapts to\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestEverythingWrongInACaddyfileIsAnErrorWithItsLine(t *testing.T) {
	tests := []struct {
		name, block string
		want        []string
	}{
		{"a misspelt option names the nearest one", "duo_sign {\n\tintegration_kee x\n}", []string{"Caddyfile:3", "unknown option integration_kee; did you mean integration_key?"}},
		{"the vendor's own word leads to ours", "duo_sign {\n\tikey x\n}", []string{"Caddyfile:3", "did you mean integration_key?"}},
		{"the vendor's own word for the host leads to ours", "duo_sign {\n\tapi_hostname x\n}", []string{"Caddyfile:3", "did you mean host?"}},
		{"the connector id of Carbon Black leads to ours", "carbonblack_sign {\n\tconnector_id x\n}", []string{"Caddyfile:3", "did you mean api_id?"}},
		{"an option without a likeness lists the vendor's, and says where the others are", "cortex_sign {\n\tzzzzzzzzzzzz x\n}", []string{"Caddyfile:3", "known are api_key_id, api_key, key_type, host, and the common options of https://github.com/vendorsign/vendorsign/blob/main/docs/options.md"}},
		{"a missing secret points to the directive", "duo_sign {\n\tintegration_key x\n\thost h\n}", []string{"Caddyfile:2", "duo: secret_key is required"}},
		{"a missing host points to the directive", "duo_sign {\n\tintegration_key x\n\tsecret_key y\n}", []string{"Caddyfile:2", "duo: host is required"}},
		{"an option given twice", "duo_sign {\n\thost h\n\tsecret_key y\n\tsecret_key y\n}", []string{"Caddyfile:5", "secret_key is given twice"}},
		{"an option without its value", "duo_sign {\n\tsecret_key\n}", []string{"Caddyfile:3", "secret_key has no value; a {$NAME} whose variable is not set is empty"}},
		{"an option whose variable is not set", "duo_sign {\n\tallow {$NOT_SET}\n}", []string{"Caddyfile:3", "allow has no value; a {$NAME} whose variable is not set is empty"}},
		{"an equals sign of its own", "duo_sign {\n\tsecret_key = canary\n}", []string{"Caddyfile:3", "secret_key has a = behind its name; write it without"}},
		{"single quotes, which quote nothing", "duo_sign {\n\tsecret_key 'canary b'\n}", []string{"Caddyfile:3", "secret_key has too many values; put one with blanks into double quotes"}},
		{"a part of a name", "duo_sign {\n\tendpoints x\n}", []string{"Caddyfile:3", "unknown option endpoints; did you mean allow_credential_endpoints?"}},
		{"two names with that part", "duo_sign {\n\tkey x\n}", []string{"Caddyfile:3", "unknown option key; did you mean integration_key or secret_key?"}},
		{"a part of what unbinds a credential", "duo_sign {\n\tinsecure\n}", []string{"Caddyfile:3", "unknown option insecure; known are integration_key, secret_key, "}},
		{"the operator's own name without its word", "vendorsign custom {\n\tapi_key x\n}", []string{"Caddyfile:3", "unknown option api_key; write option api_key VALUE, or secret api_key {env.NAME}, if the operations use it"}},
		{"a misspelt option of custom", "vendorsign custom {\n\toperation x\n}", []string{"Caddyfile:3", "unknown option operation; did you mean operations?"}},
		{"an option with two values", "duo_sign {\n\tsecret_key a b\n}", []string{"Caddyfile:3", "secret_key has too many values"}},
		{"an unknown signature version", "duo_sign {\n\tintegration_key x\n\tsecret_key y\n\thost h\n\tsignature_version 3\n}", []string{"Caddyfile:6", "signature_version must be 5, 4 or 2"}},
		{"a signature version that is no number", "duo_sign {\n\tsignature_version five\n}", []string{"Caddyfile:3", "signature_version must be a whole number"}},
		{"sha1 with version 5", "duo_sign {\n\tintegration_key x\n\tsecret_key y\n\thost h\n\tdigest sha1\n}", []string{"Caddyfile:6", "digest sha1 needs signature_version 2"}},
		{"an unknown choice", "darktrace_sign {\n\tpublic_token x\n\tprivate_token y\n\thost h\n\tdate_format rfc\n}", []string{"Caddyfile:6", "date_format must be one of compact, spaced, iso"}},
		{"a secret with a line break in the middle", "duo_sign {\n\tintegration_key x\n\thost h\n\tsecret_key `ab\ncd`\n}", []string{"Caddyfile:5", "secret_key contains a control character"}},
		{"a secret with white space around it", "duo_sign {\n\tintegration_key x\n\thost h\n\tsecret_key \" y\"\n}", []string{"Caddyfile:5", "secret_key begins or ends with white space"}},
		{"a slash in a Carbon Black id", "carbonblack_sign {\n\tapi_id a/b\n\tapi_secret_key y\n\thost h\n}", []string{"Caddyfile:3", "api_id contains"}},
		{"an allow entry without a path", "cortex_sign {\n\tapi_key_id 1\n\tapi_key y\n\thost h\n\tallow GET\n}", []string{"Caddyfile:6", "allow takes methods"}},
		{"a host with a scheme", "cortex_sign {\n\tapi_key_id 1\n\tapi_key y\n\thost https://h\n}", []string{"Caddyfile:5", "host must be a name"}},
		{"a body size without sense", "cortex_sign {\n\tapi_key_id 1\n\tapi_key y\n\thost h\n\tmax_body lots\n}", []string{"Caddyfile:6", "max_body must be a size"}},
		{"token and access id together", "threatconnect_sign {\n\ttoken t\n\taccess_id a\n\thost h\n}", []string{"Caddyfile:3", "cannot be used together"}},
		{"an option whose name begins as another's", "threatconnect_sign {\n\ttoken t\n\tapi_url https://h/api\n\ttoken_cache here\n\thost h\n}", []string{"Caddyfile:5", "token_cache must be an absolute path"}},
		{"no id for an advanced key", "cortex_sign {\n\tapi_key y\n\thost h\n}", []string{"Caddyfile:2", "api_key_id is required"}},
		{"an argument behind the directive", "duo_sign now {\n\thost h\n}", []string{"Caddyfile:2", "only a credentials file may come after duo_sign, as in /etc/vendorsign/acme.json"}},
		{"a misspelt option of a transport", "reverse_proxy https://h {\n\ttransport duo_sign {\n\t\tintegration_kye x\n\t}\n}", []string{"Caddyfile:4", "did you mean integration_key?"}},
		{"a bad value of the transport below", "reverse_proxy https://h {\n\ttransport duo_sign {\n\t\tintegration_key x\n\t\tsecret_key y\n\t\thost h\n\t\tdial_timeout never\n\t}\n}", []string{"Caddyfile:7", "bad timeout value"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := adapt(":80 {\n" + tt.block + "\n}\n")
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

func TestErrorsNeverShowASecret(t *testing.T) {
	const canary = "canary-5b1f"
	for _, block := range []string{
		"duo_sign {\n\tintegration_key x\n\thost h\n\tsecret_key `" + canary + "\nx`\n}",
		"duo_sign {\n\tintegration_key x\n\thost h\n\tsecret_key ` " + canary + "`\n}",
		"duo_sign {\n\tintegration_key x:y\n\thost h\n\tsecret_key " + canary + "\n}",
		"carbonblack_sign {\n\tapi_id x\n\thost h\n\tapi_secret_key " + canary + "/a\n}",
	} {
		if _, err := adapt(":80 {\n" + block + "\n}\n"); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("error shows the secret, or there is none: %v", err)
		}
	}
}
