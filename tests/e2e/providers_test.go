package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"
)

// Traefik has a reader of its own for each kind of source. What they make of numbers, lists and blocks differs.
var providers = map[string]func(t *testing.T, dir string, dynamic object) object{
	"a file in TOML": func(t *testing.T, dir string, dynamic object) object {
		var text bytes.Buffer
		if err := toml.NewEncoder(&text).Encode(plain(t, dynamic)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "dynamic.toml")
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return object{"file": object{"filename": file, "watch": false}}
	},
	"a server over HTTP": func(t *testing.T, _ string, dynamic object) object {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			json.NewEncoder(w).Encode(dynamic)
		}))
		t.Cleanup(server.Close)
		return object{"http": object{"endpoint": server.URL, "pollInterval": "1h"}}
	},
}

// plain is a configuration as its JSON reads: TOML has no writer for named types, and no mixed lists.
func plain(t *testing.T, o object) object {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var read object
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestEveryProviderOfTraefikConfiguresEveryMode(t *testing.T) {
	for name, provide := range providers {
		t.Run(name, func(t *testing.T) {
			s := setup{form: traefik, home: newHome(t)}
			all := slices.Concat(modes, presetModes)
			for _, m := range all {
				r := m.route(t, traefik)
				if m.name == "custom" {
					ownScheme(t, traefik, s.home, r)
				}
				s.routes = append(s.routes, r)
			}
			lists := find("duo").route(t, traefik)
			lists.name = "lists"
			lists.options = lists.options.with(options{"allow": []string{"GET /api/v3/items", "GET /a,b"}, "max_body": 1 << 20, "insecure_upstream": true})
			apps := find("duo").route(t, traefik)
			apps.name = "apps"
			apps.verify = options{"window": "2m", "insecure_downstream": true}
			apps.apps = []options{
				{"name": "billing", "key_id": "DIBILLING00000000000", "secret": "canary", "allow": []string{"GET /a", "GET /b"}, "rate": "5/1m"},
				{"name": "reports", "key_id": "DIREPORTS00000000000", "secret": "canary-2", "revoked": true},
			}
			s.routes = append(s.routes, lists, apps)
			s.change = func(_ int, static, dynamic object) { static["providers"] = provide(t, s.home.dir, dynamic) }
			g := s.start(t)
			for i, m := range all {
				requests := presetRequests[m.signer]
				if requests == nil {
					requests = presetRequests[""]
				}
				a, _ := g.accepted(t, s.routes[i], requests[0])
				m.check(t, a)
			}
			for target, want := range map[string]int{"/api/v3/items": http.StatusOK, "/a,b": http.StatusOK, "/a": http.StatusForbidden} {
				if got := g.send(t, lists, request{method: "GET", target: target}); got.status != want {
					t.Errorf("allow is a list: %s is answered %d %s, want %d", target, got.status, got.body, want)
				}
			}
			if got := g.send(t, apps, request{method: "GET", target: "/a"}); got.status != http.StatusUnauthorized || !bytes.Contains(got.body, []byte("no-app")) {
				t.Errorf("apps are a list of blocks: a request of nobody's is answered %d %s", got.status, got.body)
			}
		})
	}
}
