package config

import (
	"os"
	"strings"
	"testing"
)

// siteJSON is what Caddy makes of two sites, one with a handler and one with a transport.
const siteJSON = `{"apps":{"http":{"servers":{"srv0":{"routes":[
  {"match":[{"host":["duo.internal"]}],"handle":[{"handler":"subroute","routes":[{"handle":[{"handler":"duo_sign","integration_key":"DIONE","host":["one.example"]},{"handler":"reverse_proxy"}]}]}]},
  {"match":[{"host":["two.internal"]}],"handle":[{"handler":"reverse_proxy","transport":{"protocol":"duo_sign","integration_key":"DITWO","host":["two.example"],"tls":{}}}]},
  {"match":[{"host":["dt.internal"]}],"handle":[{"handler":"darktrace_sign","public_token":"p","private_token":"{env.DT}"}]}
]}}}}}`

func TestTheOptionsAreFoundInEveryKindOfFile(t *testing.T) {
	const traefik = `
http:
  routers: {r: {rule: x, middlewares: [duo]}}
  middlewares:
    other: {plugin: {fail2ban: {x: 1}}}
    duo:
      plugin:
        vendorsign:
          duo: {integrationKey: DIONE, host: one.example, signatureVersion: 2, secretKey: "env:NO_SUCH_VARIABLE"}
    two:
      plugin: {vendorsign: {duo: {integrationkey: DITWO, signatureVersion: "4"}}}
`
	const manifest = `
kind: Service
---
kind: Middleware
metadata: {name: mine}
spec: {plugin: {vendorsign: {duo: {integrationKey: DIONE}}}}
`
	const labels = `
services:
  app:
    labels:
      traefik.http.middlewares.duo.plugin.vendorsign.duo.integrationKey: DIONE
      traefik.http.middlewares.two.plugin.vendorsign.duo.integrationkey: DITWO
`
	const tomlFile = "[http.middlewares.duo.plugin.vendorsign.duo]\nintegrationKey = \"DIONE\"\nsignatureVersion = 2\n"
	tests := []struct{ name, file, text, pick, want string }{
		{"Caddy JSON, by site", "c.json", siteJSON, "duo.internal", "DIONE"},
		{"Caddy JSON, a transport", "c.json", siteJSON, "two.internal", "DITWO"},
		{"Caddy JSON, by number", "c.json", siteJSON, "2", "DITWO"},
		{"Caddy JSON, several", "c.json", siteJSON, "", "error: c.json has several signers for duo; choose with --signer: 1 = duo.internal (apps/http/servers/srv0/routes/0/handle/0/routes/0/handle/0), 2 = two.internal (apps/http/servers/srv0/routes/1/handle/0/transport)"},
		{"Caddy JSON, none such", "c.json", siteJSON, "x", "error: c.json has no signer x; it has 1 = duo.internal"},
		{"a single handler", "c.json", `{"handler":"duo_sign","integration_key":"DIONE"}`, "", "DIONE"},
		{"the options alone", "c.json", `{"integration_key":"DIONE"}`, "", "DIONE"},
		{"Caddy without a signer", "c.json", `{"apps":{}}`, "", "error: c.json has no signer in it"},
		{"another vendor's", "c.json", `{"handler":"darktrace_sign"}`, "", "error: c.json has no signer for duo; it has 1 = darktrace_sign"},
		{"Traefik YAML, by name", "t.yml", traefik, "duo", "DIONE"},
		{"Traefik YAML, as a label spells it", "t.yaml", traefik, "two", "DITWO"},
		{"a Kubernetes manifest", "m.yaml", manifest, "", "DIONE"},
		{"Traefik TOML", "t.toml", tomlFile, "", "DIONE"},
		{"labels", "compose.yaml", labels, "duo", "DIONE"},
		{"labels, by place", "compose.yaml", labels, "traefik/http/middlewares/two/plugin", "DITWO"},
		{"a list of manifests", "m.yaml", "kind: List\nitems:\n- kind: Middleware\n  metadata: {name: mine}\n" +
			"  spec: {plugin: {vendorsign: {duo: {integrationKey: DIONE}}}}", "mine", "DIONE"},
		{"a key that appears twice", "t.yml", "http: {a: 1}\nhttp: {}\n", "", "error: not YAML: line 2: a key appears twice"},
		{"YAML that is a list, and an empty document", "t.yml", "# nothing\n---\n- a\n---\n", "", "error: t.yml has no signer in it"},
		{"broken YAML", "t.yml", "a: [", "", "error: not YAML: line 1: did not find expected node content"},
		{"broken TOML", "t.toml", "a = [", "", "error: not TOML"},
		{"broken JSON", "c.json", "{\n\"a\": {", "", "error: not JSON: line 2: it ends too early"},
		{"JSON with something behind it", "c.json", `{"integration_key":"DIX"} x`, "", "error: not JSON: line 1: something follows the value"},
		{"JSON with a byte order mark", "c.json", "\ufeff{}", "", "error: not JSON: line 1: it begins with a byte order mark; save the file as UTF-8 without one"},
		{"JSON in UTF-16", "c.json", "\xff\xfe{\x00}\x00", "", "error: not JSON: line 1: it begins with a byte order mark; save the file as UTF-8 without one"},
		{"an option that is none", "t.toml", strings.Replace(tomlFile, "integrationKey", "ikey", 1), "", "error: unknown option ikey; did you mean integration_key?"},
		{"a Caddyfile where Caddy is not", "Caddyfile", "duo.internal {\n}", "", "error: its name ends in none of .json, .yaml, .yml and .toml; Caddyfiles need `caddy vendorsign`, in a Caddy with the plugin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile(tt.file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			o := NewOptions("duo")
			b, err := Choose(tt.file, "duo", tt.pick)
			if err == nil {
				err = o.Take(b)
			}
			got := o.Texts()["integration_key"]
			if err != nil {
				got = "error: " + strings.TrimPrefix(err.Error(), "duo: ")
			}
			if !strings.HasPrefix(got, tt.want) || got == "" {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
