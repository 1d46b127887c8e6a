package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// A wrong secret in Traefik, whose operator did not ask to observe: the first refusal is told, once.
func TestTraefikTellsTheFirstRefusalWithoutObserve(t *testing.T) {
	t.Parallel()
	route := find("duo").route(t, traefik)
	route.options = route.options.with(options{"secret_key": "wrong-canary-" + strings.Repeat("w", 27)})
	g := start(t, traefik, route)
	for range 3 {
		if got := g.send(t, route, request{method: "GET", target: "/admin/v1/users"}); got.status != 401 {
			t.Errorf("answered %d", got.status)
		}
	}
	g.says(t, "the vendor refused a signed request with 401: F signature", 1)
}

// In Caddy the examples of help call Caddy, and the version has a flag.
func TestCaddysHelpCallsCaddy(t *testing.T) {
	for _, command := range []string{"check", "sign", "explain", "diagnose", "probe", "proxy", "simulate"} {
		out, err := exec.Command(caddyBin, "vendorsign", command, "--help").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "$ caddy vendorsign "+command) || strings.Contains(string(out), "$ vendorsign") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	out, err := exec.Command(caddyBin, "vendorsign", "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), "vendorsign ") {
		t.Errorf("%v %s", err, out)
	}
}
