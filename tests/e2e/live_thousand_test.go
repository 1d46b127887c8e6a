package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// A thousand replaced files in one gateway: each is in use, and what was read from those before is given back.
func TestReplacedFilesLeaveNothingBehind(t *testing.T) {
	const tenants = 100
	rounds := often(10)
	eachFormAlone(t, func(t *testing.T, f form) {
		h := newHome(t)
		key := func(n, round int) options {
			return options{"api_id": fmt.Sprintf("ID-%d-%d", n, round), "api_secret_key": fmt.Sprintf("SECRET-%d-%d", n, round)}
		}
		accept := carbonBlack.of(t, "carbonblack")
		var routes []*route
		for n := range tenants {
			file := h.put(t, fmt.Sprintf("%d.json", n), key(n, 0))
			r := keyRoute(t, f, "carbonblack", fmt.Sprintf("tenant-%d", n), func(r *vendorsim.Request) *vendorsim.Answer {
				r.Header = r.Header.Clone()
				secret, id, _ := strings.Cut(r.Header.Get("X-Auth-Token"), "/")
				if strings.TrimPrefix(secret, "SECRET") == strings.TrimPrefix(id, "ID") { // of one key, whatever its round
					r.Header.Set("X-Auth-Token", carbonBlack["api_secret_key"].(string)+"/"+carbonBlack.id())
				}
				return accept(r)
			}, options{"credentials_file": file})
			if n > 0 { // one server is enough
				r.vendor = routes[0].vendor
			}
			routes = append(routes, r)
		}
		admin := freePort(t)
		s := setup{form: f, home: h, routes: routes, global: fmt.Sprintf("\tadmin 127.0.0.1:%d\n\tpersist_config off\n", admin)}
		s.change = func(port int, static, dynamic object) {
			static["api"], static["log"] = object{"debug": true}, object{"level": "WARN"}
			at(dynamic, "http", "routers")["api"] = object{"rule": "Host(`api.test`)", "service": "api@internal"}
		}
		g := s.start(t)
		profile := func(name string) string {
			if f == traefik {
				return get(t, "http://"+g.addr+"/debug/pprof/"+name, "api.test")
			}
			return get(t, fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/%s", admin, name), "")
		}
		// serves waits until each tenant's requests go out with the key of a round, and with no other than that before.
		serves := func(round int) {
			for n, r := range routes {
				until(t, "the new key", func() bool {
					before := r.vendor.count()
					got := g.send(t, r, request{method: "GET", target: "/api"})
					a, err := r.vendor.only(before)
					if err != nil || got.status != http.StatusOK {
						t.Fatalf("%s: answered %d %s, %v", r.name, got.status, got.body, err)
					}
					now, old := key(n, round).id(), key(n, max(round-1, 0)).id()
					if id := a.key(); id != now && id != old {
						t.Fatalf("%s in round %d: signed with %s", r.name, round, id)
					}
					return a.key() == now
				})
			}
		}
		serves(0)
		before := g.holds(t, profile)
		past := time.Now().Add(-time.Hour) // a file that was left alone so long is read at once
		for round := 1; round <= rounds; round++ {
			for n := range routes {
				next := h.put(t, "next", key(n, round))
				if err := os.Chtimes(next, past, past.Add(time.Duration(round)*time.Second)); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(next, filepath.Join(h.secrets, fmt.Sprintf("%d.json", n))); err != nil {
					t.Fatal(err)
				}
			}
			serves(round)
		}
		g.keepsNothing(t, profile, before, tenants*rounds)
		g.saysTimes(t, "a changed file was read", tenants*rounds)
	})
}
