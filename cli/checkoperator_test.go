package cli

import (
	"os"
	"strings"
	"testing"
)

const operatorCompose = `services:
  traefik:
    image: traefik:v3.7
    command:
      - --experimental.localPlugins.vendorsign.moduleName=github.com/vendorsign/vendorsign
    environment:
      VENDORSIGN_SECRETS_DIR: /run/secrets
      VENDORSIGN_ALLOWED_HOSTS: api-1.duosecurity.com,*.xdr.example,csp.example
  app:
    image: app
    labels:
      traefik.http.middlewares.duo.plugin.vendorsign.duo.integrationKey: DIX
      traefik.http.middlewares.duo.plugin.vendorsign.duo.secretKey: file:/run/secrets/duo
      traefik.http.middlewares.duo.plugin.vendorsign.duo.host: api-1.duosecurity.com
      traefik.http.middlewares.cortex.plugin.vendorsign.cortex.apiKeyId: "1"
      traefik.http.middlewares.cortex.plugin.vendorsign.cortex.apiKey: file:/run/secrets/cortex
      traefik.http.middlewares.cortex.plugin.vendorsign.cortex.keyType: standard
      traefik.http.middlewares.cortex.plugin.vendorsign.cortex.host: api-1.xdr.example
`

const operatorManifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik}
spec:
  template:
    spec:
      containers:
        - name: traefik
          image: registry.example/traefik
          args: [--experimental.localPlugins.vendorsign.moduleName=github.com/vendorsign/vendorsign]
          env:
            - name: VENDORSIGN_ALLOWED_HOSTS
              value: api-1.duosecurity.com
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: duo}
spec:
  plugin:
    vendorsign:
      duo: {integrationKey: DIX, secretKey: "file:/s/duo", host: api-1.duosecurity.com}
`

func TestCheckComparesSignersWithWhatTheOperatorPermits(t *testing.T) {
	with := func(text string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatal(pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	const list = "      VENDORSIGN_ALLOWED_HOSTS: api-1.duosecurity.com,*.xdr.example,csp.example\n"
	const insecure = "\n      traefik.http.middlewares.duo.plugin.vendorsign.duo.insecureUpstream: 'true'\n      traefik.http.middlewares.cortex.plugin.vendorsign.cortex.insecureUpstream: 'true'\n"
	const last = "cortex.host: api-1.xdr.example\n"
	const middleware = "traefik.http.middlewares."
	const warning = "warning: services.traefik.environment: anyone who writes a label can have secrets sent to any host; add VENDORSIGN_ALLOWED_HOSTS: api-1.duosecurity.com,api-1.xdr.example\n"
	tests := []struct {
		name, text string
		status     int
		want       string
	}{
		{"every host is listed", operatorCompose, 0, "2 signers in 1 file, no fault\n"},
		{"no list", with(operatorCompose, list, ""), 0, "c.yaml:6: " + warning + "2 signers in 1 file, no fault, 1 warning\n"},
		{"no list, and secrets that are bound", with(operatorCompose, list, "      VENDORSIGN_BINDINGS: /etc/bindings.json\n"), 0, "2 signers in 1 file, no fault\n"},
		{"a list elsewhere", with(operatorCompose, list, "", "    environment:", "    env_file: .env\n    environment:"), 0, "2 signers in 1 file, no fault\n"},
		{"a list that is a variable", with(operatorCompose, list, "      VENDORSIGN_ALLOWED_HOSTS: ${HOSTS}\n"), 0, "2 signers in 1 file, no fault\n"},
		{"a list that is malformed", with(operatorCompose, list, "      VENDORSIGN_ALLOWED_HOSTS: api-1.duosecurity.com,x.example/path\n"), 1,
			"c.yaml:8: services.traefik.environment.VENDORSIGN_ALLOWED_HOSTS: entry 2 must be a name in ASCII, *. and a name, or an IP address, with an optional port\n"},
		{"a host that is not listed", with(operatorCompose, "*.xdr.example", "api.xdr.example"), 1, "c.yaml:18: " + middleware + "cortex.plugin.vendorsign.cortex.host: host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS\n"},
		{"a list of entries", with(operatorCompose, "      VENDORSIGN_SECRETS_DIR: /run/secrets\n"+list, "      - VENDORSIGN_ALLOWED_HOSTS=api-1.duosecurity.com\n"), 1,
			"c.yaml:17: " + middleware + "cortex.plugin.vendorsign.cortex.host: host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS\n"},
		{"a host known at run time", with(operatorCompose, last, "cortex.host: env:VENDORSIGN_HOST\n"), 0, "2 signers in 1 file, no fault\n"},
		{"plain http", with(operatorCompose, last, "cortex.host: api-1.xdr.example"+insecure), 1,
			"c.yaml:20: " + middleware + "cortex.plugin.vendorsign.cortex.insecureUpstream: insecureUpstream is not permitted: add the host to VENDORSIGN_INSECURE_UPSTREAM\n"},
		{"plain http for one", with(operatorCompose, last, "cortex.host: api-1.xdr.example"+insecure, list, list+"      VENDORSIGN_INSECURE_UPSTREAM: api-1.xdr.example\n"), 1,
			"c.yaml:20: " + middleware + "duo.plugin.vendorsign.duo.insecureUpstream: insecureUpstream is not permitted: add the host to VENDORSIGN_INSECURE_UPSTREAM\n"},
		{"plain http for both", with(operatorCompose, last, "cortex.host: api-1.xdr.example"+insecure, list, list+"      VENDORSIGN_INSECURE_UPSTREAM: api-1.xdr.example,api-1.duosecurity.com\n"), 0, "2 signers in 1 file, no fault\n"},
		{"another program's service", with(operatorCompose, "moduleName=github.com/vendorsign/vendorsign", "moduleName=github.com/acme/acme", "image: traefik:v3.7", "image: caddy", "  traefik:", "  gateway:", list, ""), 0, "2 signers in 1 file, no fault\n"},
		{"a token service", with(operatorCompose, "duo.integrationKey: DIX", "carbonblack.cspApiToken: file:/s", "duo.secretKey: file:/run/secrets/duo", "carbonblack.cspUrl: https://mine.example", "vendorsign.duo.host", "vendorsign.carbonblack.host"), 1,
			"c.yaml:13: " + middleware + "duo.plugin.vendorsign.carbonblack.cspUrl: cspUrl is not among the hosts of VENDORSIGN_ALLOWED_HOSTS\n"},
		{"a manifest", operatorManifest, 0, "1 signer in 1 file, no fault\n"},
		{"a manifest without a list", with(operatorManifest, "VENDORSIGN_ALLOWED_HOSTS", "OTHER"), 0,
			"c.yaml:11: warning: spec.template.spec.containers.traefik.env: anyone who writes a label can have secrets sent to any host; add VENDORSIGN_ALLOWED_HOSTS: api-1.duosecurity.com\n1 signer in 1 file, no fault, 1 warning\n"},
		{"a manifest with a list from a ConfigMap", with(operatorManifest, "value: api-1.duosecurity.com", "valueFrom: {configMapKeyRef: {name: hosts, key: hosts}}"), 0, "1 signer in 1 file, no fault\n"},
		{"a manifest with another host", with(operatorManifest, "value: api-1", "value: api-2"), 1, "c.yaml:21: spec.plugin.vendorsign.duo.host: host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS\n"},
		{"no process at all", operatorManifest[strings.Index(operatorManifest, "---\n")+4:], 0, "1 signer in 1 file, no fault\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, out, _ := faults(t, "c.yaml", test.text)
			if status != test.status || out != test.want {
				t.Errorf("status %d\n%swant %d\n%s", status, out, test.status, test.want)
			}
		})
	}
	t.Run("in another file", func(t *testing.T) {
		t.Chdir(t.TempDir())
		deployment, middleware, _ := strings.Cut(operatorManifest, "---\n")
		for name, text := range map[string]string{"traefik.yaml": strings.Replace(deployment, "value: api-1", "value: api-2", 1), "duo.yaml": middleware} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		status, out, _ := runCLI("", "check", "traefik.yaml", "duo.yaml")
		if want := "duo.yaml:7: spec.plugin.vendorsign.duo.host: host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS\n"; status != 1 || out != want {
			t.Errorf("status %d\n%swant\n%s", status, out, want)
		}
	})
}
