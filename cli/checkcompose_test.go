package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const composeSigner = `      traefik.http.routers.duo.rule: Host(` + "`duo.internal`" + `)
      traefik.http.routers.duo.middlewares: duo
      traefik.http.services.duo.loadbalancer.server.url: https://api-1.duosecurity.com
      traefik.http.middlewares.duo.plugin.vendorsign.duo.integrationKey: env:VENDORSIGN_DUO_IKEY
      traefik.http.middlewares.duo.plugin.vendorsign.duo.secretKey: file:/run/secrets/duo
      traefik.http.middlewares.duo.plugin.vendorsign.duo.host: api-1.duosecurity.com
      traefik.http.middlewares.duo.plugin.vendorsign.duo.clientHosts: duo.internal
`

// Compose merges the labels of a service into those of one that extends it.
func TestCheckReadsTheLabelsOfExtendedServices(t *testing.T) {
	const base = "  base:\n    image: x\n    labels:\n" + composeSigner
	const plus = "    labels:\n      traefik.http.middlewares.duo.plugin.vendorsign.duo."
	for _, tt := range []struct{ name, text, want string }{
		{"in the same file", "services:\n" + base + "  app:\n    extends: {service: base}\n" + plus + "allow: GET /a\n", "in 1 file, no fault"},
		{"by its name alone", "services:\n" + base + "  app:\n    extends: base\n" + plus + "alow: GET /a\n", "unknown option alow; did you mean allow?"},
		{"twice", "services:\n" + base + "  app: {extends: base}\n  more:\n    extends: {service: app}\n" + plus + "allow: GET /a\n", "in 1 file, no fault"},
		{"in a circle", "services:\n  app: {extends: more}\n  more:\n    extends: {service: app}\n" + plus + "host: a\n", "integrationKey is required"},
		{"in another file", "services:\n  app:\n    extends: {file: common.yaml, service: base}\n" + plus + "allow: GET /a\n", "in 1 file, no fault"},
		{"in another file, with a fault", "services:\n  app:\n    extends: {file: common.yaml, service: bad}\n" + plus + "allow: GET /a\n",
			"compose.yaml:3: traefik.http.middlewares.duo.plugin.vendorsign.duo.hostt: unknown option hostt"},
		{"a list", "services:\n" + base + "  app:\n    extends: base\n    labels:\n      - traefik.http.middlewares.duo.plugin.vendorsign.duo.alow=x\n",
			"unknown option alow; did you mean allow?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			common := "services:\n" + base + strings.ReplaceAll(base, "base", "bad") + "      traefik.http.middlewares.duo.plugin.vendorsign.duo.hostt: x\n"
			for name, text := range map[string]string{"compose.yaml": tt.text, "common.yaml": common} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(dir)
			if _, stdout, _ := runCLI("", "check", "compose.yaml"); !strings.Contains(stdout, tt.want) {
				t.Errorf("%swant\n%s", stdout, tt.want)
			}
		})
	}
}

// Two variables are two values, and a default is written in the file.
func TestCheckKnowsComposesVariables(t *testing.T) {
	with := func(key, secret string) string {
		text := strings.Replace(composeSigner, "env:VENDORSIGN_DUO_IKEY", key, 1)
		return "services:\n  app:\n    labels:\n" + strings.Replace(text, "file:/run/secrets/duo", secret, 1)
	}
	for _, tt := range []struct{ name, key, secret, want string }{
		{"two", "${IKEY:?missing}", "$SKEY", "no fault\n"},
		{"the same", "${SKEY}", "${SKEY:-}", "integrationKey is the same value as the secret secretKey"},
		{"a default that is a secret", "DIXXXXXXXXXXXXXXXXXX", "${SKEY:-abcdefghijabcdefghijabcdefghijabcdefghij}",
			"compose.yaml:8: traefik.http.middlewares.duo.plugin.vendorsign.duo.secretKey: secretKey: the variable's default is written out"},
		{"a default that is a reference", "DIXXXXXXXXXXXXXXXXXX", "${SKEY-file:/run/secrets/duo}", "no fault\n"},
		{"a default for what is no secret", "${IKEY:-DIXXXXXXXXXXXXXXXXXX}", "file:/run/secrets/duo", "no fault\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stdout, _ := faults(t, "compose.yaml", with(tt.key, tt.secret), "--references-only")
			if !strings.Contains(stdout, tt.want) || strings.Contains(stdout, "abcdefghij") {
				t.Errorf("%swant\n%s", stdout, tt.want)
			}
		})
	}
}
