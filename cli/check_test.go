package cli

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// faults runs check on one file and returns what it wrote.
func faults(t *testing.T, file, text string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runCLI("", append([]string{"check", file}, args...)...)
}

const goodTraefik = `http:
  middlewares:
    other:
      plugin: {fail2ban: {x: 1}}
    duo:
      plugin:
        vendorsign:
          duo:
            integrationKey: env:VENDORSIGN_NO_SUCH_IKEY
            secretKey: file:/no/such/file
            host: api-1.duosecurity.com
            signatureVersion: "4"
            allow: [GET /admin/**, "POST|PUT /auth/v2/*"]
`

// vendors are listed where none or a wrong one is named.
var vendors = signers.Known()

func TestCheckFindsEachFaultWithItsLineAndField(t *testing.T) {
	const block = "http.middlewares.duo.plugin.vendorsign.duo"
	with := func(old, now string) string {
		if !strings.Contains(goodTraefik, old) {
			t.Fatal(old)
		}
		return strings.Replace(goodTraefik, old, now, 1)
	}
	tests := []struct{ name, file, text, want string }{
		{"nothing", "t.yml", goodTraefik, "1 signer in 1 file, no fault"},
		{"in Traefik, a slip", "t.yml", with("secretKey:", "secretKee:"), "t.yml:10: " + block + ".secretKee: unknown option secretKee; did you mean secretKey?"},
		{"the vendor's word", "t.yml", with("integrationKey:", "ikey:"), "t.yml:9: " + block + ".ikey: unknown option ikey; did you mean integrationKey?"},
		{"two faults, of which one explains a third", "t.yml", strings.Replace(with("host: api-1", "fqdn: api-1"), "secretKey", "skey", 1),
			"t.yml:10: " + block + ".skey: unknown option skey; did you mean secretKey?\nt.yml:11: " + block + ".fqdn: unknown option fqdn; did you mean host?"},
		{"all that the signer itself complains of", "t.yml", strings.Replace(with(`"4"`, `"7"`), "host: api-1.duosecurity.com", "digest: md5", 1),
			"t.yml:8: " + block + ": host is required\nt.yml:11: " + block + ".digest: digest must be one of sha512, sha1\nt.yml:12: " + block + ".signatureVersion: signatureVersion must be 5, 4 or 2"},
		{"a reference that YAML takes for a map", "t.yml", with("file:/no/such/file", "{file./no/such/file}"), "t.yml:10: " + block + ".secretKey: secretKey must be a string; put a reference in braces in quotes, or write env:NAME or file:/path"},
		{"a number that is none", "t.yml", with(`"4"`, "four"), "t.yml:12: " + block + ".signatureVersion: signatureVersion must be a whole number"},
		{"a text that YAML takes for a number", "t.yml", with("env:VENDORSIGN_NO_SUCH_IKEY", "0123"), "t.yml:9: " + block + ".integrationKey: integrationKey must be in quotes: without them it is a number, and read in another form"},
		{"methods with commas", "t.yml", with(`[GET /admin/**, "POST|PUT /auth/v2/*"]`, "GET,POST /x"), "t.yml:13: " + block + ".allow: allow: methods are joined by | and not by commas"},
		{"an allow entry without a path", "t.yml", with("GET /admin/**", "GET"), "t.yml:13: " + block + ".allow: allow takes methods joined by |"},
		{"a variable that Traefik's plugin does not read", "t.yml", with("env:VENDORSIGN_NO_SUCH_IKEY", "env:DUO_IKEY"), "t.yml:9: " + block + ".integrationKey: environment variables are read only if their name begins with VENDORSIGN_"},
		{"the same in braces", "t.yml", with("env:VENDORSIGN_NO_SUCH_IKEY", `"{env.DUO_IKEY}"`), "t.yml:9: " + block + ".integrationKey: environment variables are read only"},
		{"a variable of a shell's", "t.yml", with("env:VENDORSIGN_NO_SUCH_IKEY", "${IKEY}"), "t.yml:9: " + block + ".integrationKey: integrationKey: ${NAME} is not replaced here; write {env.NAME}"},
		{"a colon in braces", "t.yml", with("file:/no/such/file", "'{file:/no/such/file}'"), "t.yml:10: " + block + ".secretKey: secretKey: a file is written {file./path}, with a dot"},
		{"a placeholder of a request", "c.json", `{"handler":"duo_sign","integration_key":"x","secret_key":"{http.request.header.X}",` + "\n" + `"host":["h","{http.request.host}"]}`, "c.json:1: secret_key: secret_key: it has a placeholder that is not replaced here; write {env.NAME} or {file./path}\nc.json:2: host: host: it has a placeholder that is not replaced here"},
		{"variables and files without a name", "c.json", `{"handler":"duo_sign","integration_key":"{env.}","secret_key":"{file.}",` + "\n" + `"host":["h"],"previous":{"integration_key":"x",` + "\n" + `"secret_key":"{ENV.X}"}}`, "c.json:1: integration_key: integration_key: it has a placeholder that is not replaced here\nc.json:1: secret_key: secret_key: it has a\nc.json:3: previous.secret_key: previous: secret_key: it has a placeholder"},
		{"what Caddy fills in when it loads", "c.json", `{"handler":"duo_sign","integration_key":"DI{env.X}{file./x}","secret_key":"{file./x}","host":["{system.hostname}","{env.H}"]}`, "1 signer in 1 file, no fault"},
		{"a file without a name in Traefik", "t.yml", with("file:/no/such/file", "'{file.}'"), "t.yml:10: " + block + ".secretKey: secretKey: the reference has no name; write env:NAME or file:/path"},
		{"Traefik's variable in Caddy", "c.json", `{"handler":"duo_sign","integration_key":"x","host":["h"],` + "\n" + `"secret_key":"env:DUO_SKEY"}`, "c.json:2: secret_key: secret_key: env:NAME is for Traefik and the command line; in Caddy write {env.NAME}"},
		{"another vendor's option", "t.yml", with("integrationKey:", "publicToken:"), "t.yml:8: " + block + ": integrationKey is required\nt.yml:9: " + block + ".publicToken: unknown option publicToken, which is one of darktrace; known are integrationKey, "},
		{"the vendor left out", "t.yml", "http:\n  middlewares:\n    duo:\n      plugin:\n        vendorsign:\n          integrationKey: DIX\n          secretKey: env:VENDORSIGN_X\n", "t.yml:6: http.middlewares.duo.plugin.vendorsign.integrationKey: integrationKey is an option: name the vendor before it, as in duo.integrationKey"},
		{"ids exchanged", "t.yml", strings.Replace(with("file:/no/such/file", "DIXXXXXXXXXXXXXXXXXX"), "env:VENDORSIGN_NO_SUCH_IKEY", strings.Repeat("a", 40), 1), "t.yml:9: " + block + ".integrationKey: integrationKey and secretKey are swapped: what secretKey holds is an ID"},
		{"an option for Caddy", "t.yml", with("signatureVersion: \"4\"", "explainHeader: true"), "t.yml:12: " + block + ".explainHeader: explainHeader is for Caddy; here observe"},
		{"an option twice, as Traefik reads it", "t.yml", with("signatureVersion: \"4\"", "HOST: x"), "t.yml:12: " + block + ".HOST: host is given twice, first in line 11"},
		{"two vendors", "t.yml", goodTraefik + "          cortex: {apiKeyId: 1, apiKey: \"env:VENDORSIGN_KEY\", host: h}\n", "t.yml:7: http.middlewares.duo.plugin.vendorsign: " + "exactly one vendor must be configured in a middleware, and cortex and duo are; write a middleware for each"},
		{"no vendor", "t.yml", "http: {middlewares: {duo: {plugin: {\n  vendorsign: {}}}}}\n", "t.yml:2: http.middlewares.duo.plugin.vendorsign: exactly one of " + vendors + " must be configured in a middleware, and none is"},
		{"a vendor that is none", "t.yml", with("          duo:", "          nobody:"), "t.yml:8: http.middlewares.duo.plugin.vendorsign.nobody: unknown vendor nobody; known are " + vendors},
		{"a plugin of another name", "t.yml", with("vendorsign:", "sign:"), "1 signer in 1 file, no fault"},
		{"two plugins in one middleware", "t.yml", goodTraefik + "        fail2ban: {x: 1}\n", "t.yml:7: http.middlewares.duo.plugin.vendorsign: a middleware has one plugin, and this one has 2"},
		{"broken YAML", "t.yml", "a:\n  - b: [\n", "t.yml:2: not YAML: did not find expected node content"},
		{"TOML", "t.toml", "[http.middlewares.duo.plugin.vendorsign.duo]\nintegrationKey = \"DIX\"\nsecretKey = \"env:VENDORSIGN_X\"\nhost = \"h\"\nsignatureVersion = 4\n", "1 signer in 1 file, no fault"},
		{"a slip in TOML", "t.toml", "[http.middlewares.a.plugin.other]\nx = 1\n\n[http.middlewares.duo.plugin.vendorsign.duo]\nintegrationKey = \"DIX\"\nsecretKye = \"env:VENDORSIGN_X\"\n\n", "t.toml:4: " + block + ": host is required\nt.toml:6: " + block + ".secretKye: unknown option secretKye; did you mean secretKey?"},
		{"broken TOML", "t.toml", "a = 1\nb = [\n", "t.toml:2: not TOML: "},
		{"a manifest", "m.yaml", manifestText(""), "1 signer in 1 file, no fault"},
		{"a manifest with a text of YAML 1.1", "m.yaml", manifestText("        observe: on\n"), "m.yaml:13: spec.plugin.vendorsign.duo.observe: must be in quotes: Kubernetes takes on without them for true or false"},
		{"a manifest that names the operator's variable", "m.yaml", manifestText("        secretKey: env:HOME\n"), "m.yaml:13: spec.plugin.vendorsign.duo.secretKey: secretKey is given twice, first in line 11\nm.yaml:13: spec.plugin.vendorsign.duo.secretKey: environment variables are read only"},
		{"Caddy's JSON", "c.json", twoSites, "c.json:2: apps.http.servers.srv0.routes.0.handle.0.routes.0.handle.0: secret_key is required\nc.json:3: apps.http.servers.srv0.routes.1.handle.0.transport: secret_key is required\nc.json:4: apps.http.servers.srv0.routes.2.handle.0: host is required"},
		{"a text for a list, which Caddy refuses", "c.json", `{"handler":"duo_sign","integration_key":"x","secret_key":"{env.X}",` + "\n" + `"host":"h"}`, "c.json:2: host: host must be a list of strings"},
		{"a transport without TLS", "c.json", `{"protocol":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"dial_timeout":1}`, "c.json:1: the upstream is plain http"},
		{"a transport that verifies nothing", "c.json", `{"protocol":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"tls":{"insecure_skip_verify":true}}`, "c.json:1: tls_insecure_skip_verify would send the credential to anyone"},
		{"a transport of a simulated vendor", "c.json", `{"protocol":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"insecure_upstream":true}`, "1 signer in 1 file, no fault"},
		{"Caddy's own mark", "c.json", `{"handler":"duo_sign","@id":"x","integration_key":"x","secret_key":"{env.X}","host":["h"]}`, "1 signer in 1 file, no fault"},
		{"Caddy's own mark within a block", "c.json", `{"handler":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],` +
			`"previous":{"@id":7,"integration_key":"x","secret_key":"{env.Y}"}}`, "1 signer in 1 file, no fault"},
		{"Caddy's own mark within an app", "c.json", `{"apps":{"http":{"servers":{"a":{"listen":["127.0.0.1:1"],"routes":[{"handle":[` +
			`{"handler":"vendorsign_verify","vendor":"duo","apps":[{"@id":"x","name":"a","key_id":"DILOCALAAAAAAAAAAAAA","secret":"{env.Y}"}]},` +
			`{"handler":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"client_hosts":["a"]},` +
			`{"handler":"reverse_proxy","upstreams":[{"dial":"h:443"}],"transport":{"protocol":"http","tls":{"@id":"t"}}}]}]}}}}}`,
			"1 signer in 1 file, no fault"},
		{"broken JSON", "c.json", "{\n\"a\": 1,\n}", "c.json:3: not JSON: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := faults(t, tt.file, tt.text)
			good := strings.HasSuffix(tt.want, "no fault")
			got := strings.Split(strings.TrimSpace(stdout), "\n")
			want := strings.Split(tt.want, "\n")
			if len(got) != len(want) || good != (status == 0) || status > 1 || good != (stderr == "") {
				t.Fatalf("status %d, %q\n%s\nwant\n%s", status, stderr, stdout, tt.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("\n%s\nwant\n%s", got[i], want[i])
				}
			}
		})
	}
}

// manifestText is a Middleware of Kubernetes, behind another document.
func manifestText(more string) string {
	return `kind: Service
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  name: duo
spec:
  plugin:
    vendorsign:
      duo:
        secretKey: urn:k8s:secret:duo:skey
        integrationKey: DIX
` + more + "        host: h\n"
}

func TestCheckReadsLabelsInEveryForm(t *testing.T) {
	const prefix = "traefik.http.middlewares.duo.plugin.vendorsign.duo."
	tests := []struct{ name, labels, want string }{
		{"a map", `
      traefik.enable: "true"
      ` + prefix + `integrationKey: DIX
      ` + prefix + `secretKey: file:/run/secrets/duo
      ` + prefix + `host: api-1.duosecurity.com
      ` + prefix + `allow[0]: GET /admin/v1/users
      ` + prefix + `allow[1]: GET|HEAD /auth/**
      ` + prefix + `signatureVersion: 4`, "1 signer in 1 file, no fault"},
		{"a list, in another case, with Compose's variables", `
      - traefik.enable=true
      - "traefik.HTTP.Middlewares.duo.Plugin.vendorsign.Duo.integrationkey=${IKEY:?}"
      - ` + prefix + `secretKey=env:VENDORSIGN_SKEY
      - ` + prefix + `host=$HOST`, "1 signer in 1 file, no fault"},
		{"a slip in a list", `
      - ` + prefix + `integrationKey=DIX
      - ` + prefix + `secretKey=env:VENDORSIGN_SKEY
      - ` + prefix + `hst=h`, "c.yaml:7: " + prefix + "hst: unknown option hst; did you mean host?"},
		{"a missing option points to the first label", `
      traefik.enable: "true"
      ` + prefix + `integrationKey: DIX
      ` + prefix + `host: h`, "c.yaml:6: " + strings.TrimSuffix(prefix, ".") + ": secretKey is required"},
		{"a comma in allow", `
      ` + prefix + `integrationKey: DIX
      ` + prefix + `secretKey: env:VENDORSIGN_SKEY
      ` + prefix + `allow: GET,HEAD /devices
      ` + prefix + `host: h`, "c.yaml:7: " + prefix + "allow: allow: methods are joined by | and not by commas"},
		{"an allow that a variable left empty", `
      ` + prefix + `integrationKey: DIX
      ` + prefix + `secretKey: env:VENDORSIGN_SKEY
      ` + prefix + `allow: ""
      ` + prefix + `host: h`, "c.yaml:7: " + prefix + "allow: allow is empty"},
		{"an option below an option", `
      ` + prefix + `integrationKey: DIX
      ` + prefix + `secretKey.file: x
      ` + prefix + `host: h`, "c.yaml:6: " + prefix + "secretKey: secretKey must be a string"},
		{"a slip in the credential before", `
      ` + prefix + `integrationKey: DIX
      ` + prefix + `secretKey: file:/run/secrets/duo
      ` + prefix + `host: h
      ` + prefix + `previous.integrationKey: DIY
      ` + prefix + `previous.secretKye: file:/run/secrets/before`, "c.yaml:9: " + prefix + "previous.secretKye: previous: unknown option secretKye; did you mean secretKey?"},
		{"another vendor", `
      traefik.http.middlewares.x.plugin.vendorsign.nobody.id: 1`, "c.yaml:5: traefik.http.middlewares.x.plugin.vendorsign.nobody: unknown vendor nobody; known are"},
	}
	for _, tt := range tests {
		for place, head := range map[string]string{
			"labels":        "services:\n  traefik:\n    image: traefik\n    labels:",
			"deploy.labels": "services:\n  traefik:\n    deploy:\n      labels:",
		} {
			t.Run(tt.name+", "+place, func(t *testing.T) {
				labels := tt.labels
				if place == "deploy.labels" {
					labels = strings.ReplaceAll(labels, "\n      ", "\n        ")
				}
				_, stdout, stderr := faults(t, "c.yaml", head+labels+"\n")
				if !strings.HasPrefix(stdout, tt.want) {
					t.Errorf("%s%s\nwant\n%s", stdout, stderr, tt.want)
				}
			})
		}
	}
}

// Whatever an anchor holds counts where it is used, at the line where it stands.
func TestCheckFollowsAnchors(t *testing.T) {
	text := "x-duo: &duo\n  secretKey: env:VENDORSIGN_SKEY\n  ikey: x\nhttp:\n  middlewares:\n    duo:\n      plugin:\n        vendorsign:\n          duo:\n            <<: *duo\n            host: h\n"
	_, stdout, _ := faults(t, "t.yml", text)
	if want := "t.yml:3: http.middlewares.duo.plugin.vendorsign.duo.ikey: unknown option ikey; did you mean integrationKey?\n"; stdout != want {
		t.Errorf("%s\nwant\n%s", stdout, want)
	}
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 9; i++ {
		before, now := string(rune('0'+i-1)), string(rune('0'+i))
		bomb += "a" + now + ": &a" + now + " [" + strings.TrimSuffix(strings.Repeat("*a"+before+",", 10), ",") + "]\n"
	}
	if status, stdout, _ := faults(t, "t.yml", bomb); status != 1 || !strings.Contains(stdout, "too large") {
		t.Errorf("%d %s", status, stdout)
	}
}

func TestCheckEndsWithTheStatusThatAPipelineWants(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"good.yml": goodTraefik, "none.yml": "http: {routers: {}}\n", "empty.yaml": "", "Caddyfile": "http://a {\n}\n", "bad.yml": strings.Replace(goodTraefik, "host:", "hosts:", 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const see = "See 'vendorsign check --help'.\n"
	tests := []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"good.yml good.yml", 0, "2 signers in 2 files, no fault\n", ""},
		{"good.yml none.yml", 0, "1 signer in 1 file, no fault\n", "none.yml: no signer in it\n"},
		{"none.yml empty.yaml", 1, "", "none.yml: no signer in it\nempty.yaml: no signer in it\nvendorsign check: no signer in any file; if Traefik's static configuration gives the plugin another name, use --plugin NAME\n"},
		{"good.yml bad.yml", 1, "bad.yml:11: http.middlewares.duo.plugin.vendorsign.duo.hosts: unknown option hosts; did you mean host?\n", "vendorsign check: 1 fault in 1 of 2 files\n"},
		{"bad.yml --format json", 1, `{"file":"bad.yml","line":11,"field":"http.middlewares.duo.plugin.vendorsign.duo.hosts","what":"unknown option hosts; did you mean host?"}` + "\n", "vendorsign check: 1 fault in 1 of 1 file\n"},
		{"good.yml missing.yml", 2, "", "vendorsign check: open missing.yml: no such file or directory\n" + see},
		{"Caddyfile", 2, "", "vendorsign check: Caddyfile: its name ends in none of .json, .yaml, .yml and .toml; Caddyfiles need `caddy vendorsign`, in a Caddy with the plugin\n" + see},
		{"", 2, "", "vendorsign check: FILE is missing; write vendorsign check FILE... [flags]\n" + see},
		{"good.yml --format xml", 2, "", "vendorsign check: --format must be text or json\n" + see},
	}
	for _, tt := range tests {
		status, stdout, stderr := runCLI("", append([]string{"check"}, strings.Fields(tt.args)...)...)
		if status != tt.status || stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("%s: status %d\n%s%s\nwant %d\n%s%s", tt.args, status, stdout, stderr, tt.status, tt.stdout, tt.stderr)
		}
	}
}

func TestCheckShowsNoSecretAndCanRefuseOneThatIsWrittenOut(t *testing.T) {
	text := strings.Replace(goodTraefik, "file:/no/such/file", "canary-5b1f", 1)
	if status, stdout, _ := faults(t, "t.yml", text); status != 0 {
		t.Errorf("%d %s", status, stdout)
	}
	_, stdout, stderr := faults(t, "t.yml", text, "--references-only", "--format", "json")
	var f config.Fault
	if err := json.Unmarshal([]byte(stdout), &f); err != nil || f.Line != 10 || f.What != "secretKey is written out; refer to a file or a variable" {
		t.Errorf("%v %s", err, stdout)
	}
	text = strings.Replace(text, "canary-5b1f", `"canary-5b1f "`, 1)
	_, more, _ := faults(t, "t.yml", text)
	if !strings.Contains(more, "secretKey begins or ends with white space") || strings.Contains(more+stdout+stderr, "canary") {
		t.Errorf("%s%s%s", more, stdout, stderr)
	}
}

// Secrets are also in the blocks of a custom scheme, and with apps.
func TestCheckRefusesEverySecretThatIsWrittenOut(t *testing.T) {
	const duo = "    duo:\n      plugin: {vendorsign: {duo: {integrationKey: x, secretKey: 'env:VENDORSIGN_X', host: h, "
	for _, tt := range []struct{ name, text, want string }{
		{"of a custom scheme", "    a:\n      plugin: {vendorsign: {custom: {preset: acme, host: h, secrets: {key: canary}}}}\n", "custom.secrets.key: key is"},
		{"of an app", duo + "apps: [{name: a, keyId: DIAPPBILLING00000000, secret: canary}]}}}\n", "duo.apps.0.secret: secret is"},
		{"of an app before", duo + "apps: [{name: a, keyId: DIAPPBILLING00000000, secret: 'env:VENDORSIGN_A', previous: canary}]}}}\n", "duo.apps.0.previous: previous is"},
		{"of all apps", duo + "appsFile: /run/secrets/apps, appMaster: canary}}}\n", "duo.appMaster: appMaster is"},
	} {
		_, stdout, stderr := faults(t, "t.yml", "http:\n  middlewares:\n"+tt.text, "--references-only")
		if !strings.Contains(stdout, tt.want+" written out; refer to a file or a variable\n") || strings.Contains(stdout+stderr, "canary") {
			t.Errorf("%s: %s%s", tt.name, stdout, stderr)
		}
	}
}

// A secret may be where the name of an option or of a vendor belongs.
func TestCheckShowsNoNameThatMayBeASecret(t *testing.T) {
	const secret = "canary0123456789abcdefABCDEF0123456789ab"
	for _, text := range []string{
		strings.Replace(goodTraefik, "integrationKey", secret, 1),
		strings.Replace(goodTraefik, "          duo:", "          "+secret+":", 1),
		strings.Replace(goodTraefik, "            host", "            apps: [{"+secret+": x}]\n            host", 1),
	} {
		for _, format := range []string{"text", "json"} {
			status, stdout, stderr := faults(t, "t.yml", text, "--format", format)
			if status != 1 || !strings.Contains(stdout, "not shown") || strings.Contains(stdout+stderr, secret) {
				t.Errorf("%d %s%s", status, stdout, stderr)
			}
		}
	}
}

func TestCheckWarnsOfASecretThatIsOdd(t *testing.T) {
	text := strings.Replace(goodTraefik, "file:/no/such/file", "replace-me", 1)
	status, stdout, _ := faults(t, "t.yml", text)
	if want := "t.yml:10: warning: http.middlewares.duo.plugin.vendorsign.duo.secretKey: secretKey looks like a page's placeholder; put the real value in its place\n1 signer in 1 file, no fault, 1 warning\n"; status != 0 || stdout != want {
		t.Errorf("%d %s", status, stdout)
	}
}

// Caddy compares keys without their case, and takes the last of several.
func TestCheckReadsKeysOfJSONAsCaddyDoes(t *testing.T) {
	for _, tt := range []struct{ name, options, want string }{
		{"an option twice", `"secret_key":"{env.X}",` + "\n" + `"secret_key":"{env.Y}"`, "c.json:2: warning: secret_key: secret_key is given twice, first in line 1, and the last one counts\n1 signer in 1 file, no fault, 1 warning\n"},
		{"another case", "\n" + `"SECRET_KEY":"{env.X}"`, "c.json:2: warning: SECRET_KEY: secret_key is written in a different letter case\n1 signer in 1 file, no fault, 1 warning\n"},
		{"a switch in another case", `"secret_key":"{env.X}",` + "\n" + `"INSECURE_UPSTREAM":true`, "c.json:2: warning: INSECURE_UPSTREAM: insecure_upstream is written in a different letter case\n1 signer in 1 file, no fault, 1 warning\n"},
		{"a last one that is wrong", `"secret_key":"{env.X}","clock":"auto",` + "\n" + `"Clock":"often"`, "c.json:2: warning: Clock: clock is written in a different letter case\nc.json:2: warning: Clock: clock is given twice, first in line 1, and the last one counts\nc.json:2: Clock: clock must be auto or vendor or local\n"},
		{"a first one that is wrong", `"secret_key":"{env.X}","clock":"often",` + "\n" + `"clock":"auto"`, "c.json:2: warning: clock: clock is given twice, first in line 1, and the last one counts\n1 signer in 1 file, no fault, 1 warning\n"},
		{"a block twice", `"secret_key":"{env.X}","previous":{"integration_kee":"x"},` + "\n" + `"previous":{"integration_key":"x","secret_key":"{env.Y}"}`, "c.json:2: warning: previous: previous is given twice, first in line 1, and the last one counts\n1 signer in 1 file, no fault, 1 warning\n"},
	} {
		if _, stdout, _ := faults(t, "c.json", `{"handler":"vendorsign","Vendor":"duo","integration_key":"x","host":["h"],`+tt.options+"}"); stdout != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.name, stdout, tt.want)
		}
	}
}

func TestCheckWarnsOfACommaBetweenPaths(t *testing.T) {
	_, stdout, _ := faults(t, "c.json", `{"handler":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"allow":["GET /a,/b"]}`)
	if !strings.Contains(stdout, "c.json:1: warning: duo: allow has a comma before a slash, which belongs to the path there; paths are separated by blanks\n") {
		t.Error(stdout)
	}
}

// Traefik takes it literally, and the vendor would only say that the key is wrong.
func TestCheckWarnsOfCaddysPlaceholderInTraefik(t *testing.T) {
	status, stdout, _ := faults(t, "t.yml", strings.Replace(goodTraefik, "file:/no/such/file", "'{http.request.header.X}'", 1))
	want := "t.yml:10: warning: http.middlewares.duo.plugin.vendorsign.duo.secretKey: secretKey: it is not a reference, and is used as it is, with " +
		"its braces; write env:NAME or file:/path\n1 signer in 1 file, no fault, 1 warning\n"
	if status != 0 || stdout != want {
		t.Errorf("%d %s", status, stdout)
	}
}

// Without Caddy its transport's options are unknown; only what is nearly one of ours is a slip.
func TestATransportsOtherOptionsAreItsOwn(t *testing.T) {
	const text = `{"protocol":"duo_sign","integration_key":"x","secret_keyy":"{env.X}","host":["h"],"tls":{},"dial_timeout":1,"versions":["2"]}`
	if _, stdout, _ := faults(t, "c.json", text); stdout != "c.json:1: secret_keyy: unknown option secret_keyy; did you mean secret_key?\n" {
		t.Error(stdout)
	}
	config.TransportOptions = []string{"tls", "dial_timeout"}
	defer func() { config.TransportOptions = nil }()
	if _, stdout, _ := faults(t, "c.json", text); !strings.Contains(stdout, "unknown option versions; known are") {
		t.Error(stdout)
	}
	_, stdout, _ := faults(t, "c.json", strings.Replace(text, "dial_timeout", "dial_timout", 1))
	if !strings.Contains(stdout, "c.json:1: dial_timout: unknown option dial_timout; did you mean dial_timeout?\n") {
		t.Error(stdout)
	}
}

// Caddy refuses a key that it does not know inside of an object, too.
func TestAMisspeltKeyInsideATransportsTLSIsFound(t *testing.T) {
	const text = `{"protocol":"duo_sign","integration_key":"x","secret_key":"{env.X}","host":["h"],"tls":{"server_nam":"a","new_key":1,"ca":{"x":1}},` +
		`"keep_alive":{"idle_timout":"3s"}}`
	const misspelt = "c.json:1: tls.server_nam: unknown option server_nam; did you mean server_name?\n" +
		"c.json:1: keep_alive.idle_timout: unknown option idle_timout; did you mean idle_timeout?\n"
	if status, stdout, _ := faults(t, "c.json", text); status != 1 || stdout != misspelt {
		t.Errorf("%d %s", status, stdout)
	}
	config.TransportOptions = []string{"tls", "keep_alive"}
	defer func() { config.TransportOptions = nil }()
	if _, stdout, _ := faults(t, "c.json", text); !strings.Contains(stdout, "c.json:1: tls.new_key: unknown option new_key; known are ca, ") {
		t.Error(stdout)
	}
}

func TestCheckTellsWhereTheCaddyfilesAdapterStumbled(t *testing.T) {
	defer func() { config.Adapt = nil }()
	for from, want := range map[string]string{
		"parsing caddyfile tokens for 'duo_sign': unknown option a; did you mean b?, at Caddyfile:3": "Caddyfile:3: duo_sign: unknown option a; did you mean b?",
		"wrong, at sites/a b:7 import chain ['Caddyfile:2 (import)']":                                "sites/a b:7: wrong",
		"Caddyfile:12: unrecognized directive: duo_sgn":                                              "Caddyfile:12: unrecognized directive: duo_sgn",
		"something else": "Caddyfile:1: something else",
	} {
		config.Adapt = func(string, []byte) ([]byte, error) { return nil, errors.New(from) }
		if _, stdout, _ := faults(t, "Caddyfile", "x"); stdout != want+"\n" {
			t.Errorf("%s\nwant\n%s", stdout, want)
		}
	}
}
