package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each change that can be seen in a configuration is told of one that will notice it, at its line, and not of one that will not.
func TestCheckTellsWhatAConfigurationNoticesOfANewVersion(t *testing.T) {
	const head = "http:\n  middlewares:\n    m:\n      plugin:\n        vendorsign:\n"
	duo := func(lines ...string) string {
		return head + "          duo:\n            integrationKey: DIX\n            secretKey: file:/x\n            host: h.example\n            upgrade: refuse\n            browser: deny\n            earlyData: refuse\n" +
			strings.Join(lines, "")
	}
	carbonBlack := func(key string, lines ...string) string {
		return head + "          carbonblack:\n            " + key + "\n            host: h.example\n            upgrade: refuse\n            browser: deny\n            earlyData: refuse\n" + strings.Join(lines, "")
	}
	const key, bearer = "apiId: ID1\n            apiSecretKey: file:/x", "cspApiToken: file:/x"
	for _, tt := range []struct{ name, text, anchor string }{
		{"nothing", duo(), ""},
		{"a key over plain http", carbonBlack(key, "            insecureUpstream: true\n"), "insecure-upstream"},
		{"a signature over plain http", duo("            insecureUpstream: true\n"), ""},
		{"a key over https", carbonBlack(key), ""},
		{"a token service inside", carbonBlack(bearer, "            cspUrl: https://10.1.2.3\n"), "private-addresses"},
		{"a token service outside", carbonBlack(bearer, "            cspUrl: https://csp.example\n"), ""},
		{"a credentials file", head + "          duo:\n            credentialsFile: /run/secrets/duo.json\n            upgrade: refuse\n            browser: deny\n            earlyData: refuse\n", "credentials-files"},
		{"a list that makes credentials", duo("            allow: POST /admin/v1/integrations\n"), "guards"},
		{"the same, permitted", duo("            allow: POST /admin/v1/integrations\n", "            allowCredentialEndpoints: true\n"), ""},
		{"a list that reads", duo("            allow: GET /admin/v1/users\n"), ""},
		{"a list with DELETE", duo("            allow: DELETE /admin/v1/phones/*\n"), "bodies"},
		{"headers that are kept", duo("            forwarded: keep\n"), "headers"},
		{"headers that are dropped", duo("            forwarded: drop\n"), ""},
		{"a rate and a credential before", duo("            rate: 2/1m\n", "            previous:\n              integrationKey: DIY\n              secretKey: file:/y\n"), "previous"},
		{"a rate alone", duo("            rate: 2/1m\n"), ""},
		{"WebSockets", strings.Replace(duo(), "            upgrade: refuse\n", "", 1), "upgrades"},
		{"pages", strings.Replace(duo(), "            browser: deny\n", "", 1), "browsers"},
		{"early data", strings.Replace(duo(), "            earlyData: refuse\n", "", 1), "early-data"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := t.TempDir() + "/d.yml"
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var told []string
			status, with, errs := runCLI("", "check", "--upgrade", file)
			for _, line := range strings.Split(with, "\n") {
				if strings.Contains(line, ": upgrade: ") {
					told = append(told, line)
				}
			}
			if tt.anchor == "" && len(told) > 0 || tt.anchor != "" && (len(told) != 1 || !strings.HasSuffix(told[0], "(docs/upgrade.md#"+tt.anchor+")")) {
				t.Errorf("told %q, want %q\n%s", told, tt.anchor, errs)
			}
			before, without, _ := runCLI("", "check", file)
			if status != before || strings.Contains(without, "upgrade: ") {
				t.Errorf("status %d, without --upgrade %d\n%s", status, before, without)
			}
		})
	}
}

func TestEveryChangeHasItsRowInThePageOfUpgrades(t *testing.T) {
	page, err := os.ReadFile("../docs/upgrade.md")
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, m := range regexp.MustCompile(`<a id="([a-z0-9-]+)">`).FindAllStringSubmatch(string(page), -1) {
		anchors = append(anchors, m[1])
	}
	for _, c := range changes {
		if !slices.Contains(anchors, c.anchor) {
			t.Errorf("docs/upgrade.md has no row %s", c.anchor)
		}
	}
}
