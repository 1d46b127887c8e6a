package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bare is a route whose header shows the secret as it is, for a host.
func bare(t testing.TB, name, host string) *route {
	t.Helper()
	r := find("cortex-standard").route(t, traefik)
	r.name = name
	r.options["host"] = host
	return r
}

// Whoever writes a label has a server, and knows the names of the operator's secrets.
func TestALabelAuthorSendsNoSecretToAHostOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	good, plainOnly := bare(t, "good", "127.0.0.1"), find("duo").route(t, traefik)
	good.options["host"] = good.vendor.addr
	plainOnly.name, plainOnly.options["host"] = "plain-only", plainOnly.vendor.addr
	mine := newVendor(t, "cortex", map[string]string{"api_key_id": "1", "api_key": canary}, nil)
	file := h.put(t, "tenant.json", options{"api_key_id": "1", "api_key": canary, "key_type": "standard", "host": good.vendor.addr})
	h.env = append(h.env[:2], "VENDORSIGN_MINE="+mine.addr, "VENDORSIGN_SECRET="+canary,
		"VENDORSIGN_ALLOWED_HOSTS="+good.vendor.addr+",*.tenants.example, "+plainOnly.vendor.addr, "VENDORSIGN_INSECURE_UPSTREAM="+good.vendor.addr)
	refused := map[string]options{
		"own-host":             {"host": mine.addr},
		"own-host-among-good":  {"host": []string{good.vendor.addr, mine.addr}},
		"own-host-in-list":     {"host": good.vendor.addr + "," + mine.addr},
		"own-host-by-variable": {"host": "env:VENDORSIGN_MINE"},
		"secret-for-host":      {"host": "env:VENDORSIGN_SECRET"},
		"list-for-host":        {"host": "env:VENDORSIGN_ALLOWED_HOSTS"},
		"list-for-secret":      {"api_key": "env:VENDORSIGN_INSECURE_UPSTREAM"},
		"without-port":         {"host": "127.0.0.1"},
		"two-labels":           {"host": "a.b.tenants.example"},
		"the-name-itself":      {"host": "tenants.example"},
		"file-as-a-header":     {"api_key": "file:" + file},
		"file-elsewhere":       {"credentials_file": file, "api_key_id": nil, "api_key": nil, "key_type": nil, "host": mine.addr},
		"file-as-previous":     {"host": plainOnly.vendor.addr, "previous": options{"credentials_file": file}},
		"plain-where-verified": {"host": plainOnly.vendor.addr},
		"plain-below-a-name":   {"host": "a.tenants.example"},
	}
	var routes []*route
	for name, set := range refused {
		r := bare(t, name, good.vendor.addr)
		r.literal, r.vendor, r.options = true, mine, r.options.with(options{"api_key": "env:VENDORSIGN_SECRET"}).with(set)
		routes = append(routes, r)
	}
	own := *good // a service of the author's behind a middleware that is as it should be
	own.name, own.vendor = "own-service", mine
	for _, url := range []string{"http://" + mine.addr, "https://" + mine.addr, "http://169.254.169.254", "https://localhost:1", "https://[::1]:1"} {
		csp := find("carbonblack").route(t, traefik)
		csp.name, csp.literal, csp.vendor = fmt.Sprintf("token-%d", len(routes)), true, mine
		csp.options = options{"csp_api_token": "env:VENDORSIGN_SECRET", "csp_url": url, "host": good.vendor.addr, "insecure_upstream": true}
		routes = append(routes, csp)
		proxied := *csp
		proxied.name = "proxy" + csp.name
		proxied.options = csp.options.with(options{"csp_url": "https://" + good.vendor.addr, "token_proxy": url})
		routes = append(routes, &proxied)
	}
	g := startIn(t, h, traefik, append(routes, good, &own)...)
	for _, r := range routes {
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound {
			t.Errorf("%s: answered %d", r.name, got.status)
		}
	}
	g.accepted(t, good, request{method: "GET", target: "/api"})
	if got := g.send(t, &own, request{method: "GET", target: "/api"}); got.status/100 == 2 {
		t.Errorf("own-service: answered %d", got.status)
	}
	if n := mine.bytes.Load(); n != 0 {
		t.Errorf("%d bytes came to the author's server", n)
	}
	g.stop()
	if log := g.log.String(); strings.Contains(log, canary) {
		t.Error("the log shows a secret")
	} else if !strings.Contains(log, "host is not among the hosts of VENDORSIGN_ALLOWED_HOSTS") || !strings.Contains(log, "cspUrl is not among the hosts of VENDORSIGN_ALLOWED_HOSTS") {
		t.Error("the log does not say why")
	} else if strings.Contains(log, "whoever writes a label") {
		t.Error("a warning came though the hosts are listed")
	}
}

// Without lists most loads as it did, with one warning a start; a secret as it is over plain http does not, nor a token
// service inside.
func TestWithoutListsOneWarningTellsWhatToAdd(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.env = h.env[:2] // no lists
	one, two := find("duo").route(t, traefik), find("darktrace").route(t, traefik)
	plain := bare(t, "bare", "api.cortex.example")
	inside := find("carbonblack").route(t, traefik)
	inside.name, inside.options = "inside", options{"csp_api_token": "csp-token-" + canary, "csp_url": "http://" + inside.vendor.addr, "host": "api.example"}
	g := startIn(t, h, traefik, one, two, plain, inside)
	g.accepted(t, one, request{method: "GET", target: "/api"})
	g.accepted(t, two, request{method: "GET", target: "/api"})
	for _, r := range []*route{plain, inside} {
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound || r.vendor.bytes.Load() != 0 {
			t.Errorf("%s: answered %d", r.name, got.status)
		}
	}
	g.stop()
	log := g.log.String()
	if n := strings.Count(log, "anyone who writes a label can have the gateway's secrets sent to any host"); n != 1 {
		t.Errorf("%d warnings", n)
	}
	if !strings.Contains(log, "VENDORSIGN_ALLOWED_HOSTS=api.duo.example VENDORSIGN_INSECURE_UPSTREAM=api.duo.example") && !strings.Contains(log, "VENDORSIGN_ALLOWED_HOSTS=api.darktrace.example VENDORSIGN_INSECURE_UPSTREAM=api.darktrace.example") {
		t.Error("the warning does not say what to add")
	}
}

func TestABrokenVariableOfTheOperatorClosesEveryRouter(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"VENDORSIGN_ALLOWED_HOSTS=", "VENDORSIGN_ALLOWED_HOSTS=https://api.duo.example", "VENDORSIGN_ALLOWED_HOSTS=*", "VENDORSIGN_INSECURE_UPSTREAM=,", "VENDORSIGN_BINDINGS=/nowhere"} {
		h := newHome(t)
		h.env = append(h.env[:2], broken)
		r := find("duo").route(t, traefik)
		g := startIn(t, h, traefik, r)
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound || r.vendor.bytes.Load() != 0 {
			t.Errorf("%s: answered %d", broken, got.status)
		}
		name, _, _ := strings.Cut(broken, "=")
		g.says(t, name+": ", 1)
	}
}

func TestABoundSecretIsOfNoUseElsewhere(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	good := bare(t, "good", "127.0.0.1")
	good.options["host"], good.literal = good.vendor.addr, true
	known := find("cortex-standard").credential()
	h.referred = append(h.referred, canary)
	for _, tenant := range []string{"a", "b"} {
		if err := os.MkdirAll(filepath.Join(h.secrets, "tenants", tenant), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(h.secrets, "tenants/a/key")
	overwrite(t, secret, known["api_key"])
	overwrite(t, filepath.Join(h.secrets, "tenants/b/key"), canary)
	bindings := h.put(t, "bindings.json", options{
		"file:" + filepath.Join(h.secrets, "tenants/a/*"): object{"vendor": "cortex", "hosts": []string{good.vendor.addr}},
		"file:" + filepath.Join(h.secrets, "*"):           object{"vendor": "cortex", "hosts": []string{good.vendor.addr}},
	})
	good.options["api_key"] = "file:" + secret
	h.env = append(h.env[:2], "VENDORSIGN_BINDINGS="+bindings, "VENDORSIGN_INSECURE_UPSTREAM=127.0.0.1", "VENDORSIGN_ID=1")
	mine := newVendor(t, "cortex", map[string]string{"api_key_id": "1", "api_key": canary}, nil)
	var routes []*route
	for name, set := range map[string]options{
		"elsewhere":     {"host": mine.addr},
		"as-an-id":      {"api_key_id": "file:" + secret, "host": mine.addr},
		"unlisted":      {"api_key": "file:" + filepath.Join(h.secrets, "tenants/b/key")},
		"a-variable":    {"api_key_id": "env:VENDORSIGN_ID"},
		"the-bindings":  {"api_key": "file:" + bindings},
		"before-it":     {"api_key": "mine", "host": mine.addr, "previous": options{"api_key_id": "1", "api_key": "file:" + secret, "key_type": "standard"}},
		"up-and-across": {"api_key": "file:" + filepath.Join(h.secrets, "tenants/a") + "/../b/key"},
	} {
		r := *good
		r.name, r.vendor, r.options = name, mine, good.options.with(set)
		routes = append(routes, &r)
	}
	other := find("carbonblack").route(t, traefik)
	other.name, other.literal, other.vendor, other.options = "another-vendor", true, mine, options{"api_id": "A", "api_secret_key": "file:" + secret, "host": good.vendor.addr, "insecure_upstream": true}
	g := startIn(t, h, traefik, append(routes, good, other)...)
	for _, r := range append(routes, other) {
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound {
			t.Errorf("%s: answered %d", r.name, got.status)
		}
	}
	g.accepted(t, good, request{method: "GET", target: "/api"})
	if n := mine.bytes.Load(); n != 0 {
		t.Errorf("%d bytes came to the author's server", n)
	}
}
