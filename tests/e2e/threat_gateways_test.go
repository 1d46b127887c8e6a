package e2e

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Who may use a credential is the gateway's own authentication in front of it. What the client proves itself with
// stays there.
func TestTheGatewaysOwnAuthenticationStandsInFront(t *testing.T) {
	const user, password = "reader", "client-password-31f0"
	eachForm(t, func(t *testing.T, f form) {
		reading := find("carbonblack").route(t, f)
		s := setup{form: f, home: newHome(t)}
		if f != traefik {
			hash, err := exec.Command(caddyBin, "hash-password", "--bcrypt-cost", "4", "--plaintext", password).Output()
			if err != nil {
				t.Fatal(err)
			}
			s.sites = func(port int) string {
				return s.site(t, port, reading, fmt.Sprintf("\tbasic_auth {\n\t\t%s %s\n\t}\n", user, strings.TrimSpace(string(hash))), reading.vendor.addr, "")
			}
		} else {
			s.routes = []*route{reading}
			sum := sha1.Sum([]byte(password))
			s.change = func(port int, static, dynamic object) {
				at(dynamic, "http", "middlewares")["people"] = object{"basicAuth": object{
					"users": []string{user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:])}, "headerField": "X-Forwarded-User",
				}}
				at(dynamic, "http", "routers", reading.name)["middlewares"] = []string{"people", reading.name}
			}
		}
		g := s.start(t)
		for _, lines := range [][]string{nil, {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":wrong"))}} {
			if got := g.send(t, reading, request{method: "GET", target: "/api", header: lines}); got.status != http.StatusUnauthorized {
				t.Errorf("without the password: answered %d", got.status)
			}
		}
		if n := reading.vendor.bytes.Load(); n != 0 {
			t.Errorf("%d bytes went to the vendor for nobody", n)
		}
		proof := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		a, _ := g.accepted(t, reading, request{method: "GET", target: "/api", header: []string{"Authorization: Basic " + proof}})
		for _, leak := range []string{proof, password, user, "Authorization"} {
			if strings.Contains(string(a.raw), leak) {
				t.Errorf("%q arrived:\n%s", leak, a.text())
			}
		}
	})
}

// What a vendor receives of the client and the gateway, in each form. What the gateway's proxy adds after the
// signature was made cannot be kept back.
func TestWhatTheVendorLearnsInEachForm(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		dropped := find("cortex-standard").route(t, f)
		kept := find("duo").route(t, f)
		kept.options["forwarded"] = "keep"
		verified := find("darktrace").route(t, f)
		g := start(t, f, dropped, kept, verified)
		headers := func(a *arrival) string {
			var names []string
			for _, name := range []string{"Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip", "Cdn-Loop", "Accept-Encoding", "User-Agent"} {
				if a.header.Get(name) != "" {
					names = append(names, name)
				}
			}
			return strings.Join(names, " ")
		}
		want := map[form][2]string{
			caddyHandler:   {"Cdn-Loop Accept-Encoding", "Via X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto Cdn-Loop Accept-Encoding"},
			caddyTransport: {"Cdn-Loop Accept-Encoding", "Via X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto Cdn-Loop Accept-Encoding"},
			traefik:        {"Cdn-Loop Accept-Encoding", "X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Server X-Real-Ip Cdn-Loop Accept-Encoding"},
		}[f]
		a, _ := g.accepted(t, dropped, request{method: "GET", target: "/api"})
		if got := headers(a); got != want[0] {
			t.Errorf("with forwarded drop: %q, want %q", got, want[0])
		}
		a, _ = g.accepted(t, kept, request{method: "GET", target: "/api"})
		if got := headers(a); got != want[1] {
			t.Errorf("with forwarded keep: %q, want %q", got, want[1])
		}
	})
}

// traefikWith is a Traefik with one route whose service differs.
func traefikWith(t *testing.T, r *route, change func(static, service object)) *gateway {
	t.Helper()
	return setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(port int, static, dynamic object) {
		change(static, at(dynamic, "http", "services", r.name, "loadBalancer"))
	}}.start(t)
}

// The service, which no middleware sees, can change the path and the Host after the signature was made. The vendor
// then refuses it: nothing but the documentation can prevent that.
func TestWhatATraefikServiceChangesAfterwardsIsRefusedByTheVendor(t *testing.T) {
	t.Parallel()
	t.Run("preservePath with a path in the server's url", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := traefikWith(t, r, func(_, service object) {
			service["servers"] = []object{{"url": r.upstream() + "/base", "preservePath": true}}
		})
		got := g.send(t, r, request{method: "GET", target: "/api"})
		if a := r.vendor.since(0); len(a) != 1 || a[0].target != "/base/api" || got.status != http.StatusUnauthorized {
			t.Errorf("answered %d; correct docs/wire.md: %+v", got.status, a)
		}
	})
	t.Run("preservePath without one", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := traefikWith(t, r, func(_, service object) { service["servers"] = []object{{"url": r.upstream(), "preservePath": true}} })
		g.accepted(t, r, request{method: "GET", target: "/api/a%2Fb"})
	})
	t.Run("a path in the server's url alone", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := traefikWith(t, r, func(_, service object) { service["servers"] = []object{{"url": r.upstream() + "/base"}} })
		if a, _ := g.accepted(t, r, request{method: "GET", target: "/api"}); a.target != "/api" {
			t.Errorf("arrived as %s", a.target)
		}
	})
	t.Run("passHostHeader false where the host is signed", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := traefikWith(t, r, func(_, service object) { service["passHostHeader"] = false })
		got := g.send(t, r, request{method: "GET", target: "/api"})
		if a := r.vendor.since(0); len(a) != 1 || a[0].host != r.vendor.addr || got.status != http.StatusUnauthorized {
			t.Errorf("answered %d; correct docs/wire.md", got.status)
		}
	})
	t.Run("passHostHeader false where the server's name is the host", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		r.options["host"] = r.vendor.addr
		g := traefikWith(t, r, func(_, service object) { service["passHostHeader"] = false })
		g.accepted(t, r, request{method: "GET", target: "/api"})
	})
	t.Run("a middleware behind that changes the path", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(port int, _, dynamic object) {
			at(dynamic, "http", "middlewares")["prefix"] = object{"addPrefix": object{"prefix": "/base"}}
			at(dynamic, "http", "routers", r.name)["middlewares"] = []string{r.name, "prefix"}
		}}.start(t)
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusUnauthorized {
			t.Errorf("answered %d; correct docs/wire.md", got.status)
		}
	})
	t.Run("a middleware in front that changes the path", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(port int, _, dynamic object) {
			at(dynamic, "http", "middlewares")["strip"] = object{"stripPrefix": object{"prefixes": []string{"/base"}}}
			at(dynamic, "http", "routers", r.name)["middlewares"] = []string{"strip", r.name}
		}}.start(t)
		if a, _ := g.accepted(t, r, request{method: "GET", target: "/base/api/a%2Fb"}); a.target != "/api/a%2Fb" {
			t.Errorf("arrived as %s", a.target)
		}
	})
	t.Run("a middleware in front that replaces the path, and tells which it was", func(t *testing.T) {
		r := find("duo").route(t, traefik)
		g := setup{form: traefik, home: newHome(t), routes: []*route{r}, change: func(port int, _, dynamic object) {
			at(dynamic, "http", "middlewares")["replace"] = object{"replacePathRegex": object{"regex": "^/internal-name(.*)", "replacement": "$1"}}
			at(dynamic, "http", "routers", r.name)["middlewares"] = []string{"replace", r.name}
		}}.start(t)
		a, _ := g.accepted(t, r, request{method: "GET", target: "/internal-name/api", header: []string{"X-Traefik-Router: 5f3a"}})
		if a.target != "/api" || strings.Contains(a.text(), "internal-name") || strings.Contains(a.text(), "5f3a") {
			t.Errorf("arrived: %s", a.text())
		}
	})
}

// What Traefik drops of a configuration, the plugin cannot refuse: an allow without a value permits every path, while one without an
// entry is refused.
func TestTraefikDropsAnOptionWithoutAValue(t *testing.T) {
	t.Parallel()
	r, empty := find("duo").route(t, traefik), find("duo").route(t, traefik)
	empty.name = "empty"
	g := setup{form: traefik, home: newHome(t), routes: []*route{r, empty}, change: func(port int, _, dynamic object) {
		at(dynamic, "http", "middlewares", r.name, "plugin", "vendorsign", "duo")["allow"] = nil
		at(dynamic, "http", "middlewares", empty.name, "plugin", "vendorsign", "duo")["allow"] = []string{}
	}}.start(t)
	g.accepted(t, r, request{method: "GET", target: "/api"})
	if got := g.send(t, empty, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound || empty.vendor.count() != 0 {
		t.Errorf("an empty list is answered %d", got.status)
	}
}

// What Traefik's entry point does to a target comes before the signature, however it is configured.
func TestTraefiksNormalisationComesBeforeTheSignature(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(entry object){
		"by default":                 func(object) {},
		"without sanitizePath":       func(entry object) { at(entry, "http")["sanitizePath"] = false },
		"with encodeQuerySemicolons": func(entry object) { at(entry, "http")["encodeQuerySemicolons"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			var routes []*route
			for _, name := range []string{"darktrace-iso", "duo", "threatconnect"} {
				routes = append(routes, find(name).route(t, traefik))
			}
			g := setup{form: traefik, home: newHome(t), routes: routes, change: func(port int, static, _ object) {
				change(at(static, "entryPoints", "web"))
			}}.start(t)
			for _, r := range routes {
				arrived := 0
				for _, target := range targets {
					before := r.vendor.count()
					exchangeRaw(t, g.addr, "GET "+target.sent+" HTTP/1.1\r\nHost: "+r.name+".test\r\nConnection: close\r\n\r\n")
					arrived += len(r.vendor.signedOrNothing(t, before, target.sent))
				}
				if arrived < len(targets)/2 {
					t.Errorf("%s: only %d of %d targets arrived", r.name, arrived, len(targets))
				}
			}
		})
	}
}

// fastProxy is Traefik's experiment without net/http. It sends what is signed, too, but no connection can be watched:
// plain http is not refused there.
func TestTraefiksFastProxySendsWhatIsSigned(t *testing.T) {
	t.Parallel()
	var routes []*route
	for _, name := range []string{"darktrace-iso", "duo", "threatconnect", "cortex-advanced"} {
		routes = append(routes, find(name).route(t, traefik))
	}
	ca := newAuthority(t)
	plain := find("carbonblack").route(t, traefik)
	plain.options = plain.options.with(options{"insecure_upstream": nil})
	const host = "defense.conferdeploy.example"
	wrong := &route{name: "wrong", signer: "carbonblack", options: plain.options.with(options{"host": host}), scheme: "https", ca: ca.file,
		serverName: "elsewhere.example", vendor: newVendor(t, "carbonblack", find("carbonblack").credential(), ca.leaf(t, "elsewhere.example"))}
	all := append([]*route{plain, wrong}, routes...)
	g := setup{form: traefik, home: newHome(t), routes: all, change: func(port int, static, _ object) {
		at(static, "experimental")["fastProxy"] = object{"debug": true}
	}}.start(t)
	for _, r := range routes {
		for _, target := range targets {
			before := r.vendor.count()
			exchangeRaw(t, g.addr, "GET "+target.sent+" HTTP/1.1\r\nHost: "+r.name+".test\r\nConnection: close\r\n\r\n")
			for _, a := range r.vendor.signedOrNothing(t, before, target.sent) {
				if a.header.Get("X-Traefik-Fast-Proxy") == "" {
					t.Fatalf("this is not the fast proxy:\n%s", a.text())
				}
			}
		}
		for _, in := range []request{
			{method: "POST", target: "/api?b=1", header: []string{asForm}, body: []byte("a=1&b=%2f")},
			{method: "POST", target: "/api?b=1", header: []string{asJSON}, body: []byte(`{"a":1}`), chunked: true},
			{method: "HEAD", target: "/api"},
		} {
			g.accepted(t, r, in)
		}
	}
	t.Run("plain http is not refused", func(t *testing.T) {
		if got := g.send(t, plain, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
			t.Errorf("answered %d: correct docs/wire.md", got.status)
		}
	})
	t.Run("https takes the ordinary proxy", func(t *testing.T) {
		if got := g.send(t, wrong, request{method: "GET", target: "/api"}); got.status < 500 || wrong.vendor.bytes.Load() != 0 {
			t.Errorf("answered %d, %d bytes went to the wrong server", got.status, wrong.vendor.bytes.Load())
		}
	})
}

// A label author is not the operator: with the gateway's own environment and files around, nothing of them can be
// named. (The faulty references themselves are in faults_test.go.)
func TestALabelAuthorReachesNoFileAndNoVariableOfTheGateway(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.env = append(h.env, "AWS_SECRET_ACCESS_KEY="+canary, "VENDORSIGN="+canary, "XVENDORSIGN_KEY="+canary)
	inside := filepath.Join(h.secrets, "inside")
	outside := filepath.Join(h.dir, "service-account-token")
	sibling := h.secrets + "-of-others"
	for _, dir := range []string{inside, sibling} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{outside, filepath.Join(sibling, "token")} {
		if err := os.WriteFile(file, []byte(canary), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": outside, "folder": h.dir, "relative": "../service-account-token"} {
		if err := os.Symlink(to, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	var routes []*route
	for i, reference := range []string{
		"env:AWS_SECRET_ACCESS_KEY", "{env.AWS_SECRET_ACCESS_KEY}", "env:VENDORSIGN", "env:XVENDORSIGN_KEY", "env:vendorsign_key", "env: VENDORSIGN_X",
		"file:" + outside, "{file." + outside + "}", "file:" + inside + "/link", "file:" + inside + "/relative", "file:" + inside + "/folder/service-account-token",
		"file:" + h.secrets + "/../service-account-token", "file:" + h.secrets + "/inside/../../service-account-token", "file:" + sibling + "/token",
		"file:/proc/self/environ", "file:/proc/self/root" + outside, "file://" + outside, "file:" + h.secrets + "/./../service-account-token",
	} {
		r := find("carbonblack").route(t, traefik) // whose header shows the secret as it is
		r.name, r.literal = fmt.Sprintf("author-%d", i), true
		r.options["api_secret_key"] = reference
		routes = append(routes, r)
	}
	g := startIn(t, h, traefik, routes...)
	for _, r := range routes {
		got := g.send(t, r, request{method: "GET", target: "/api"})
		want := http.StatusNotFound
		if strings.HasSuffix(r.options["api_secret_key"].(string), "/relative") {
			want = http.StatusServiceUnavailable // it leads to no file, which might come yet
		}
		if n := r.vendor.bytes.Load(); got.status != want || n != 0 {
			t.Errorf("%s: answered %d, and %d bytes went out", r.options["api_secret_key"], got.status, n)
		}
	}
	g.stop()
	if strings.Contains(g.log.String(), canary) {
		t.Error("the log shows what may not be read")
	}
}

// Duo shows and resets its secrets at endpoints that clients spell as they like.
func TestDuosCredentialEndpointsAreClosedInTrickySpellings(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		wide := find("duo").route(t, f)
		wide.options["allow"] = []string{"GET|POST", "/admin/**"}
		if f == traefik {
			wide.options["allow"] = []string{"GET|POST /admin/**"}
		}
		open := find("duo-4").route(t, f)
		plain := find("duo-x-duo-date").route(t, f)
		open.options["allow_credential_endpoints"] = true
		g := start(t, f, wide, plain, open)
		for _, r := range []request{
			{method: "GET", target: "/admin/v1/integrations/DI1/skey"},
			{method: "GET", target: "/admin/v3/integrations/DI1/skey?x=1"},
			{method: "GET", target: "/admin/v1/integrations/DI1/SKEY"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%73%6b%65%79"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%2573key"},
			{method: "GET", target: "/admin/v1/integrations/DI1//skey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/./skey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/x/../skey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/x/%2e%2e/skey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey/"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey;x=y"},
			{method: "GET", target: "/admin/v1/integrations/DI1;a=b/skey"},
			{method: "GET", target: "/admin/v1/integrations/DI1%2fskey"},
			{method: "GET", target: "/admin/v1/integrations%2FDI1/skey"},
			{method: "GET", target: `/admin/v1/integrations/DI1\skey`},
			{method: "GET", target: "//admin/v1/integrations/DI1/skey"},
			{method: "GET", target: "/x/../admin/v1/integrations/DI1/skey"},
			{method: "GET", target: "/admin/v1/integrations"},
			{method: "GET", target: "/admin/v1/integrations/DI1"},
			{method: "POST", target: "/admin/v2/integrations/DI1", body: []byte("reset_secret_key=1")},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey%3f"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey%23"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey."},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey%2e"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey.json"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey%20HTTP/1.1"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey%0d%0a"},
			{method: "GET", target: "/admin/v1/integrations/DI1/s%e2%80%8bkey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%ef%bd%93key"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%c5%bfkey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/s%e2%84%aaey"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%e0%81%b3key"},
			{method: "GET", target: "/admin/v1/integrations/DI1/%f0%80%81%b3key"},
			{method: "GET", target: "/admin/v1/integrations/DI1/skey;x=/../.."},
			{method: "GET", target: "/admin/v1/integrations/DI1/%u0073key"},
			{method: "GET", target: "/x%20HTTP/1.1%0d%0a%0d%0aGET%20/admin/v1/integrations/DI1/skey"},
			{method: "GET", target: "/admin/v3/integrations/oauth_cc/DI1/client_secret/c1"},
			{method: "POST", target: "/admin/v3/integrations", body: []byte("type=adminapi")},
			{method: "POST", target: "/admin/v3/integrations%3f", body: []byte("type=adminapi")},
			{method: "POST", target: "/admin/v1/admins/activations", body: []byte("email=x")},
			{method: "POST", target: "/admin/v1/users/DU1/bypass_codes", body: []byte("count=1")},
		} {
			for _, closed := range []*route{wide, plain} {
				before := closed.vendor.bytes.Load()
				got := g.send(t, closed, r)
				if closed.vendor.bytes.Load() != before || got.status != http.StatusForbidden && got.status != http.StatusBadRequest {
					t.Errorf("%s: %s %s: answered %d", closed.name, r.method, r.target, got.status)
				}
			}
		}
		g.accepted(t, wide, request{method: "GET", target: "/admin/v1/users"})
		g.accepted(t, wide, request{method: "GET", target: "/admin/v1/users/a%20b%40c"})
		g.accepted(t, plain, request{method: "GET", target: "/admin/v1/admins"})
		g.accepted(t, open, request{method: "GET", target: "/admin/v1/integrations/DI1/skey"})
	})
}
