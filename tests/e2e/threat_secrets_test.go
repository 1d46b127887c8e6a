package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// canaries are secrets by the option that they stand for, none of which may show anywhere. They are what a scan finds:
// long, and in no other text.
var canaries = map[string]string{"secret_key": "canary-secret-key-8c1f4d7e", "api_key": "canary-api-key-55ab01c9f2", "token": "canary-token-a1b2c3d4e5f6"}

// shows looks for a text, plain and as encodings that logs and APIs write.
func shows(where, secret string) bool {
	for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)), url.QueryEscape(secret)} {
		if strings.Contains(where, form) {
			return true
		}
	}
	return false
}

// get asks again where the connection ends without an answer, as Caddy's do that are opened during a reload.
func get(t testing.TB, url, host string) string {
	t.Helper()
	var response *http.Response
	until(t, "an answer of "+url, func() (answered bool) {
		response, answered = tryGet(t, url, host)
		return answered
	})
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || len(body) == 0 {
		t.Fatalf("%s: %d with %d bytes, %v", url, response.StatusCode, len(body), err)
	}
	return string(body)
}

func tryGet(t testing.TB, url, host string) (*http.Response, bool) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	response, err := http.DefaultClient.Do(r)
	return response, err == nil
}

// Every place where a gateway tells about itself, at its most talkative, after requests that went well, were refused by
// the gateway and by the vendor, and found no upstream.
func TestASecretGivenByReferenceShowsNowhere(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		advanced, standard, token := find("duo").route(t, f), find("cortex-advanced").route(t, f), find("threatconnect-token").route(t, f)
		routes := []*route{advanced, standard, token}
		for _, r := range routes {
			for name, secret := range canaries {
				if _, ok := r.options[name]; ok {
					r.options[name] = secret
				}
			}
		}
		// The vendor of one knows its key; those of the others refuse it. One is not there.
		m := find("duo")
		m.options = m.options.with(options{"secret_key": canaries["secret_key"]})
		advanced.vendor = newVendor(t, "duo", m.credential(), nil)
		gone := *advanced
		gone.name, gone.vendor = "gone", &vendor{addr: "127.0.0.1:1"}
		routes = append(routes, &gone)
		admin := freePort(t)
		h := newHome(t)
		s := setup{form: f, home: h, routes: routes}
		s.global = fmt.Sprintf("\tdebug\n\tadmin 127.0.0.1:%d\n\tmetrics\n", admin)
		s.change = func(port int, static, dynamic object) {
			static["api"] = object{"debug": true}
			static["metrics"] = object{"prometheus": object{"manualRouting": true}}
			static["accessLog"] = object{"fields": object{"headers": object{"defaultMode": "keep"}}}
			for name, service := range map[string]string{"api": "api@internal", "metrics": "prometheus@internal"} {
				at(dynamic, "http", "routers")[name] = object{"rule": "Host(`" + name + ".test`)", "service": service}
			}
		}
		g := s.start(t)
		var pages strings.Builder
		for _, r := range routes {
			for _, in := range []request{
				{method: "GET", target: "/api?a=1"}, {method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")},
				{method: "GET", target: "/api", header: []string{"Origin: https://evil.example"}}, {method: "GET", target: "/api?a=%zz"},
			} {
				got := g.send(t, r, in)
				fmt.Fprintln(&pages, got.status, got.header, string(got.body))
			}
		}
		if a := advanced.vendor.since(0); len(a) < 2 || !a[0].answer.Accepted {
			t.Fatal("the canary is not what signs")
		}
		places := map[string]string{"what clients get": pages.String()}
		if f == traefik {
			for _, path := range []string{"/api/http/middlewares", "/api/rawdata", "/api/overview", "/api/http/routers", "/debug/vars", "/debug/pprof/cmdline"} {
				places[path] = get(t, "http://"+g.addr+path, "api.test")
			}
			places["/metrics"] = get(t, "http://"+g.addr+"/metrics", "metrics.test")
			if !strings.Contains(places["/api/rawdata"], "vendorsign") {
				t.Error("/api/rawdata does not show the middleware at all")
			}
		} else {
			for _, path := range []string{"/config/", "/metrics", "/debug/vars", "/debug/pprof/cmdline", "/reverse_proxy/upstreams"} {
				places[path] = get(t, fmt.Sprintf("http://127.0.0.1:%d%s", admin, path), "")
			}
			saved, err := os.ReadFile(filepath.Join(h.dir, "caddy", "autosave.json"))
			if err != nil {
				t.Fatal(err)
			}
			places["autosave.json"] = string(saved)
			if !strings.Contains(places["/config/"], "duo_sign") {
				t.Error("/config/ does not show the signer at all")
			}
		}
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", g.cmd.Process.Pid))
		if err == nil {
			places["process arguments"] = string(cmdline)
		}
		g.stop()
		places["log"] = g.log.String()
		for where, text := range places {
			for _, secret := range canaries {
				if shows(text, secret) {
					t.Errorf("%s shows a secret", where)
				}
			}
		}
		// reverse_proxy's debug log has the headers of a request as they were before it was signed.
		signature := advanced.vendor.since(0)[0].header.Get("Authorization")
		if seen := shows(places["log"], signature); seen {
			t.Errorf("the log shows the signature %q", signature) // Caddy redacts Authorization
		}
		if nonce := standard.vendor.since(0)[0].header.Get("X-Xdr-Nonce"); nonce == "" {
			t.Error("no nonce arrived")
		} else if shows(places["log"], nonce) {
			t.Error("at debug level the log shows the nonce")
		}
	})
}

// At the log level that gateways have by themselves, no signature and nothing of the signed text is logged.
func TestNoSignatureShowsAtTheNormalLogLevel(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		routes := []*route{find("darktrace").route(t, f), find("cortex-advanced").route(t, f), find("duo").route(t, f)}
		s := setup{form: f, routes: routes}
		s.change = func(port int, static, dynamic object) { static["log"] = object{} }
		s.global = "\tadmin off\n\tpersist_config off\n\tlog default {\n\t\tlevel INFO\n\t}\n"
		g := s.start(t)
		var values []string
		for _, r := range routes {
			a, _ := g.accepted(t, r, request{method: "POST", target: "/api?a=1", header: []string{asForm}, body: []byte("body=marker-77120")})
			for _, name := range []string{"Authorization", "Dtapi-Signature", "Dtapi-Token", "X-Xdr-Nonce"} {
				if v := a.header.Get(name); v != "" {
					values = append(values, v)
				}
			}
		}
		g.stop()
		if len(values) < 4 {
			t.Fatalf("only %d values to look for", len(values))
		}
		for _, v := range append(values, "marker-77120") {
			if shows(g.log.String(), v) {
				t.Errorf("the log shows %q", v)
			}
		}
	})
}

// The answers to a faulty configuration name the option. What would end a header or a log line is refused at load.
func TestControlCharactersInTheConfigurationAreRefused(t *testing.T) {
	t.Parallel()
	for _, f := range []form{caddyHandler, caddyTransport} {
		t.Run(string(f), func(t *testing.T) {
			for name, set := range map[string]options{
				"host":            {"host": "127.0.0.1\r\nX-Evil: 1"},
				"integration_key": {"integration_key": "DI1\nX-Evil: 1"},
				"secret_key":      {"secret_key": "abc\r\nX-Evil: 1"},
			} {
				h := newHome(t)
				r := &route{name: "faulty", signer: "duo", literal: true, vendor: &vendor{addr: "127.0.0.1:1"},
					options: duo.with(options{"host": "127.0.0.1", "insecure_upstream": true}).with(set)}
				port := freePort(t)
				isRefused(t, h, port, caddyfile(t, f, h, port, []*route{r}), name)
			}
			// A request cannot fill in where the credential goes.
			h := newHome(t)
			r := &route{name: "faulty", signer: "duo", literal: true, vendor: &vendor{addr: "127.0.0.1:1"},
				options: duo.with(options{"host": "{http.request.header.X-Host}", "insecure_upstream": true})}
			port := freePort(t)
			isRefused(t, h, port, caddyfile(t, f, h, port, []*route{r}), "host")
		})
	}
	h := newHome(t)
	good := find("cortex-standard").route(t, traefik)
	routes := []*route{good}
	for name, value := range map[string]string{"host": "127.0.0.1\r\nX-Evil: 1", "integration_key": "DI1\nX-Evil: 1", "secret_key": "abc\r\nX-Evil: 1"} {
		r := find("duo").route(t, traefik)
		r.name, r.literal, r.options = "faulty-"+strings.ReplaceAll(name, "_", "-"), true, r.options.with(options{name: value})
		routes = append(routes, r)
	}
	g := startIn(t, h, traefik, routes...)
	for _, r := range routes[1:] {
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound || r.vendor.bytes.Load() != 0 {
			t.Errorf("traefik, %s: answered %d", r.name, got.status)
		}
	}
}
