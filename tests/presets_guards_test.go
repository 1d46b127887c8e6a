package tests

import (
	"crypto/tls"
	"fmt"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A preset's own vectors say which requests read, make or reset a credential. They are refused in every spelling that some server
// may read as them, with and without a list, and what they name as honest passes.
func TestThePresetsGuardsHoldInEverySpelling(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		rng := rand.New(rand.NewSource(45))
		requests, judged := 0, 0
		for _, p := range allPresets(t) {
			if p.file == nil || p.needsToken() {
				continue
			}
			var gates []gateFunc
			for _, policy := range []string{`{"host":"vendor.example"}`, `{"host":"vendor.example","allow":"* /**"}`} {
				gate, err := d.Gate(p.name, []byte(p.config), []byte(policy), atNoon)
				if err != nil {
					t.Fatalf("%s: %v", p.name, err)
				}
				gates = append(gates, gate)
			}
			refused := func(method, target string) {
				t.Helper()
				for _, gate := range gates {
					verdict := tryGate(t, d, gate, attempt{method: method, target: target}).verdict()
					if verdict != credentialProbe && verdict != badTarget && (verdict != notAllowed || !p.file.Multiplexed) {
						t.Errorf("%s: %s %s: %s", p.name, method, target, verdict)
					}
				}
			}
			for _, request := range p.file.GuardVectors.Refused {
				requests++
				method, target, _ := strings.Cut(request, " ")
				path, query, asks := strings.Cut(target, "?")
				if asks {
					query = "?" + query
				}
				refused(method, target)
				refused(strings.ToLower(method), target)
				if path == "/" { // one endpoint for everything
					continue
				}
				for _, trick := range tricks {
					refused(method, fmt.Sprintf(trick, path)+query)
				}
				is := func(reading string) bool {
					return strings.HasPrefix(strings.ToLower(reading)+"/", strings.TrimSuffix(strings.ToLower(path), "/")+"/")
				}
				for range 12 {
					if spelt := spelling(rng, path); serversRead(spelt, is, "compatibility forms", "low bytes") {
						judged++
						refused(method, spelt+query)
					}
				}
			}
			for _, request := range p.file.GuardVectors.Passed {
				method, target, _ := strings.Cut(request, " ")
				for _, gate := range gates {
					if o := tryGate(t, d, gate, attempt{method: method, target: target}); o.verdict() != signedVerdict {
						t.Errorf("%s: %s %s: %s", p.name, method, target, o.verdict())
					}
				}
			}
		}
		if requests < 150 || judged < 7*requests {
			t.Errorf("%d requests and %d spellings of them were tried", requests, judged)
		}
	})
}

// What does everything by a parameter or its body is closed, in every spelling, until the operator opens it.
func TestMultiplexedEndpointsAreClosed(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		found := 0
		for _, p := range allPresets(t) {
			if p.file == nil || !p.file.Multiplexed {
				continue
			}
			closed, err := d.Gate(p.name, []byte(p.config), []byte(`{"host":"vendor.example"}`), atNoon)
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			opened, err := d.Gate(p.name, []byte(p.config), []byte(everyPolicy), atNoon)
			if err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
			for _, pattern := range p.file.MultiplexedPaths {
				found++
				path := strings.ReplaceAll(strings.ReplaceAll(pattern, "/v*/", "/v1/"), "*", "x")
				targets := []string{path, path + "?type=op", strings.ToUpper(path), path + "/"}
				if path != "/" {
					for _, trick := range tricks {
						targets = append(targets, fmt.Sprintf(trick, path))
					}
				}
				for _, target := range targets {
					for _, method := range []string{"GET", "POST", "post"} {
						if o := tryGate(t, d, closed, attempt{method: method, target: target}); o.verdict() != notAllowed && o.verdict() != badTarget {
							t.Errorf("%s: %s %s: %s", p.name, method, target, o.verdict())
						}
					}
				}
				o := tryGate(t, d, opened, attempt{method: "POST", target: path})
				admitted := o.verdict() == signedVerdict || p.needsToken() && strings.HasSuffix(o.verdict(), "credential-unavailable") // nobody issues a token here
				if !admitted {
					t.Errorf("%s: POST %s with allow_multiplexed: %s", p.name, path, o.verdict())
				}
			}
		}
		if found < 6 {
			t.Errorf("only %d endpoints were tried", found)
		}
	})
}

// The plugin's short way takes the same decisions.
func TestTheShortWayGuardsPresetsLikeTheLongOne(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		refused, passed := 0, 0
		for _, preset := range allPresets(t) {
			if preset.file == nil || preset.needsToken() {
				continue
			}
			send := newSender(t, p, preset.name, camelled(preset.options))
			for _, request := range preset.file.GuardVectors.Refused {
				method, target, _ := strings.Cut(request, " ")
				path, query, _ := strings.Cut(target, "?")
				for _, spelt := range []string{path, strings.ToUpper(path), path + "/", path + "/x", "/." + path, "/" + path, path + "%20", "/x/.." + path, path + ";a=b"} {
					if path == "/" && spelt != "/" {
						continue
					}
					refused++
					if status, sent := send(method, spelt+"?"+query); sent || status != http.StatusForbidden && status != http.StatusBadRequest {
						t.Errorf("%s: %s %s: answered %d, sent %v", preset.name, method, spelt, status, sent)
					}
				}
			}
			for _, request := range preset.file.GuardVectors.Passed {
				method, target, _ := strings.Cut(request, " ")
				passed++
				if status, sent := send(method, target); !sent || status != http.StatusOK {
					t.Errorf("%s: %s: answered %d, sent %v", preset.name, request, status, sent)
				}
			}
		}
		if refused < 1000 || passed < 100 {
			t.Errorf("%d refused and %d passed requests were tried", refused, passed)
		}
	})
}

// camelled are options as Traefik has them.
func camelled(options map[string]any) map[string]any {
	block := map[string]any{}
	for name, value := range options {
		words := strings.Split(name, "_")
		for i := range words[1:] {
			words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
		}
		block[strings.Join(words, "")] = value
	}
	return block
}

// No preset's request goes to an upstream that proves nothing, whether it reveals a secret or signs.
func TestNoPresetSendsToAnUnverifiedUpstream(t *testing.T) {
	var hits atomic.Int64
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	secure, plain := httptest.NewTLSServer(count), httptest.NewServer(count)
	defer secure.Close()
	defer plain.Close()
	both(t, func(t *testing.T, d drive) {
		for _, p := range allPresets(t) {
			for _, server := range []*httptest.Server{plain, secure} {
				var reason atomic.Value
				u, err := url.Parse(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				watch, _, err := d.Watch(p.name, []byte(p.config), []byte(`{"host":"`+u.Host+`"}`), func(r string) { reason.Store(r) })
				if err != nil {
					t.Fatalf("%s: %v", p.name, err)
				}
				transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
				before := hits.Load()
				r, err := http.NewRequest(p.method, server.URL+"/x", nil)
				if err != nil {
					t.Fatal(err)
				}
				if response, err := transport.RoundTrip(watch(r)); err == nil {
					response.Body.Close()
					t.Errorf("%s: %s is answered", p.name, server.URL)
				}
				transport.CloseIdleConnections()
				if got, _ := reason.Load().(string); hits.Load() != before || got == "" {
					t.Errorf("%s: %s: %d requests arrive, the reason is %q", p.name, server.URL, hits.Load()-before, got)
				}
			}
		}
	})
}
