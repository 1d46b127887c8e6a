package cli

import (
	"strings"
	"testing"
)

func TestCheckWarnsOfASignerThatAnswersToAnyName(t *testing.T) {
	const traefik = `http:
  routers:
    all:
      rule: RULE
      middlewares: [outer@file]
      service: duo
  middlewares:
    outer:
      chain:
        middlewares: [other, duo]
    duo:
      plugin:
        vendorsign:
          duo:
            integrationKey: DIX
            secretKey: file:/x
            host: api-1.duosecurity.com
`
	const labels = `services:
  traefik:
    labels:
      - traefik.http.routers.duo.rule=RULE
      - traefik.http.routers.duo.middlewares=duo@docker
      - traefik.http.middlewares.duo.plugin.vendorsign.duo.integrationKey=DIX
      - traefik.http.middlewares.duo.plugin.vendorsign.duo.secretKey=file:/x
      - traefik.http.middlewares.duo.plugin.vendorsign.duo.host=api-1.duosecurity.com
      - traefik.http.services.duo.loadbalancer.server.url=https://api-1.duosecurity.com
`
	const manifest = `apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: duo}
spec:
  plugin:
    vendorsign:
      duo:
        integrationKey: DIX
        secretKey: file:/x
        host: api-1.duosecurity.com
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: duo}
spec:
  routes:
    - kind: Rule
      match: RULE
      middlewares:
        - name: duo
`
	const caddy = `{"apps":{"http":{"servers":{"srv0":{"listen":[":8080"],"routes":[
MATCH"handle":[{"handler":"subroute","routes":[BEFORE{"handle":[
{"handler":"duo_sign","integration_key":"DIX","secret_key":"{env.X}","host":["api-1.duosecurity.com"]OPTIONS},
{"handler":"reverse_proxy"}]}]}]}]}}}}}`
	with := func(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
	plainCaddy := func(match, before, options string) string {
		return with(caddy, "MATCH", match, "BEFORE", before, "OPTIONS", options)
	}
	upper := func(text string) string {
		return with(text, `"routes"`, `"ROUTES"`, `"handle"`, `"Handle"`, `"match"`, `"MATCH"`, `"listen"`, `"Listen"`)
	}
	for _, tt := range []struct{ name, file, text, warning string }{
		{"a route for any, keys in upper case", "caddy.json", upper(plainCaddy("{", "", "")), "caddy.json:3: "},
		{"a route for a host, keys in upper case", "caddy.json", upper(plainCaddy(`{"match":[{"host":["duo.internal"]}],`, "", "")), ""},
		{"a router for a host", "d.yml", with(traefik, "RULE", "Host(`duo.internal`)"), ""},
		{"a router for any", "d.yml", with(traefik, "RULE", "PathPrefix(`/`)"), "d.yml:3: http.routers.all: "},
		{"a router for any, with client hosts", "d.yml", with(traefik, "RULE", "PathPrefix(`/`)", "secretKey: file:/x", "secretKey: file:/x\n            clientHosts: duo.internal"), ""},
		{"a router for any with another middleware", "d.yml", with(traefik, "RULE", "PathPrefix(`/`)", "[other, duo]", "[other]"), ""},
		{"labels for a host", "compose.yml", with(labels, "RULE", "Host(`duo.internal`)"), ""},
		{"labels for any", "compose.yml", with(labels, "RULE", "PathPrefix(`/`)"), "compose.yml:4: traefik.http.routers.duo.rule: "},
		{"labels for any, with client hosts", "compose.yml",
			with(labels, "RULE", "PathPrefix(`/`)") + "      - traefik.http.middlewares.duo.plugin.vendorsign.duo.clientHosts=duo.internal\n", ""},
		{"a manifest for a host", "m.yml", with(manifest, "RULE", "Host(`duo.internal`)"), ""},
		{"a manifest for any", "m.yml", with(manifest, "RULE", "PathPrefix(`/`)"), "m.yml:17: spec.routes.0: "},
		{"a route for any", "c.json", plainCaddy("{", "", ""), "c.json:3: apps.http.servers.srv0.routes.0.handle.0.routes.0.handle.0: "},
		{"a route for a host", "c.json", plainCaddy(`{"match":[{"host":["duo.internal"]}],`, "", ""), ""},
		{"a route for a host or a path", "c.json", plainCaddy(`{"match":[{"host":["duo.internal"]},{"path":["/x"]}],`, "", ""), "c.json:3: "},
		{"a route for a path", "c.json", plainCaddy(`{"match":[{"path":["/x"]}],`, "", ""), "c.json:3: "},
		{"a route for any name of one label", "c.json", plainCaddy(`{"match":[{"host":["*"]}],`, "", ""), "c.json:3: "},
		{"a route for any with client hosts", "c.json", plainCaddy("{", "", `,"client_hosts":["duo.internal"]`), ""},
		{"a route for any whose credentials_file may have client hosts", "c.json", plainCaddy("{", "", `,"credentials_file":"/x"`), ""},
		{"a route for any behind authentication", "c.json", plainCaddy("{", `{"handle":[{"handler":"authentication"}]},`, ""), ""},
		{"a route for any behind authentication for a path", "c.json", plainCaddy("{", `{"match":[{"path":["/x"]}],"handle":[{"handler":"authentication"}]},`, ""), "c.json:3: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out, errs := faults(t, tt.file, tt.text)
			if status != 0 {
				t.Fatalf("status %d\n%s%s", status, out, errs)
			}
			var warned []string
			for _, line := range strings.Split(out, "\n") {
				if strings.Contains(line, "DNS rebinding") {
					warned = append(warned, line)
				}
			}
			place, field, _ := strings.Cut(tt.warning, " ")
			if tt.warning == "" && len(warned) > 0 || tt.warning != "" && (len(warned) != 1 || !strings.HasPrefix(warned[0], place+" warning: "+field)) {
				t.Errorf("warned\n%s%swant\n%s", out, errs, tt.warning)
			}
		})
	}
}
