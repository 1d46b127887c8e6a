package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// replaced is the longest time after which a replaced file must be in use. It is five seconds where the machine has
// time; how soon it is by the gateway's clock is tested in tests/reload_test.go.
const replaced = patience / 2

// Each way in which people and programs replace the files of a credential, while requests run: none is refused, none
// goes out with the id of one key and the secret of the other, and no gateway is told.
func TestAReplacedFileIsInUseSoonAndNoRequestIsLost(t *testing.T) {
	older, newer := keys["duo"].older, keys["duo"].newer
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		h := newHome(t)
		both := anyOf(older.of(t, "duo"), newer.of(t, "duo"))
		add := func(name string, more options) *route {
			r := keyRoute(t, f, "duo", name, both, more)
			r.literal = true
			return r
		}
		fields := func(dir string) options {
			return options{"integration_key": "{file." + dir + "/integration_key}", "secret_key": "{file." + dir + "/secret_key}"}
		}
		separate := filepath.Join(h.secrets, "separate")
		write := func(o options) {
			for _, name := range []string{"integration_key", "secret_key"} {
				overwrite(t, filepath.Join(mkdir(t, separate), name), o[name].(string)+"\n")
			}
		}
		write(older)
		mounted := filepath.Join(h.secrets, "mounted")
		mount(t, mounted, older)
		h.put(t, "newer", newer) // the log must not show it either
		renamed, rewritten := h.put(t, "renamed.json", older), h.put(t, "rewritten.json", older)
		change := map[*route]func(){
			add("renamed", options{"credentials_file": renamed}):     func() { replace(t, renamed, jsonText(t, newer)) },
			add("rewritten", options{"credentials_file": rewritten}): func() { overwrite(t, rewritten, jsonText(t, newer)) },
			add("mounted", fields(mounted)):                          func() { mount(t, mounted, newer) },
			add("separate", fields(separate)):                        func() { write(newer) },
		}
		var routes []*route
		for r := range change {
			routes = append(routes, r)
		}
		g := startIn(t, h, f, routes...)
		stop := hammer(t, g, routes)
		for r, change := range change {
			isOK(t, r.name, g.send(t, r, request{method: "GET", target: "/api"}))
			g.still(t, change) // what takes two seconds in the middle may be read by half
		}
		// Of each route the requests that begin later than that go out with the new key.
		begun := time.Now()
		for _, r := range routes {
			for n := 0; ; n++ {
				late := time.Since(begun) > replaced
				got, arrived := g.marked(t, r, fmt.Sprint(n))
				isOK(t, r.name, got)
				if len(arrived) != 1 {
					t.Fatalf("%s: %d requests arrived instead of one", r.name, len(arrived))
				}
				if arrived[0].key() == newer.id() {
					break
				}
				if late {
					t.Fatalf("%s: a request that began %v after the file was replaced went out with the old key", r.name, time.Since(begun))
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Logf("%s: in use within %v", r.name, time.Since(begun).Round(10*time.Millisecond))
		}
		sent := stop()
		for _, r := range routes {
			for _, a := range r.vendor.signedOrNothing(t, 0, r.name) {
				if id := a.key(); id != older.id() && id != newer.id() {
					t.Errorf("%s: signed with %q", r.name, id)
				}
			}
		}
		g.saysTimes(t, "a changed file was read", len(routes))
		t.Logf("%d requests", sent)
	})
}

// What cannot be used leaves the key in use that was read before, whatever it is, and is logged once.
func TestBadContentKeepsTheOldKeyAndIsLoggedOnce(t *testing.T) {
	older, newer := keys["duo"].older, keys["duo"].newer
	whole := jsonText(t, newer)
	bad := map[string]func(t testing.TB, file string){
		"half":     func(t testing.TB, file string) { overwrite(t, file, whole[:len(whole)/2]) }, // its writer is slow
		"empty":    func(t testing.TB, file string) { overwrite(t, file, "") },
		"missing":  func(t testing.TB, file string) { remove(t, file) },
		"nonsense": func(t testing.TB, file string) { replace(t, file, "integration_key: "+newer.id()+"\n") },
		"secret": func(t testing.TB, file string) {
			replace(t, file, jsonText(t, newer.with(options{"secret_key": "two\nlines"})))
		},
		"unknown": func(t testing.TB, file string) { replace(t, file, jsonText(t, newer.with(options{"skey": "x"}))) },
		"one":     func(t testing.TB, file string) { replace(t, file, jsonText(t, newer.with(options{"secret_key": nil}))) },
		"folder": func(t testing.TB, file string) {
			remove(t, file)
			mkdir(t, file)
		},
	}
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		h := newHome(t)
		files := map[*route]string{}
		var routes []*route
		for name := range bad {
			file := h.put(t, name+".json", older)
			r := keyRoute(t, f, "duo", name, anyOf(older.of(t, "duo"), newer.of(t, "duo")), options{"credentials_file": file})
			files[r], routes = file, append(routes, r)
		}
		h.put(t, "newer", newer)
		g := startIn(t, h, f, routes...)
		for _, r := range routes {
			isOK(t, r.name, g.send(t, r, request{method: "GET", target: "/api"}))
		}
		first, second := routes[:len(routes)/2], routes[len(routes)/2:]
		stop, stopToo := hammer(t, g, first), hammer(t, g, second)
		for _, r := range routes {
			g.still(t, func() { bad[r.name](t, files[r]) }) // what takes two seconds in the middle is bad twice
		}
		const kept = "the previously loaded credential stays in use"
		g.says(t, kept, len(routes))
		for _, r := range routes {
			for _, a := range r.vendor.signedOrNothing(t, 0, r.name) {
				if a.key() != older.id() {
					t.Fatalf("%s: signed with %q", r.name, a.key())
				}
			}
		}
		for _, r := range routes { // the slow writer goes on, the others try again
			switch r.name {
			case "half":
				appendTo(t, files[r], whole[len(whole)/2:])
			case "folder":
				g.still(t, func() {
					remove(t, files[r])
					replace(t, files[r], whole)
				})
			default:
				replace(t, files[r], whole)
			}
		}
		for _, r := range routes {
			n := r.vendor.count()
			until(t, r.name+": the whole file is in use", func() bool {
				arrivals := r.vendor.since(n)
				return len(arrivals) > 0 && arrivals[len(arrivals)-1].key() == newer.id()
			})
		}
		sent := stop() + stopToo()
		for _, r := range routes {
			r.vendor.signedOrNothing(t, 0, r.name)
		}
		g.saysTimes(t, kept, len(routes))
		t.Logf("%d requests", sent)
	})
}

func remove(t testing.TB, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t testing.TB, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// A secret's file that is not there when the gateway starts: its requests are answered 503 and the option is named
// until it appears. With require_secrets the gateway does not start.
func TestAFileThatIsNotThereYet(t *testing.T) {
	older := keys["duo"].older
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		h := newHome(t)
		file, secret, group := filepath.Join(h.secrets, "later.json"), filepath.Join(h.secrets, "later"), h.put(t, "group.json", older)
		whole := keyRoute(t, f, "duo", "whole", older.of(t, "duo"), options{"credentials_file": file})
		part := keyRoute(t, f, "duo", "part", older.of(t, "duo"), options{"integration_key": older.id(), "secret_key": "{file." + secret + "}"})
		part.literal = true
		there := keyRoute(t, f, "duo", "there", older.of(t, "duo"), options{"credentials_file": group})
		if err := os.Chmod(group, 0o660); err != nil {
			t.Fatal(err)
		}
		routes := []*route{whole, part, there}
		required := keyRoute(t, f, "duo", "required", older.of(t, "duo"), options{"credentials_file": file, "require_secrets": true})
		if f == traefik {
			routes = append(routes, required)
		} else {
			port := freePort(t)
			isRefused(t, h, port, caddyfile(t, f, h, port, []*route{required}), "credentials_file")
		}
		g := startIn(t, h, f, routes...)
		if f == traefik { // its router is gone
			if got := g.send(t, required, request{method: "GET", target: "/api"}); got.status != http.StatusNotFound || required.vendor.bytes.Load() != 0 {
				t.Errorf("with requireSecrets: answered %d", got.status)
			}
		}
		isOK(t, "the other", g.send(t, there, request{method: "GET", target: "/api"}))
		for r, option := range map[*route]string{whole: "credentials_file", part: "secret_key"} {
			if f == traefik {
				option = camel(option)
			}
			for _, in := range []request{{method: "GET", target: "/api"}, {method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")}} {
				g.refused(t, r, in, http.StatusServiceUnavailable, "credential-unavailable")
			}
			got := g.send(t, r, request{method: "GET", target: "/api"})
			if !strings.Contains(string(got.body), "the file of "+option+" ") || got.header.Get("Retry-After") == "" {
				t.Errorf("%s: %v %s", r.name, got.header, got.body)
			}
			until(t, "the log names "+option, func() bool {
				return strings.Contains(unescape(g.log.String()), option+": secret file cannot be read")
			})
		}
		replace(t, file, jsonText(t, older))
		replace(t, secret, older["secret_key"].(string)+"\n")
		appeared := time.Now()
		for _, r := range []*route{whole, part} {
			for late := false; ; {
				late = time.Since(appeared) > replaced
				got := g.send(t, r, request{method: "GET", target: "/api"})
				if got.status == http.StatusOK {
					break
				}
				got.isProblem(t, http.StatusServiceUnavailable, "credential-unavailable")
				if late {
					t.Fatalf("%s: a request that began %v after the file appeared was refused", r.name, time.Since(appeared))
				}
				time.Sleep(20 * time.Millisecond)
			}
			r.vendor.signedOrNothing(t, 0, r.name)
		}
		const warning = "the file of credentials_file can be written by its group or by others"
		g.says(t, map[bool]string{false: warning, true: strings.Replace(warning, "credentials_file", "credentialsFile", 1)}[f == traefik], 1)
	})
}
