package tests

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/interpret"
	documentation "github.com/vendorsign/vendorsign/tests/pages"
)

// vendors are listed where none or a wrong one is named.
var vendors = signers.Known()

// checked runs `vendorsign check` on a file.
func checked(t testing.TB, vendorsign, name, text string, args ...string) (status int, stdout string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return checkedFile(t, vendorsign, file, args...)
}

func checkedFile(t testing.TB, vendorsign, file string, args ...string) (status int, stdout string) {
	t.Helper()
	run := exec.Command(vendorsign, append([]string{"check", file}, args...)...)
	run.Env = []string{} // whatever is read of the environment is missing
	out, _ := run.Output()
	return run.ProcessState.ExitCode(), string(out)
}

// What check passes, the plugin takes, and what it refuses, the plugin refuses in the same words. The secrets that
// are referred to exist for the plugin.
func TestCheckSaysWhatThePluginSays(t *testing.T) {
	vendorsign := program(t)
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "skey"), []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	t.Setenv("VENDORSIGN_SKEY", "canary")
	t.Setenv("OTHER_SKEY", "canary")
	good := "integrationKey: DIX, secretKey: 'file:" + secrets + "/skey', host: vendor.example"
	tests := []struct{ name, block, want string }{
		{"a good one", "duo: {" + good + "}", ""},
		{"texts for numbers, switches and lists", "duo: {" + good + ", signatureVersion: '4', insecureUpstream: 'true', allow: 'GET /a,POST /b'}", ""},
		{"any case", "DUO: {integrationkey: DIX, SECRETKEY: 'env:VENDORSIGN_SKEY', Host: h}", ""},
		{"a slip", "duo: {" + good + ", signatureVersio: 4}", "unknown option signatureVersio; did you mean signatureVersion?"},
		{"the vendor's word", "duo: {" + strings.Replace(good, "secretKey", "skey", 1) + "}", "unknown option skey; did you mean secretKey?"},
		{"nothing like it", "duo: {" + good + ", zzzzzzzzzzzz: 1}", "unknown option zzzzzzzzzzzz; known are integrationKey, secretKey"},
		{"another vendor", "nobody: {a: b}", "unknown vendor nobody; known are api_key, aws, carbonblack"},
		{"two vendors", "duo: {" + good + "}, cortex: {apiKeyId: '1', apiKey: 'env:VENDORSIGN_SKEY', host: h}", "exactly one vendor must be configured in a middleware, and cortex and duo are; write a middleware for each"},
		{"no secret", "duo: {integrationKey: DIX, host: h}", "secretKey is required"},
		{"no host", "duo: {integrationKey: DIX, secretKey: 'env:VENDORSIGN_SKEY'}", "host is required"},
		{"another's variable", "duo: {integrationKey: DIX, host: h, secretKey: 'env:OTHER_SKEY'}", "environment variables are read only if their name begins with VENDORSIGN_"},
		{"Caddy's options", "duo: {" + good + ", explainHeader: 'true'}", "for Caddy; here observe writes explanations to the log"},
		{"no audit", "duo: {" + good + ", audit: 'off'}", ""},
		{"an audit", "duo: {" + good + ", audit: required}", ""},
		{"Caddy's output of audit", "duo: {" + good + ", audit: required, auditOutput: stdout}", "auditOutput is for Caddy; in Traefik auditFile names a file"},
		{"a file without audit", "duo: {" + good + ", auditFile: a.json}", "auditOutput and auditFile need audit on or audit required"},
		{"a choice that is none", "duo: {" + good + ", dateHeader: Date}", "dateHeader must be one of date, x-duo-date"},
		{"a version that is none", "duo: {" + good + ", signatureVersion: 3}", "signatureVersion must be 5, 4 or 2"},
		{"sha1 with version 5", "duo: {" + good + ", digest: sha1}", "digest sha1 needs signatureVersion 2"},
		{"methods with commas", "duo: {" + good + ", allow: 'GET,HEAD /devices'}", "allow: methods are joined by | and not by commas"},
		{"a size without sense", "duo: {" + good + ", maxBody: lots}", "maxBody must be a size"},
		{"a host with a scheme", "duo: {integrationKey: DIX, secretKey: 'env:VENDORSIGN_SKEY', host: 'https://h'}", "host must be a name"},
		{"a slash in an id", "carbonblack: {apiId: a/b, apiSecretKey: 'env:VENDORSIGN_SKEY', host: h}", "apiId contains"},
		{"two credentials", "threatconnect: {token: t, accessId: a, secretKey: 'env:VENDORSIGN_SKEY', host: h}", "cannot be used together"},
		{"the credential before", "duo: {" + good + ", previous: {integrationKey: DIY, secretKey: 'env:VENDORSIGN_SKEY'}}", ""},
		{"a slip in the credential before", "duo: {" + good + ", previous: {integrationKey: DIY, secretKye: 'env:VENDORSIGN_SKEY'}}", "previous: unknown option secretKye; did you mean secretKey?"},
		{"another's variable in the credential before", "duo: {" + good + ", previous: {integrationKey: DIY, secretKey: 'env:OTHER_SKEY'}}", "environment variables are read only"},
		{"a text for the credential before", "duo: {" + good + ", previous: x}", "previous"},
		{"a rate without sense", "duo: {" + good + ", rate: often}", "rate"},
		{"a day that is none", "duo: {" + good + ", expires: someday}", "expires"},
		{"an unquoted reference", "duo: {integrationKey: DIX, host: h, secretKey: {env.VENDORSIGN_SKEY}}", "secretKey"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, out := checked(t, vendorsign, "t.yml", "http: {middlewares: {duo: {plugin: {vendorsign: {"+test.block+"}}}}}\n")
			if (status == 0) != (test.want == "") || !strings.Contains(out, test.want) {
				t.Errorf("check says %d %s\nwant %s", status, out, test.want)
			}
		})
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				var config map[string]any
				if err := yaml.Unmarshal([]byte("{"+test.block+"}"), &config); err != nil {
					t.Fatal(err)
				}
				_, err := p.New(config, http.NotFoundHandler())
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.want)) {
					t.Errorf("the plugin says %v, check %q", err, test.want)
				}
			})
		}
	})
}

// inTheQuery is the warning of the presets whose vendor takes its key there.
var inTheQuery = regexp.MustCompile(`(?m)^.*: warning: .*: query \w+ contains a secret, which access logs show\n`)

// The blocks of the documentation have no fault, for who copies them into a pipeline's repository.
func TestCheckPassesEveryConfigurationInTheDocumentation(t *testing.T) {
	vendorsign := program(t)
	var pages []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(interpret.Root(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	block := regexp.MustCompile("(?s)```(yaml|toml)\n(.*?)```")
	signers := 0
	for _, page := range pages {
		if name, _ := filepath.Rel(interpret.Root(t), page); documentation.Later[filepath.ToSlash(name)] {
			continue
		}
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(data), -1) {
			if !strings.Contains(m[2], "plugin.vendorsign.") && !strings.Contains(m[2], "vendorsign:\n") {
				continue
			}
			status, out := checked(t, vendorsign, "block."+m[1], m[2], "--strict")
			if strings.Contains(out, "signer") {
				signers++
			}
			out = inTheQuery.ReplaceAllString(out, "")
			if status != 0 && out != "" {
				t.Errorf("%s:\n%s in\n%s", page, out, m[2])
			}
		}
	}
	if signers < 6 {
		t.Errorf("%d blocks with signers found", signers)
	}
}

// The files of the examples have neither a fault nor a warning, one by one and together.
func TestCheckPassesEveryFileOfTheExamples(t *testing.T) {
	vendorsign := program(t)
	for folder, signers := range map[string]int{"docker/traefik": 5, "kubernetes/traefik": 5, "systemd": 1} {
		files, err := filepath.Glob(filepath.Join(interpret.Root(t), "docs/examples", folder, "*.y*ml"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if status, out := checkedFile(t, vendorsign, file, "--strict"); status != 0 && out != "" {
				t.Errorf("%d %s", status, out)
			}
		}
		status, out := checkedFile(t, vendorsign, files[0], append(files[1:], "--strict")...)
		if status != 0 || !strings.HasPrefix(out, fmt.Sprint(signers)+" signer") {
			t.Errorf("%s: %d %s", folder, status, out)
		}
	}
}
