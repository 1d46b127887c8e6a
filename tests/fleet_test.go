package tests

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// member is a gateway of a fleet, with a memory of its own.
type member struct {
	sign tokenSignFunc
	news []string
	mu   sync.Mutex
}

// fleetOf makes gateways that share a folder: one is compiled, and each of the others has an interpreter.
func fleetOf(t *testing.T, size int, vendor, config, folder string, now func() time.Time) []*member {
	t.Helper()
	policy, err := json.Marshal(map[string]any{"host": []string{"vendor.example"}, "token_cache": folder})
	if err != nil {
		t.Fatal(err)
	}
	var all []*member
	for n := range size {
		d := compiled()
		if n > 0 {
			d = interpreted(t)
		}
		m := new(member)
		m.sign, err = d.Tokens(vendor, []byte(config), policy, now, func(said string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.news = append(m.news, said)
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// configOf is the credential of a source, with the address of its token service.
func configOf(t *testing.T, url, at string, credential map[string]string) string {
	t.Helper()
	config := map[string]string{url: at}
	for name, value := range credential {
		config[name] = value
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readsNothing looks for secrets in what lies in the folder.
func readsNothing(t *testing.T, folder string, secrets ...string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(f.Name(), secret) {
				t.Errorf("%s shows %q", f.Name(), secret)
			}
		}
	}
}

func TestGatewaysThatShareAFolderFetchOneToken(t *testing.T) {
	for _, source := range tokenSources() {
		t.Run(source.name, func(t *testing.T) {
			clock := new(fakeTime)
			clock.nanos.Store(1735689600e9)
			s := newService(t, source.vendor, source.config, time.Hour, clock.now)
			folder := t.TempDir()
			config := configOf(t, source.url, s.URL, source.config)
			all := fleetOf(t, 3, source.vendor, config, folder, clock.now)
			round := func(what string, renewals int64) {
				t.Helper()
				var done sync.WaitGroup
				for _, m := range all {
					for range 5 {
						done.Go(func() {
							r := httptest.NewRequest("GET", "/api/v3/groups?a=1", nil)
							if _, problem := m.sign(r); problem != nil {
								t.Errorf("%s: answered %d", what, problem.StatusCode)
								return
							}
							signed := time.Now()
							status := s.send(t, r)
							// A renewal ends a token two seconds after it was announced: what was signed before has arrived by then,
							// unless this machine stalls.
							if status != 200 && !(status == 401 && time.Since(signed) > time.Second) {
								t.Errorf("%s: answered %d", what, status)
							}
						})
					}
				}
				done.Wait()
				if n := s.renewals.Load(); n != renewals {
					t.Errorf("%s: %d renewals, want %d", what, n, renewals)
				}
			}
			round("at first", 1)
			clock.advance(59*time.Minute + 50*time.Second)
			// Each finds it due. Where it is no matter, one gateway renews and the others use the old one meanwhile.
			round("when it is due", 2)
			clock.advance(2 * time.Second)
			round("after it", 2)

			// The vendor refuses the token of them all.
			var refusals []func(int) bool
			for _, m := range all {
				_, learn := sent(t, s, m.sign)
				refusals = append(refusals, learn)
			}
			for _, learn := range refusals {
				if !learn(401) {
					t.Error("a refusal is worth no repetition")
				}
			}
			round("after a refusal", 3)

			// A fourth gateway, or a restart.
			all = append(all, fleetOf(t, 2, source.vendor, config, folder, clock.now)[1])
			round("after a restart", 3)
			for _, m := range all {
				if len(m.news) != 0 {
					t.Errorf("told %q", m.news)
				}
			}
			readsNothing(t, folder, "canary", "SVCTK", "simulated", s.URL)
		})
	}
}

// Each attempt with a wrong password may lock the account, so that a fleet waits longer after each, whichever gateway made it.
func TestAFleetCountsItsRefusalsTogether(t *testing.T) {
	clock := new(fakeTime)
	clock.nanos.Store(1735689600e9)
	var asked atomic.Int64
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(service.Close)
	config := `{"token_url":"` + service.URL + `","client_id":"` + another("REFUSED") + `","client_secret":"canary"}`
	all := fleetOf(t, 2, "oauth2", config, t.TempDir(), clock.now)
	for i, step := range []struct {
		after  time.Duration // since the step before
		member int           // 1 is interpreted
		want   int64
	}{
		{0, 1, 1},
		{80 * time.Second, 0, 2},  // one minute and up to a quarter are over
		{100 * time.Second, 0, 2}, // two minutes are not
		{60 * time.Second, 1, 3},
		{230 * time.Second, 0, 3}, // nor are four
		{2 * time.Minute, 0, 4},
	} {
		clock.advance(step.after)
		if _, problem := all[step.member].sign(httptest.NewRequest("GET", "/", nil)); problem == nil {
			t.Fatal("a request is signed without a token")
		}
		if n := asked.Load(); n != step.want {
			t.Errorf("step %d: the token service was asked %d times, want %d", i, n, step.want)
		}
	}
}

func TestAGatewayTakesOverWhatADeadOneHadBegun(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, source := range tokenSources() {
			t.Run(source.name, func(t *testing.T) {
				s := newService(t, source.vendor, source.config, time.Hour, nil)
				folder := t.TempDir()
				policy := `{"host": ["vendor.example"], "token_cache": "` + folder + `"}`
				// A dead gateway leaves its lock, a half-written file and, where it renewed alone, what it knew.
				sign, err := d.Tokens(source.vendor, []byte(configOf(t, source.url, s.URL, source.config)), []byte(policy), time.Now, nil)
				if err != nil {
					t.Fatal(err)
				}
				wantSent(t, s, sign, 200, 1)
				files, err := filepath.Glob(filepath.Join(folder, "*.token"))
				if err != nil || len(files) != 1 {
					t.Fatalf("%v, %v", files, err)
				}
				old := time.Now().Add(-time.Minute)
				lock := strings.TrimSuffix(files[0], ".token") + ".lock"
				temp := filepath.Join(folder, ".vendorsign-1")
				for _, left := range []string{lock, temp} {
					if err := os.WriteFile(left, []byte("dead"), 0o600); err != nil {
						t.Fatal(err)
					}
					if left == temp {
						old = old.Add(-2 * time.Hour)
					}
					if err := os.Chtimes(left, old, old); err != nil {
						t.Fatal(err)
					}
				}
				_, learn := sent(t, s, sign)
				if !learn(401) {
					t.Error("a refusal is worth no repetition")
				}
				wantSent(t, s, sign, 200, 2)
				left, err := os.ReadDir(folder)
				if err != nil || len(left) != 1 {
					t.Errorf("%d files are left, %v", len(left), err)
				}
			})
		}
	})
}

// Whoever writes a label must not make the gateway write where he likes.
func TestATokenCacheLiesBelowTheOperatorsFolder(t *testing.T) {
	dir := t.TempDir()
	operators := filepath.Join(dir, "tokens")
	for _, d := range []string{"tokens/tenant", "tokens-2", "elsewhere"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"tokens/out": "elsewhere", "alias": "tokens"} {
		if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(operators, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	renewed := map[string]any{"token": "SVCTK:canary", "apiUrl": "http://127.0.0.1:1/api"}
	app := map[string]any{"oauthAppId": "a", "oauthAppSecret": "canary", "cspUrl": "http://127.0.0.1:1"}
	tests := []struct {
		name, vendor string
		options      map[string]any
		cache, set   string // set: what the operator names
		want         string
	}{
		{"the folder", "threatconnect", renewed, operators, operators, ""},
		{"a folder in it", "carbonblack", app, operators + "/tenant", operators, ""},
		{"through a link to the folder", "carbonblack", app, dir + "/alias/tenant", operators, ""},
		{"none is needed", "carbonblack", app, "", "", ""},
		{"a fixed token", "threatconnect", map[string]any{"token": "t"}, "", "", ""},
		{"none where it is needed", "threatconnect", renewed, "", operators, "threatconnect: tokenCache is required: each renewal ends the previous token"},
		{"the operator names none", "carbonblack", app, operators, "", "tokenCache: tokens are kept only below the folder that VENDORSIGN_TOKEN_DIR names"},
		{"beside it", "carbonblack", app, dir + "/elsewhere", operators, "tokenCache: it is not below VENDORSIGN_TOKEN_DIR"},
		{"its name begins the same", "carbonblack", app, operators + "-2", operators, "not below"},
		{"up and out", "carbonblack", app, operators + "/../elsewhere", operators, "not below"},
		{"a link out", "carbonblack", app, operators + "/out", operators, "not below"},
		{"what is not there, elsewhere", "carbonblack", app, dir + "/none", operators, "not below"},
		{"what is not there", "carbonblack", app, operators + "/none", operators, "tokenCache: the folder is not there"},
		{"a file", "carbonblack", app, operators + "/file", operators, "cannot write"},
		{"a relative path", "carbonblack", app, "tokens", operators, "must be an absolute path"},
	}
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("VENDORSIGN_TOKEN_DIR", test.set)
			t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "vendor.example,127.0.0.1")
			bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
				options := map[string]any{"host": "vendor.example"}
				for name, value := range test.options {
					options[name] = value
				}
				if test.cache != "" {
					options["tokenCache"] = test.cache
				}
				_, err := p.New(map[string]any{test.vendor: options}, next)
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("the error is %v, want %q", err, test.want)
				}
				showsNothing(t, test.name, err, "canary")
			})
		})
	}
	for _, d := range []string{"tokens", "tokens-2", "elsewhere"} {
		files, err := filepath.Glob(filepath.Join(dir, d, ".vendorsign-*"))
		if err != nil || len(files) != 0 {
			t.Errorf("left in %s: %v, %v", d, files, err)
		}
	}
}

// The certificates of a token service are a file too.
func TestATokenServicesAuthorityIsReadBelowTheOperatorsFolderOnly(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	inside, outside := writeCertificate(t, server.Certificate().Raw), writeCertificate(t, server.Certificate().Raw)
	t.Setenv("VENDORSIGN_SECRETS_DIR", filepath.Dir(inside))
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for file, want := range map[string]string{inside: "", outside: "tokenCa: secret file is not below VENDORSIGN_SECRETS_DIR"} {
			options := map[string]any{"host": "vendor.example", "cspApiToken": "canary", "tokenCa": file}
			_, err := p.New(map[string]any{"carbonblack": options}, next)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s: %v, want %q", file, err, want)
			}
		}
	})
}

func TestAProxysPasswordIsNeverShown(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, proxy := range []string{"http://user:canary@127.0.0.1:1", "http://user:can%zzcanary@proxy:1", "user:canary@proxy", "http://user:canary@[::1"} {
			policy, err := json.Marshal(map[string]any{"host": []string{"h"}, "token_proxy": proxy})
			if err != nil {
				t.Fatal(err)
			}
			var news []string
			sign, err := d.Tokens("carbonblack", []byte(`{"csp_api_token": "t", "csp_url": "https://csp.example"}`), policy, time.Now, func(said string) { news = append(news, said) })
			showsNothing(t, proxy, err, "canary", "user")
			if err != nil {
				continue
			}
			if _, problem := sign(httptest.NewRequest("GET", "/", nil)); problem == nil || problem.StatusCode != 503 {
				t.Errorf("%s: instead of a problem: %+v", proxy, problem)
			}
			if all := strings.Join(news, " "); strings.Contains(all, "canary") || strings.Contains(all, "user") {
				t.Errorf("told %q", news)
			}
		}
	})
}
