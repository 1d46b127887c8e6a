package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load gives Caddy another configuration, over its admin API. That is replaced by each load, too, and closes
// connections that have just been opened.
func load(t testing.TB, admin int, config string) (status int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		r, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/load", admin), strings.NewReader(config))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "text/caddyfile")
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
			return response.StatusCode
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// holding is what a process holds of what a leak would fill.
type holding struct {
	files, routines int
	heap            int64 // after a collection
}

// holds asks a gateway, whose profiles profile reads.
func (g *gateway) holds(t testing.TB, profile func(name string) string) (h holding) {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", g.cmd.Process.Pid))
	if err != nil {
		t.Skip("this system does not tell what files a process has open")
	}
	h.files = len(entries)
	number := func(profile, pattern string) int64 {
		found := regexp.MustCompile(pattern).FindStringSubmatch(profile)
		if found == nil {
			t.Fatalf("%s is not in the profile: %.100s", pattern, profile)
		}
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	h.routines = int(number(profile("goroutine?debug=1"), `total (\d+)`))
	h.heap = number(profile("heap?gc=1&debug=1"), `# HeapAlloc = (\d+)`)
	return h
}

// keepsNothing waits until a gateway holds no more than it did, but for what the last requests need: what old
// configurations hold ends soon after the last request through them.
func (g *gateway) keepsNothing(t testing.TB, profile func(name string) string, before holding, changes int) {
	t.Helper()
	most := int64(changes) * 16 << 10 // for each 16 KiB, and one configuration has more
	var now holding
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		http.DefaultClient.CloseIdleConnections()
		now = g.holds(t, profile)
		if now.files < before.files+40 && now.routines < before.routines+80 && now.heap < before.heap+most {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("it holds %+v, before %+v", now, before)
			break
		}
	}
	t.Logf("files %d, goroutines %d, heap %+d KiB; before: files %d, goroutines %d", now.files, now.routines, (now.heap-before.heap)>>10, before.files, before.routines)
}

// status is what a request is answered with. Caddy's server closes connections that were opened during a reload.
func (g *gateway) status(t testing.TB, r *route) (status int) {
	t.Helper()
	until(t, "an answer", func() bool {
		answer, _ := exchange(g.addr, "GET /api HTTP/1.1\r\nHost: "+r.name+".test\r\nConnection: close\r\n\r\n")
		_, err := fmt.Sscanf(answer, "HTTP/1.1 %d", &status)
		return err == nil
	})
	return status
}

// hammer sends requests to the routes until stop is called, which returns how many there were and what went wrong.
func hammer(t *testing.T, g *gateway, routes []*route) (stop func() int64) {
	t.Helper()
	var sent atomic.Int64
	done := make(chan struct{})
	var workers sync.WaitGroup
	for n := range 6 {
		route := routes[n%len(routes)]
		workers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for _, r := range []request{{method: "GET", target: "/api?b=1&a=2"}, {method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")}} {
					got, err := exchange(g.addr, string(append(request{method: r.method, target: r.target, header: append(r.header, "Connection: close"), body: r.body}.head(route.name+".test"), r.body...)))
					if got == "" { // Caddy's server closes connections that have just been opened
						continue
					}
					if err != nil || !strings.HasPrefix(got, "HTTP/1.1 200 ") {
						t.Errorf("%s during a reload: %.100q, %v", route.name, got, err)
						return
					}
					sent.Add(1)
				}
			}
		})
	}
	return func() int64 {
		close(done)
		workers.Wait()
		return sent.Load()
	}
}

// Reloads while requests run: none is lost, none goes out unsigned, and nothing is left behind.
func TestCaddyReloadsUnderLoadAndKeepsNothing(t *testing.T) {
	const reloads = 1000
	eachCaddy(t, func(t *testing.T, f form) {
		routes := []*route{find("cortex-advanced").route(t, f), find("duo").route(t, f), find("darktrace").route(t, f)}
		admin := freePort(t)
		s := setup{form: f, home: newHome(t), global: fmt.Sprintf("\tadmin 127.0.0.1:%d\n\tpersist_config off\n\tgrace_period 1m\n", admin)}
		s.upstream = "\t\t\tkeepalive 1s\n" // what is kept for the next request is no leak
		s.sites = func(port int) (sites string) {
			for _, r := range routes {
				sites += s.site(t, port, r, "", r.vendor.addr, "")
			}
			return sites
		}
		g := s.start(t)
		data, err := os.ReadFile(filepath.Join(s.home.dir, "Caddyfile"))
		if err != nil {
			t.Fatal(err)
		}
		reload := func(i int) {
			t.Helper()
			config := string(data) + fmt.Sprintf("http://reload-%d.test:1%04d {\n}\n", i, i)
			config = strings.ReplaceAll(config, "\treverse_proxy", fmt.Sprintf("\theader X-Reload %d\n\treverse_proxy", i))
			if status := load(t, admin, strings.ReplaceAll(config, fmt.Sprintf(":1%04d", i), ":"+strings.TrimPrefix(g.addr, "127.0.0.1:"))); status != http.StatusOK {
				t.Fatalf("reload %d: %d", i, status)
			}
		}
		profile := func(name string) string {
			return get(t, fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/%s", admin, name), "")
		}
		for i := range 20 {
			reload(reloads + i)
			if got := g.status(t, routes[i%3]); got != http.StatusOK {
				t.Fatalf("one of the first requests is answered %d", got)
			}
		}
		before := g.holds(t, profile)
		stop := hammer(t, g, routes)
		for i := range reloads {
			reload(i)
		}
		sent := stop()
		for _, r := range routes {
			r.vendor.signedOrNothing(t, 0, "during reloads")
		}
		if sent < reloads/10 {
			t.Errorf("only %d requests ran during %d reloads", sent, reloads)
		}
		t.Logf("%d requests during %d reloads", sent, reloads)
		g.keepsNothing(t, profile, before, reloads)
	})
}

func TestTraefikReloadsUnderLoadAndKeepsNothing(t *testing.T) {
	reloads := often(1000)
	routes := []*route{find("cortex-advanced").route(t, traefik), find("duo").route(t, traefik), find("darktrace").route(t, traefik)}
	s := setup{form: traefik, home: newHome(t), routes: routes}
	var dynamicNow object
	s.change = func(port int, static, dynamic object) {
		static["api"], static["log"] = object{"debug": true}, object{}
		static["providers"] = object{"providersThrottleDuration": "1ms", "file": object{"directory": s.home.dir + "/dynamic", "watch": true}}
		at(dynamic, "http", "routers")["api"] = object{"rule": "Host(`api.test`)", "service": "api@internal"}
		dynamicNow = dynamic
		publish(t, s.home, dynamic)
	}
	g := s.start(t)
	profile := func(name string) string { return get(t, "http://"+g.addr+"/debug/pprof/"+name, "api.test") }
	reload := func(i int) {
		t.Helper()
		name := fmt.Sprintf("reload-%d", i)
		delete(at(dynamicNow, "http", "routers"), fmt.Sprintf("reload-%d", i-1))
		at(dynamicNow, "http", "routers")[name] = object{"rule": "Host(`" + name + ".test`)", "service": "ping@internal"}
		// Another value of an option makes Traefik call New for the middleware again.
		at(dynamicNow, "http", "middlewares", "duo", "plugin", "vendorsign", "duo")["maxBody"] = fmt.Sprintf("%dKiB", 100+i)
		publish(t, s.home, dynamicNow)
		until(t, name, func() bool {
			answer, err := exchange(g.addr, "GET /ping HTTP/1.1\r\nHost: "+name+".test\r\nConnection: close\r\n\r\n")
			return err == nil && strings.HasPrefix(answer, "HTTP/1.1 200 ")
		})
	}
	for i := range 20 {
		reload(i)
		isOK(t, "the first requests", g.send(t, routes[i%3], request{method: "GET", target: "/api"}))
	}
	before := g.holds(t, profile)
	stop := hammer(t, g, routes)
	for i := range reloads {
		reload(20 + i)
	}
	sent := stop()
	for _, r := range routes {
		r.vendor.signedOrNothing(t, 0, "during reloads")
	}
	if sent < int64(reloads) {
		t.Errorf("only %d requests ran during %d reloads", sent, reloads)
	}
	t.Logf("%d requests during %d reloads", sent, reloads)
	g.keepsNothing(t, profile, before, reloads)
}

// watching has Traefik watch a folder in which publish puts the dynamic configuration, which now has then.
func watching(t testing.TB, h *home, now *object) func(port int, static, dynamic object) {
	return func(_ int, static, dynamic object) {
		static["providers"] = object{"providersThrottleDuration": "10ms", "file": object{"directory": h.dir + "/dynamic", "watch": true}}
		*now = dynamic
		publish(t, h, dynamic)
	}
}

// publish replaces Traefik's configuration at once, so that it never reads half of it.
func publish(t testing.TB, h *home, dynamic object) {
	t.Helper()
	dir := filepath.Join(h.dir, "dynamic")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(h.dir, "next.yml")
	writeYAML(t, next, dynamic)
	if err := os.Rename(next, filepath.Join(dir, "dynamic.yml")); err != nil {
		t.Fatal(err)
	}
}

// A secret's file that is gone, empty, half written or has a line end of Windows. In Caddy the old configuration
// serves on. Traefik has no such thing: that router is gone until the next good configuration, and the others stay.
func TestAReloadWithABadSecretFileSignsNothingWrong(t *testing.T) {
	good := duo["secret_key"].(string)
	bad := map[string]func(file string) error{
		"gone":       os.Remove,
		"empty":      func(file string) error { return os.WriteFile(file, nil, 0o600) },
		"a line end": func(file string) error { return os.WriteFile(file, []byte("\n"), 0o600) },
		"two lines":  func(file string) error { return os.WriteFile(file, []byte(good+"\n"+good+"\n"), 0o600) },
		"white space": func(file string) error {
			return os.WriteFile(file, []byte(" "+good), 0o600)
		},
	}
	eachForm(t, func(t *testing.T, f form) {
		first, other := find("duo").route(t, f), find("cortex-standard").route(t, f)
		both := []*route{first, other}
		route, h := first, newHome(t)
		file := filepath.Join(h.secrets, "rotated")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(good + "\r\n")
		route.literal, route.options["secret_key"], route.options["require_secrets"] = true, "{file."+file+"}", true
		admin := freePort(t)
		s := setup{form: f, home: h, routes: both, global: fmt.Sprintf("\tadmin 127.0.0.1:%d\n\tpersist_config off\n", admin)}
		var dynamicNow object
		s.change = watching(t, h, &dynamicNow)
		g := s.start(t)
		g.accepted(t, route, request{method: "GET", target: "/api"})
		times := 0
		// reload reports whether the new configuration serves.
		reload := func() bool {
			t.Helper()
			times++
			if f != traefik {
				config, err := os.ReadFile(filepath.Join(h.dir, "Caddyfile"))
				if err != nil {
					t.Fatal(err)
				}
				return load(t, admin, string(config)+fmt.Sprintf("# %d\n", times)+fmt.Sprintf("http://times-%d.test:%s {\n}\n", times, strings.TrimPrefix(g.addr, "127.0.0.1:"))) == http.StatusOK
			}
			name := fmt.Sprintf("times-%d", times)
			at(dynamicNow, "http", "routers")[name] = object{"rule": "Host(`" + name + ".test`)", "service": "ping@internal"}
			at(dynamicNow, "http", "middlewares", "duo", "plugin", "vendorsign", "duo")["maxBody"] = fmt.Sprintf("%dKiB", 100+times)
			publish(t, h, dynamicNow)
			until(t, name, func() bool {
				answer, err := exchange(g.addr, "GET /ping HTTP/1.1\r\nHost: "+name+".test\r\nConnection: close\r\n\r\n")
				return err == nil && strings.HasPrefix(answer, "HTTP/1.1 200 ")
			})
			return g.status(t, route) == http.StatusOK
		}
		for name, spoil := range bad {
			if err := spoil(file); err != nil {
				t.Fatal(err)
			}
			if reload() {
				t.Errorf("%s: it is taken for a secret", name)
			}
			got := g.status(t, route)
			if want := map[bool]int{true: http.StatusNotFound, false: http.StatusOK}[f == traefik]; got != want {
				t.Errorf("%s: answered %d, want %d", name, got, want)
			}
			if got := g.status(t, other); got != http.StatusOK {
				t.Errorf("%s: the other router answers %d", name, got)
			}
			write(good + "\n")
			if !reload() {
				t.Errorf("after %s: the good secret is refused", name)
			}
			if got := g.status(t, route); got != http.StatusOK {
				t.Errorf("after %s: answered %d", name, got)
			}
		}
		route.vendor.signedOrNothing(t, 0, "around bad secrets")
	})
}

// Many requests that need a token at once cost one exchange, and the vendor never sees another credential's token.
func TestATokenIsFetchedOnceForManyRequests(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		credentials := []options{
			{"oauth_app_id": "app-1", "oauth_app_secret": "oauth-secret-1"}, {"oauth_app_id": "app-1", "oauth_app_secret": "oauth-secret-2"},
		}
		for i, credential := range credentials {
			known := map[string]string{}
			for name, value := range credential {
				known[name] = value.(string)
			}
			v := newVendor(t, "carbonblack", known, nil)
			host := "127.0.0.1"
			routes = append(routes, &route{name: fmt.Sprintf("csp-%d", i), signer: "carbonblack", vendor: v,
				options: credential.with(options{"csp_url": "http://" + v.addr, "host": host, "insecure_upstream": true})})
		}
		g := start(t, f, routes...)
		var all sync.WaitGroup
		for _, r := range routes {
			for range 30 {
				all.Go(func() {
					if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
						t.Errorf("%s: answered %d %s", r.name, got.status, got.body)
					}
				})
			}
		}
		all.Wait()
		for _, r := range routes {
			exchanges := 0
			for _, a := range r.vendor.signedOrNothing(t, 0, "with a token") {
				if strings.HasPrefix(a.target, "/csp/") {
					exchanges++
				}
			}
			if exchanges != 1 {
				t.Errorf("%s: %d exchanges for 30 requests", r.name, exchanges)
			}
		}
	})
}
