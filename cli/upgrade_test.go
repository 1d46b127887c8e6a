package cli

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/cli/config"
)

const traefikHead = "http:\n  middlewares:\n    m:\n      plugin:\n        vendorsign:\n"

// traefikSigner is a file with a signer that says what every change about clients' requests is about.
func traefikSigner(vendor string, lines ...string) string {
	text := traefikHead + "          " + vendor + ":\n"
	said := []string{"host: h.example", "upgrade: refuse", "browser: deny", "earlyData: refuse", "keepHeader: X-App", "allow: POST /search"}
	for _, line := range append(lines, said...) {
		name, _, _ := strings.Cut(line, ":")
		if !strings.Contains(text, "            "+name+":") && !strings.HasPrefix(line, "-") {
			text += "            " + line + "\n"
		}
	}
	return text
}

func caddySite(blocks ...string) string {
	handlers := strings.Join(blocks, ",")
	return `{"apps":{"http":{"servers":{"s":{"listen":[":8080"],"routes":[{"match":[{"host":["duo.internal"]}],"handle":[` + handlers + `]}]}}}}}`
}

func caddyDuo(more string) string {
	return `{"handler":"duo_sign","integration_key":"x","secret_key":"{file./x}","host":["h.example"],"upgrade":"refuse","browser":"deny",` +
		`"early_data":"refuse","keep_header":["X-App"],"allow":["POST /search"]` + more + `}`
}

func caddyProxy(more string) string {
	return `{"handler":"reverse_proxy","upstreams":[{"dial":"h.example:443"}]` + more + `}`
}

const (
	caddyTLS  = `,"transport":{"protocol":"http","tls":{}}`
	heads     = " heads"
	apiKey    = "apiId: ID1"
	apiSecret = "apiSecretKey: file:/x"
)

// Each change that can be seen in a configuration is reported for one that will notice it, and not for one that will not. All
// but Caddy's transport notice heads.
func TestCheckReportsWhatAConfigurationNoticesOfANewVersion(t *testing.T) {
	duo := func(lines ...string) string {
		return traefikSigner("duo", append([]string{"integrationKey: DIX", "secretKey: file:/x"}, lines...)...)
	}
	carbonBlack := func(lines ...string) string { return traefikSigner("carbonblack", lines...) }
	without := func(text, line string) string {
		if !strings.Contains(text, "            "+line+"\n") {
			t.Fatal(line)
		}
		return strings.Replace(text, "            "+line+"\n", "", 1)
	}
	previous := []string{"previous: {integrationKey: DIY, secretKey: file:/y}"}
	const middleware = "    h:\n      headers:\n        customRequestHeaders:\n          "
	transport := strings.Replace(caddyDuo(`,"tls":{}`), `"handler"`, `"protocol"`, 1)
	for _, tt := range []struct{ name, file, text, anchors string }{
		{"nothing", "d.yml", duo(), heads},
		{"a key over plain http", "d.yml", carbonBlack(apiKey, apiSecret, "insecureUpstream: true"), "insecure-upstream" + heads},
		{"a key over https", "d.yml", carbonBlack(apiKey, apiSecret), heads},
		{"a key, and plain http denied", "d.yml", carbonBlack(apiKey, apiSecret, "insecureUpstream: false"), heads},
		{"a standard key over plain http", "d.yml", traefikSigner("cortex", "apiKeyId: 1", "apiKey: file:/x", "keyType: standard", "insecureUpstream: true"),
			"insecure-upstream" + heads},
		{"an advanced key over plain http", "d.yml", traefikSigner("cortex", "apiKeyId: 1", "apiKey: file:/x", "insecureUpstream: true"), heads},
		{"a signature over plain http", "d.yml", duo("insecureUpstream: true"), heads},
		{"an id from a file over plain http", "d.yml", strings.Replace(duo("insecureUpstream: true"), "DIX", "file:/run/secrets/id", 1), "insecure-upstream" + heads},
		{"an id from a variable over plain http", "d.yml", strings.Replace(duo("insecureUpstream: true"), "DIX", "env:VENDORSIGN_ID", 1), heads},
		{"a token service inside", "d.yml", carbonBlack("cspApiToken: file:/x", "cspUrl: https://10.1.2.3"), "private-addresses" + heads},
		{"a token service in another spelling of loopback", "d.yml", carbonBlack("cspApiToken: file:/x", "cspUrl: https://127.1"), "private-addresses" + heads},
		{"a token service outside", "d.yml", carbonBlack("cspApiToken: file:/x", "cspUrl: https://csp.example"), heads},
		{"a proxy inside", "d.yml", carbonBlack("cspApiToken: file:/x", "tokenProxy: http://localhost:3128"), "private-addresses" + heads},
		{"a folder as an id", "d.yml", strings.Replace(duo(), "DIX", "env:VENDORSIGN_SECRETS_DIR", 1), "operator-variables" + heads},
		{"a variable whose name is longer", "d.yml", strings.Replace(duo(), "DIX", "env:VENDORSIGN_BINDINGS_ID", 1), heads},
		{"a credentials file", "d.yml", traefikSigner("duo", "credentialsFile: /run/secrets/duo.json"), "credentials-files" + heads},
		{"a token service beside a credentials file", "d.yml", carbonBlack("credentialsFile: /x/cb.json", "cspUrl: https://csp.example"), "credentials-files credentials-files" + heads},
		{"a credentials file before", "d.yml", duo("previous: {credentialsFile: /x/duo.json}"), "credentials-files" + heads},
		{"a credential before", "d.yml", duo(previous...), heads},
		{"a credential before, with a rate", "d.yml", duo(append(previous, "rate: 2/1m")...), "previous" + heads},
		{"a rate alone", "d.yml", duo("rate: 2/1m"), heads},
		{"a list that makes applications", "d.yml", duo("allow: POST /admin/v1/integrations"), "guards" + heads},
		{"a list that makes them by an asterisk", "d.yml", duo("allow: POST|PUT /admin/v*/*"), "guards" + heads},
		{"a list of what is open", "d.yml", duo("allow: POST|PUT /admin/v1/users /admin/v1/groups/*"), heads},
		{"a list for all of the API", "d.yml", duo(`allow: "* /**"`), "guards" + heads + " bodies"},
		{"the same, opened", "d.yml", duo("allow: POST /admin/v1/integrations", "allowCredentialEndpoints: true"), heads},
		{"a list of what was closed before", "d.yml", duo("allow: POST /admin/v1/integrations/DI1"), heads},
		{"a list that makes users of ThreatConnect", "d.yml", traefikSigner("threatconnect", "accessId: 1", "secretKey: file:/x", "allow: POST /api/v3/security/users"), "guards" + heads},
		{"a list that makes indicators", "d.yml", traefikSigner("threatconnect", "accessId: 1", "secretKey: file:/x", "allow: POST /api/v3/indicators"), heads},
		{"no list", "d.yml", without(duo(), "allow: POST /search"), "guards" + heads},
		{"a list that reads", "d.yml", duo("allow: GET /admin/v1/users"), heads + " bodies"},
		{"headers that are kept", "d.yml", duo("forwarded: keep"), "headers" + heads},
		{"headers that are dropped", "d.yml", duo("forwarded: drop"), heads},
		{"nothing said of headers", "d.yml", without(duo(), "keepHeader: X-App"), "headers" + heads},
		{"a header that stays behind", "d.yml", duo() + middleware + "X-Request-Path: /x\n", "headers" + heads},
		{"a header that stayed behind before", "d.yml", duo() + middleware + "X-Forwarded-Proto: https\n", heads},
		{"a header of an application", "d.yml", duo() + middleware + "X-App: y\n", heads},
		{"long forms", "d.yml", duo("signatureVersion: \"2\"", "maxBody: 64MiB"), "parameters" + heads},
		{"forms that fit", "d.yml", duo("signatureVersion: \"2\"", "maxBody: 32MiB"), heads},
		{"long bodies of version 5", "d.yml", duo("maxBody: 64MiB"), heads},
		{"WebSockets", "d.yml", without(duo(), "upgrade: refuse"), "upgrades" + heads},
		{"pages", "d.yml", without(duo(), "browser: deny"), "browsers" + heads},
		{"early data", "d.yml", without(duo(), "earlyData: refuse"), "early-data" + heads},

		{"a label that sets a header", "c.yaml", "services:\n  traefik:\n    labels:\n" +
			"      traefik.http.middlewares.h.headers.customrequestheaders.X-Host: y\n" +
			"      traefik.http.middlewares.m.plugin.vendorsign.duo.secretKey: file:/x\n" +
			"      traefik.http.middlewares.m.plugin.vendorsign.duo.integrationKey: DIX\n" +
			"      traefik.http.middlewares.m.plugin.vendorsign.duo.host: h.example\n", "headers guards upgrades browsers early-data headers" + heads},

		{"Caddy's transport", "c.json", caddySite(caddyProxy(`,"transport":` + transport)), ""},
		{"Caddy's handler", "c.json", caddySite(caddyDuo(""), caddyProxy(caddyTLS)), heads},
		{"health checks that are refused", "c.json", caddySite(caddyDuo(""), caddyProxy(caddyTLS+`,"health_checks":{"active":{"uri":"/x","expect_status":401}}`)), heads + " health-checks"},
		{"health checks that are answered", "c.json", caddySite(caddyDuo(""), caddyProxy(caddyTLS+`,"health_checks":{"active":{"uri":"/x","expect_status":2}}`)), heads},
		{"HTTP/3", "c.json", caddySite(caddyDuo(""), caddyProxy(`,"transport":{"protocol":"http","tls":{},"versions":["3"]}`)), heads + " http3"},
		{"HTTP/2", "c.json", caddySite(caddyDuo(""), caddyProxy(`,"transport":{"protocol":"http","tls":{},"versions":["1.1","2"]}`)), heads},
		{"a proxy in front of its signer", "c.json", caddySite(caddyProxy(caddyTLS), caddyDuo("")), heads + " handler"},
		{"a proxy to another server", "c.json", caddySite(strings.Replace(caddyProxy(""), "h.example", "own.example", 1), caddyDuo(""), caddyProxy(caddyTLS)), heads},
		{"a module that sends itself", "c.json", caddySite(caddyDuo(""), `{"handler":"acme_relay"}`), heads + " other-modules"},
		{"header_up in a handler's proxy", "c.json", caddySite(caddyDuo(""), caddyProxy(caddyTLS+`,"headers":{"request":{"set":{"X-Forwarded-For":["1"]}}}`)), heads + " headers"},
		{"header_up that the handler keeps", "c.json", caddySite(caddyDuo(""), caddyProxy(caddyTLS+`,"headers":{"request":{"set":{"X-App":["1"]}}}`)), heads},
		{"header_up in a transport's proxy", "c.json", caddySite(caddyProxy(`,"transport":` + transport + `,"headers":{"request":{"set":{"X-Host":["1"]}}}`)), "headers"},
		{"header_up that had no effect before", "c.json", caddySite(caddyProxy(`,"transport":` + transport + `,"headers":{"request":{"set":{"X-Forwarded-For":["1"]}}}`)), ""},
		{"long forms in Caddy", "c.json", caddySite(caddyDuo(`,"signature_version":2,"max_body":"64MiB"`), caddyProxy(caddyTLS)), heads},
		{"longer forms in Caddy", "c.json", caddySite(caddyDuo(`,"signature_version":2,"max_body":"128MiB"`), caddyProxy(caddyTLS)), "parameters" + heads},
		{"a key over plain http in Caddy", "c.json", caddySite(`{"handler":"carbonblack_sign","api_id":"ID1","api_secret_key":"{file./x}","host":["h.example"],"insecure_upstream":true,"upgrade":"refuse",`+
			`"browser":"deny","early_data":"refuse","keep_header":["X-App"],"allow":["GET /x"]}`, caddyProxy("")), heads},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, with, errs := faults(t, tt.file, tt.text, "--upgrade")
			var anchors []string
			for _, m := range regexp.MustCompile(`(?m): upgrade: .*\(docs/upgrade\.md#([a-z0-9-]+)\)$`).FindAllStringSubmatch(with, -1) {
				anchors = append(anchors, m[1])
			}
			want := strings.Fields(tt.anchors)
			slices.Sort(anchors)
			slices.Sort(want)
			if !slices.Equal(anchors, want) {
				t.Errorf("reported %q, want %q\n%s%s", anchors, want, with, errs)
			}
			before, without, _ := runCLI("", "check", tt.file)
			if status != before || strings.Contains(without, "upgrade: ") {
				t.Errorf("status %d, without --upgrade %d\n%s", status, before, without)
			}
		})
	}
}

func TestWhatDependsOnClientsIsReportedOnceForAFile(t *testing.T) {
	signer := "          duo:\n            integrationKey: DIX\n            secretKey: file:/x\n            host: h.example\n"
	two := traefikHead + signer + "    n:\n      plugin:\n        vendorsign:\n" + signer
	status, out, _ := faults(t, "d.yml", two, "--upgrade", "--strict")
	if status != 0 || strings.Count(out, "d.yml:6: upgrade: ") != 6 || strings.Count(out, "upgrade: ") != 6 ||
		!strings.HasSuffix(out, "\n2 signers in 1 file, no fault\n") {
		t.Errorf("status %d\n%s", status, out)
	}
	const want = "d.yml:6: upgrade: http.middlewares.m.plugin.vendorsign.duo: TLS early data is 425;" +
		" where it is wanted, write earlyData allow (docs/upgrade.md#early-data)\n"
	if !strings.Contains(out, want) {
		t.Errorf("%s has no %s", out, want)
	}
}

func TestUpgradesAreWrittenAsJSON(t *testing.T) {
	status, out, _ := faults(t, "d.yml", traefikSigner("duo", "integrationKey: DIX", "secretKey: file:/x", "forwarded: keep"), "--upgrade", "--format", "json")
	if status != 0 {
		t.Errorf("status %d\n%s", status, out)
	}
	levels := make(map[string]int)
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var f config.Fault
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		levels[f.Level]++
	}
	if len(levels) != 1 || levels["upgrade"] != 2 {
		t.Errorf("%v\n%s", levels, out)
	}
}

func TestTwoPatternsOverlapWhereOnePathFitsBoth(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"/a", "/a", true},
		{"/a", "/b", false},
		{"/a/*", "/a/b", true},
		{"/a/*", "/a/b/c", false},
		{"/a/**", "/a/b/c", true},
		{"/admin/v1/users", "/admin/*/users", true},
		{"/admin/v1/users", "/admin/*/integrations", false},
		{"/**", "/admin/*/integrations/**", true},
		{"/public_api/v1/incidents/get", "/**/invite", false},
		{"/public_api/**", "/**/invite", true},
		{"/a/*b", "/a/c*", true},
		{"/a/*b*", "/a/c", false},
		{"/*/x", "/**/y", false},
		{"", "**", true},
	} {
		if got := overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := overlap(tt.b, tt.a); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.b, tt.a, got, tt.want)
		}
	}
}

// upgradeRow is a change of docs/upgrade.md: its anchor, and whether --upgrade reports it.
var upgradeRow = regexp.MustCompile(`(?m)^\| <a id="([a-z0-9-]+)"></a>.*\| ([^|]+) \|$`)

func TestThePageOfUpgradesHasEveryChangeThatIsReportedAndNoOther(t *testing.T) {
	page, err := os.ReadFile("../docs/upgrade.md")
	if err != nil {
		t.Fatal(err)
	}
	reported := make(map[string]bool)
	for _, c := range append(slices.Clone(changes), handlerUnarmed, handlerChecks, handlerHTTP3, handlerModules, headersChange) {
		reported[c.anchor] = true
	}
	rows := 0
	for _, m := range upgradeRow.FindAllStringSubmatch(string(page), -1) {
		rows++
		if says := m[2] == "its line" || m[2] == "once a file" || m[2] == "its line, or once a file"; says != reported[m[1]] {
			t.Errorf("docs/upgrade.md says %q of %s, and --upgrade reports it: %v", m[2], m[1], reported[m[1]])
		}
		delete(reported, m[1])
	}
	for anchor := range reported {
		t.Errorf("docs/upgrade.md has no row %s", anchor)
	}
	if rows < 20 {
		t.Errorf("%d rows found", rows)
	}
}
