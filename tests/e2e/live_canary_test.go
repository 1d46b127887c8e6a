package e2e

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// aviary is a gateway with secrets of every kind and by every way to refer to one, and all that must show nowhere.
type aviary struct {
	home    *home
	routes  []*route
	tokens  []*tokenVendor
	secrets map[string]string // by what they are
	cortex  string            // a file that is replaced
	admin   int
}

func newAviary(t *testing.T, f form) *aviary {
	t.Helper()
	a := &aviary{home: newHome(t), secrets: map[string]string{}}
	add := func(signer, name string, more options) *route {
		if f == traefik {
			more = more.with(options{"observe": "on"})
		}
		r := keyRoute(t, f, signer, name, func(r *vendorsim.Request) *vendorsim.Answer { return nil }, more)
		r.literal = true
		a.routes = append(a.routes, r)
		return r
	}
	knows := func(r *route, known options) {
		r.vendor.judge(known.of(t, r.signer))
	}

	oldKey, newKey := options{"integration_key": "DICANARYOLD000000000", "secret_key": a.secret("duo, previous")}, options{"integration_key": "DICANARYNEW000000000", "secret_key": a.secret("duo")}
	r := add("duo", "c-duo", options{"integration_key": newKey.id(), "secret_key": a.env(f, "DUO", "duo"),
		"previous": options{"integration_key": oldKey.id(), "secret_key": a.file(t, "duo-old", "duo, previous")}})
	knows(r, oldKey)

	advanced := options{"api_key_id": "21", "api_key": a.secret("cortex")}
	a.cortex = filepath.Join(a.home.secrets, "cortex.json")
	overwrite(t, a.cortex, jsonText(t, advanced))
	old := filepath.Join(a.home.secrets, "cortex-old.json")
	overwrite(t, old, jsonText(t, options{"api_key_id": "20", "api_key": a.secret("cortex, previous")}))
	knows(add("cortex", "c-cortex", options{"credentials_file": a.cortex, "previous": options{"credentials_file": old}}), advanced)

	standard := options{"api_key_id": "22", "api_key": a.secret("cortex, standard"), "key_type": "standard"}
	knows(add("cortex", "c-standard", standard.with(options{"api_key": a.file(t, "standard", "cortex, standard")})), standard)
	appliance := options{"public_token": "canary-public", "private_token": a.secret("darktrace")}
	knows(add("darktrace", "c-darktrace", appliance.with(options{"private_token": a.file(t, "darktrace", "darktrace")})), appliance)
	cloud := options{"api_id": "CANARY0001", "api_secret_key": a.secret("carbonblack")}
	r = add("carbonblack", "c-carbonblack", cloud.with(options{"api_secret_key": a.env(f, "CB", "carbonblack")}))
	knows(r, cloud)
	missing := add("duo", "c-missing", options{"integration_key": "DIX", "secret_key": "{file." + filepath.Join(a.home.secrets, "missing") + "}"})
	knows(missing, newKey)
	gone := *r
	gone.name, gone.vendor = "c-gone", &vendor{addr: "127.0.0.1:1"}
	a.routes = append(a.routes, &gone)

	for _, m := range []tokenMode{
		{"tc", "threatconnect", "api_url", options{"token": "SVCTK:" + a.secret("threatconnect, first token")}},
		{"oauth", "carbonblack", "csp_url", options{"oauth_app_id": "app", "oauth_app_secret": a.secret("carbonblack, oauth")}},
	} {
		v := newTokenVendor(t, m, 0)
		r := v.route(f, m, "")
		for name, secret := range m.options {
			if name != "oauth_app_id" {
				file := filepath.Join(a.home.secrets, "token-"+m.name)
				overwrite(t, file, secret.(string)+"\n")
				r.options[name] = "{file." + file + "}"
			}
		}
		r.name, r.literal = "c-"+m.name, true
		a.routes, a.tokens = append(a.routes, r), append(a.tokens, v)
	}
	return a
}

// secret makes a secret that is found wherever it shows: long, and in no other text.
func (a *aviary) secret(name string) string {
	a.secrets[name] = fmt.Sprintf("canary%02dq7Xk2mVd9TzR4bNw8LpC", len(a.secrets))
	return a.secrets[name]
}

func (a *aviary) env(f form, name, secret string) string {
	a.home.env = append(a.home.env, "VENDORSIGN_CANARY_"+name+"="+a.secrets[secret])
	if f == traefik {
		return "env:VENDORSIGN_CANARY_" + name
	}
	return "{env.VENDORSIGN_CANARY_" + name + "}"
}

func (a *aviary) file(t testing.TB, name, secret string) string {
	file := filepath.Join(a.home.secrets, name)
	overwrite(t, file, a.secrets[secret]+"\n")
	return "{file." + file + "}"
}

// start runs the gateway at its most talkative. more are global options of Caddy.
func (a *aviary) start(t *testing.T, f form, more string) *gateway {
	t.Helper()
	a.admin = freePort(t)
	s := setup{form: f, home: a.home, routes: a.routes, global: fmt.Sprintf("\tadmin 127.0.0.1:%d\n\tmetrics\n", a.admin) + more}
	s.change = func(port int, static, dynamic object) {
		static["api"] = object{"debug": true}
		static["metrics"] = object{"prometheus": object{"manualRouting": true}}
		static["accessLog"] = object{"fields": object{"headers": object{"defaultMode": "keep"}}}
		for name, service := range map[string]string{"api": "api@internal", "metrics": "prometheus@internal"} {
			at(dynamic, "http", "routers")[name] = object{"rule": "Host(`" + name + ".test`)", "service": service}
		}
	}
	return s.start(t)
}

// live lets the gateway go through what makes it tell something, and returns all that clients got.
func (a *aviary) live(t *testing.T, g *gateway) string {
	t.Helper()
	var pages strings.Builder
	everywhere := func() {
		for _, r := range a.routes {
			for _, in := range []request{
				{method: "GET", target: "/api?a=1"}, {method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")},
				{method: "GET", target: "/api", header: []string{"Origin: https://evil.example"}}, {method: "GET", target: "/api?a=%zz"},
				{method: "GET", target: "/api", header: []string{"Authorization: Basic eDp5", "X-Auth-Token: mine"}},
			} {
				got := g.send(t, r, in)
				fmt.Fprintln(&pages, r.name, got.status, got.header, string(got.body))
			}
			if r.vendor.listener != nil { // an answer that ends early
				raw, _ := exchange(g.addr, string(request{method: "GET", target: "/api", header: []string{behave + ": " + behaveShort, "Connection: close"}}.head(r.name+".test")))
				pages.WriteString(raw)
			}
		}
	}
	everywhere()
	for _, name := range []string{"c-duo 200", "c-cortex 200", "c-standard 200", "c-darktrace 200", "c-carbonblack 200", "c-tc 200", "c-oauth 200", "c-missing 503", "c-gone 502"} {
		if !strings.Contains(pages.String(), name) {
			t.Fatalf("%s is not among the answers: the canary does not sing", name)
		}
	}
	g.says(t, serves, 1)

	// Content that cannot be used, and then another key.
	replace(t, a.cortex, `{"api_key_id": "23", "api_key": "`+a.secret("in a broken file")+`", nonsense`)
	r := a.routes[1]
	until(t, "the broken file", func() bool {
		g.send(t, r, request{method: "GET", target: "/api"})
		return strings.Contains(g.log.String(), "stays in use")
	})
	fresh := options{"api_key_id": "23", "api_key": a.secret("cortex, replaced")}
	replace(t, a.cortex, jsonText(t, fresh))
	r.vendor.judge(fresh.of(t, "cortex"))
	until(t, "the replaced file", func() bool { return g.send(t, r, request{method: "GET", target: "/api"}).status == http.StatusOK })

	// The vendors end the tokens, then all keys.
	for _, v := range a.tokens {
		v.kill()
	}
	everywhere()
	for _, r := range a.routes {
		if r.vendor.listener != nil {
			r.vendor.judge(options{"duo": duo, "darktrace": darktrace, "carbonblack": carbonBlack, "cortex": keys["cortex"].older}[r.signer].(options).of(t, r.signer))
		}
	}
	everywhere()
	for _, v := range a.tokens {
		v.down.Store(true)
		v.kill()
	}
	everywhere()
	return pages.String()
}

// all is what must show nowhere: secrets, tokens, and what was hashed together with a secret.
func (a *aviary) all(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, secret := range a.secrets {
		all[name] = secret
	}
	for _, v := range a.tokens {
		issued := v.tokens()
		if len(issued) < 2 {
			t.Errorf("only %d tokens were issued", len(issued))
		}
		for n, token := range issued {
			all[fmt.Sprintf("token %d of %s", n, v.URL)] = token
		}
	}
	for n, arrival := range a.routes[1].vendor.since(0) {
		if arrival.answer != nil && arrival.answer.Accepted {
			all[fmt.Sprintf("canonical text %d", n)] = a.secrets["cortex"] + arrival.header.Get("X-Xdr-Nonce") + arrival.header.Get("X-Xdr-Timestamp")
		}
	}
	return all
}

// places are what the gateway tells and writes, but for its log.
func (a *aviary) places(t *testing.T, g *gateway) map[string]string {
	t.Helper()
	places := map[string]string{}
	if g.form == traefik {
		for _, path := range []string{"/api/http/middlewares", "/api/rawdata", "/api/overview", "/api/http/routers", "/api/http/services",
			"/debug/vars", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
			places[path] = get(t, "http://"+g.addr+path, "api.test")
		}
		if len(a.routes) > 0 {
			places["one middleware"] = get(t, "http://"+g.addr+"/api/http/middlewares/"+a.routes[0].name+"@file", "api.test")
		}
		places["/metrics"] = get(t, "http://"+g.addr+"/metrics", "metrics.test")
	} else {
		for _, path := range []string{"/config/", "/vendorsign/", "/metrics", "/reverse_proxy/upstreams", "/debug/vars", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
			places[path] = get(t, fmt.Sprintf("http://127.0.0.1:%d%s", a.admin, path), "")
		}
		places["vendorsign status"] = a.run(t, "vendorsign", "status", "--address", fmt.Sprintf("127.0.0.1:%d", a.admin))
		places["adapt"] = a.run(t, "adapt", "--config", "Caddyfile")
	}
	config, suffix := "Caddyfile", ".test"
	if g.form == traefik {
		config, suffix = "dynamic.yml", ""
	}
	for _, r := range a.routes {
		for _, format := range []string{"--json=false", "--json"} {
			places["explain "+r.name+" "+format] = a.run(t, "vendorsign", "explain", r.signer, "--config", config, "--signer", r.name+suffix, "--url", "http://127.0.0.1/api?a=1", format)
		}
	}
	if cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", g.cmd.Process.Pid)); err == nil {
		places["process arguments"] = string(cmdline)
	}
	err := filepath.WalkDir(a.home.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == a.home.secrets {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if os.IsNotExist(err) { // it was a gateway's temporary one
				return nil
			}
			if err != nil {
				return err
			}
			places["the file "+strings.TrimPrefix(path, a.home.dir)] = string(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return places
}

// run runs a command of Caddy's where the gateway runs, whatever it returns.
func (a *aviary) run(t testing.TB, args ...string) string {
	t.Helper()
	command := exec.Command(caddyBin, args...)
	command.Dir, command.Env = a.home.dir, append([]string{"HOME=" + a.home.dir}, a.home.env...)
	out, _ := command.CombinedOutput()
	if len(out) == 0 {
		t.Errorf("%q prints nothing", args)
	}
	return string(out)
}

// Whatever a gateway prints, serves or writes, it shows no secret that it was given by reference, no token and no text that
// was hashed with a secret.
func TestNothingThatAGatewayTellsOrWritesShowsASecret(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		a := newAviary(t, f)
		g := a.start(t, f, "\tdebug\n")
		places := map[string]string{"what clients get": a.live(t, g)}
		for where, text := range a.places(t, g) {
			places[where] = text
		}
		for _, expected := range map[bool][]string{true: {"/api/rawdata", "the file /dynamic.yml"}, false: {"/config/", "/vendorsign/", "the file /caddy/autosave.json"}}[f == traefik] {
			if !strings.Contains(places[expected], "duo") {
				t.Errorf("%s shows no signer at all", expected)
			}
		}
		if explained := places["explain c-cortex --json=false"]; !strings.Contains(explained, "{api_key}") {
			t.Errorf("explain explains nothing: %s", explained)
		}
		g.stop()
		all := a.all(t)
		places["log"] = g.log.String()
		bytes := 0
		for where, text := range places {
			bytes += len(text)
			for what, secret := range all {
				if shows(text, secret) {
					t.Errorf("%s shows %s", where, what)
				}
			}
		}
		t.Logf("%d texts in %d places with %d bytes", len(all), len(places), bytes)
	})
}
