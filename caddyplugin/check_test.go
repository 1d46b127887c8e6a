package caddyplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/cli"
)

// checked runs `check` on a file.
func checked(t *testing.T, name, text string) (status int, stdout string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	status = cli.Run(context.Background(), []string{"check", name}, strings.NewReader(""), &out, &errs)
	return status, out.String()
}

func TestCheckReadsCaddyfilesWithoutTheirSecrets(t *testing.T) {
	site := func(block string) string { return "http://a.example {\n" + block + "\n}\n" }
	const good = "integration_key {env.NO_SUCH_VARIABLE}\nsecret_key {file./no/such/file}\nhost h\n"
	tests := []struct{ name, text, want string }{
		{"nothing", site("duo_sign {\n" + good + "}\nreverse_proxy https://h"), "1 signer in 1 file, no fault\n"},
		{"a slip", site("duo_sign {\nintegration_kee x\n}"), "Caddyfile:3: duo_sign: unknown option integration_kee; did you mean integration_key?\n"},
		{"a slip in a transport", site("reverse_proxy https://h {\ntransport duo_sign {\n" + good + "dial_timeut 1s\n}\n}"), "Caddyfile:7: reverse_proxy: unknown option dial_timeut; known are "},
		{"a slip in a snippet", "(duo) {\nduo_sign {\nskey x\n}\n}\n" + site("import duo"), "Caddyfile:3: duo_sign: unknown option skey; did you mean secret_key?\n"},
		{"a missing option", site("duo_sign {\nintegration_key x\nhost h\n}"), "Caddyfile:2: duo_sign: duo: secret_key is required\n"},
		{"a directive that is none", site("duo_sgn {\n}"), "Caddyfile:2: unrecognized directive: duo_sgn\n"},
		{"what only Caddy's start would tell, at its own directive", site("duo_sign {\n"+good+"}") + "http://b.example {\nreverse_proxy http://g {\ntransport duo_sign {\n" + strings.Replace(good, "host h", "host g", 1) + "}\n}\n}\n",
			"Caddyfile:10: apps.http.servers.srv0.routes.1.handle.0.routes.0.handle.0.transport: the upstream is plain http, where anybody can read the credential; use https or set insecure_upstream\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, out := checked(t, "Caddyfile", tt.text)
			if !strings.HasPrefix(out, tt.want) || strings.Count(out, "\n") != 1 || (status == 0) != strings.HasSuffix(tt.want, "no fault\n") {
				t.Errorf("status %d\n%swant\n%s", status, out, tt.want)
			}
		})
	}
}

func TestCheckPassesEveryCaddyfileInTheDocumentation(t *testing.T) {
	block := regexp.MustCompile("(?s)```caddyfile\n(.*?)```")
	signers := 0
	var texts []string
	for _, page := range pages(t) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(data, -1) {
			texts = append(texts, string(m[1]))
		}
	}
	example, err := os.ReadFile("../Caddyfile.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(texts, string(example)) {
		if !strings.Contains(text, "_sign") {
			continue
		}
		status, out := checked(t, "Caddyfile", text)
		if status != 0 {
			t.Errorf("%s in\n%s", out, text)
		}
		signers++
	}
	if signers < 7 {
		t.Errorf("%d blocks found", signers)
	}
}

// What check passes, Caddy takes, and what it refuses, Caddy refuses.
func TestCheckAndCaddyAgreeOnJSON(t *testing.T) {
	handler := func(options string) string {
		return `{"handler":"duo_sign","integration_key":"x","secret_key":"y",` + options + `}`
	}
	transport := func(options string) string {
		return `{"handler":"reverse_proxy","transport":{"protocol":"duo_sign","integration_key":"x","secret_key":"y",` + options + `}}`
	}
	for module, good := range map[string]bool{
		handler(`"host":["h"]`):                                         true,
		handler(`"host":["h"],"signature_version":4`):                   true,
		handler(`"host":["h"],"signature_version":"4"`):                 false,
		handler(`"host":["h"],"signature_version":3`):                   false,
		handler(`"host":"h"`):                                           false,
		handler(`"host":["https://h"]`):                                 false,
		handler(`"host":[]`):                                            false,
		handler(`"host":["h"],"skey":"x"`):                              false,
		handler(`"host":["h"],"tls":{}`):                                false,
		handler(`"host":["h"],"explain_header":true`):                   true,
		handler(`"host":["h"],"explain_header":false`):                  true,
		handler(`"host":["h"],"allow":["GET"]`):                         false,
		handler(`"host":["h"],"audit":"maybe"`):                         false,
		handler(`"host":["h"],"max_body":"lots"`):                       false,
		handler(`"host":["h"],"insecure_upstream":"yes"`):               false,
		transport(`"host":["h"],"tls":{}`):                              true,
		transport(`"host":["h"],"tls":{},"dial_timeout":1000`):          true,
		transport(`"host":["h"],"tls":{},"dial_timeut":1000`):           false,
		transport(`"host":["h"]`):                                       false,
		transport(`"host":["h"],"insecure_upstream":true`):              true,
		transport(`"host":["h"],"tls":{"insecure_skip_verify":true}`):   false,
		transport(`"host":["h"],"tls":{},"explain_header":true`):        true,
		transport(`"host":["h"],"tls":{},"signature_version":"five"`):   false,
		transport(`"host":["h"],"tls":{},"max_clock_skew":"tomorrow"`):  false,
		transport(`"host":["h","g"],"tls":{},"allow":["GET|HEAD /**"]`): true,
	} {
		text := `{"admin":{"disabled":true,"config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
			"apps":{"http":{"servers":{"a":{"listen":["127.0.0.1:0"],"routes":[{"handle":[` + module + `,{"handler":"reverse_proxy","upstreams":[{"dial":"h:443"}]}]}]}}}}}`
		status, out := checked(t, "c.json", text)
		config := new(caddy.Config)
		err := json.Unmarshal([]byte(text), config)
		if err == nil {
			err = caddy.Validate(config)
		}
		if (err == nil) != good || (status == 0) != good {
			t.Errorf("%s: want good to be %v, Caddy says %v, check says %d %s", module, good, err, status, out)
		}
	}
}

// The Caddyfiles of the examples have no fault, and Caddy takes them where the credentials are.
func TestTheCaddyfileForSystemdFindsItsCredential(t *testing.T) {
	data, err := os.ReadFile("../docs/examples/systemd/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	credentials, emptied := t.TempDir(), t.TempDir()
	for file, content := range map[string]string{credentials + "/duo": "canary\n", emptied + "/duo": "\n"} {
		if err := os.WriteFile(file, []byte(content), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	if status, out := checked(t, "Caddyfile", string(data)); status != 0 {
		t.Errorf("check says %s", out)
	}
	head := "{\nadmin off\npersist_config off\nlog {\noutput discard\n}\n}\n"
	for folder, good := range map[string]bool{credentials: true, emptied: false} {
		t.Setenv("VENDORSIGN_SECRETS_DIR", folder)
		config, err := adapt(head + string(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := caddy.Validate(mustParse(t, config)); (err == nil) != good {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
