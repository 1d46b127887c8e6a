package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// configured is a Caddy that gets one configuration after another.
type configured struct {
	*process
	admin   string
	port    int
	ordered bool // an order was given, which Caddy keeps for all later configurations
}

func startConfigured(t *testing.T) *configured {
	t.Helper()
	for attempt := 1; ; attempt++ {
		h := newHome(t)
		c := &configured{admin: fmt.Sprintf("127.0.0.1:%d", freePort(t)), port: freePort(t)}
		var err error
		if c.process, err = startCaddy(t, h, c.head("")); err != nil {
			t.Fatal(err)
		}
		err = c.waitReady(func() bool {
			response, err := http.Get("http://" + c.admin + "/config/")
			if err == nil {
				response.Body.Close()
			}
			return err == nil
		})
		if err == nil {
			t.Cleanup(c.stop)
			return c
		}
		c.stop()
		if attempt == 5 || !c.portTaken() {
			t.Fatalf("%v\n%s", err, tail(c.log.String()))
		}
	}
}

func (c *configured) head(order string) string {
	if order == "" && c.ordered {
		order = "before invoke"
	}
	if order != "" {
		c.ordered = true
		order = "\torder duo_sign " + order + "\n\torder cortex_sign " + order + "\n\torder vendorsign " + order + "\n"
	}
	return "{\n\tadmin " + c.admin + "\n\tpersist_config off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n\tlog {\n\t\tlevel ERROR\n\t}\n" + order + "}\n"
}

// load gives Caddy a configuration, and returns why it does not take it.
func (c *configured) load(t *testing.T, sites []*made) error {
	t.Helper()
	kind, config := "text/caddyfile", c.head(sites[0].order)
	for _, s := range sites {
		config += s.text
	}
	if sites[0].json {
		kind, config = "application/json", c.serverJSON(sites[0])
	}
	raw := fmt.Sprintf("POST /load HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", c.admin, kind, len(config), config)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) { // the admin API, too, is that of the configuration before for a moment
		answer, err := exchange(c.admin, raw)
		switch {
		case err == nil && strings.Contains(answer, `{"error":`): // also behind warnings, which make it 200
			return errors.New(answer)
		case err == nil && strings.HasPrefix(answer, "HTTP/1.1 200 "):
			return nil
		case time.Now().After(deadline):
			t.Fatalf("%q %v\n%s\n%s", answer, err, config, tail(c.log.String()))
		}
	}
}

// serverJSON is the whole configuration of a site in JSON.
func (c *configured) serverJSON(site *made) string {
	server := object{"listen": []string{fmt.Sprintf("127.0.0.1:%d", c.port)}, "automatic_https": object{"disable": true}, "routes": json.RawMessage(site.text)}
	for name, value := range site.more {
		server[name] = json.RawMessage(value)
	}
	return text(object{"admin": object{"listen": c.admin, "config": object{"persist": false}},
		"logging": object{"logs": object{"default": object{"level": "ERROR"}}}, "apps": object{"http": object{"servers": object{"s": server}}}})
}

// ask is answer's status.
func (c *configured) ask(t *testing.T, site *made, method, path, body string) int {
	t.Helper()
	status, _ := c.answer(t, site, method, path, body)
	return status
}

// answer sends a request, and again where a server of the configuration before has closed the connection. It reports the
// status, 0 if Caddy breaks off, as it does where two answers get into one; and the whole answer.
func (c *configured) answer(t *testing.T, site *made, method, path, body string) (status int, text string) {
	t.Helper()
	host := site.host
	if host == "" {
		host = "127.0.0.1"
	}
	raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\nAuthorization: Basic Y2xpZW50OmNsaWVudA==\r\nX-Xdr-Auth-Id: 1\r\nCookie: client=own\r\n", method, path, host, c.port)
	if body != "" {
		raw += fmt.Sprintf("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	for range 50 {
		answer, err := exchange(fmt.Sprintf("127.0.0.1:%d", c.port), raw+"\r\n"+body)
		if words := strings.Fields(answer); err == nil && len(words) > 1 {
			status, _ := strconv.Atoi(words[1])
			return status, answer
		}
		time.Sleep(time.Millisecond)
	}
	return 0, ""
}

// configTally counts what a run has seen.
type configTally struct {
	configs, refused, requests, arrived, goodSent, goodAccepted int
	kinds                                                       map[string]int
}

// Whatever configuration Caddy loads, no request of its site reaches the vendor of one of the site's credentials without
// the right signature; and where a signer comes before the proxy, every request is accepted, so that refusing everything is
// no solution.
//
// VENDORSIGN_CONFIGS=10000 tries as many, VENDORSIGN_CONFIGS_SEED repeats a run.
func TestNoConfigurationThatLoadsSendsARequestUnsigned(t *testing.T) {
	t.Parallel()
	count, seed := 1200, uint64(1)
	number := func(name string, to func(uint64)) {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			to(n)
		}
	}
	number("VENDORSIGN_CONFIGS", func(n uint64) { count = int(n) })
	number("VENDORSIGN_CONFIGS_SEED", func(n uint64) { seed = n })
	c := startConfigured(t)
	m := newSiteMaker(t, c, seed)
	tally := &configTally{kinds: map[string]int{}}
	for tally.configs < count && !t.Failed() {
		m.Rand = rand.New(rand.NewPCG(seed, uint64(tally.configs)))
		var batch []*made
		m.host, m.named = "", nil
		switch m.IntN(20) {
		case 0, 1, 2, 3, 4, 5:
			batch = append(batch, m.anyJSON())
		case 6, 7:
			batch = append(batch, m.goodJSON())
		case 8, 9, 10, 11:
			batch = append(batch, m.any())
		case 12, 13:
			batch = append(batch, m.good())
		default:
			for range 10 {
				m.n++
				m.host = fmt.Sprintf("s%d.test", m.n)
				batch = append(batch, m.any())
				m.n++
				m.host, m.named = fmt.Sprintf("s%d.test", m.n), nil
				batch = append(batch, m.good())
			}
		}
		c.try(t, m, batch, tally)
	}
	share := float64(tally.goodAccepted) / float64(max(tally.goodSent, 1))
	t.Logf("%d configurations, %d refused at load; %d requests, %d arrived at a vendor of their site, all signed; of %d in good ones %.1f %% were accepted; by kind %v",
		tally.configs, tally.refused, tally.requests, tally.arrived, tally.goodSent, 100*share, tally.kinds)
	if tally.refused == tally.configs || share != 1 {
		t.Errorf("%d of %d requests in good configurations were accepted", tally.goodAccepted, tally.goodSent)
	}
}

func newSiteMaker(t *testing.T, c *configured, seed uint64) *siteMaker {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(other.Close)
	m := &siteMaker{Rand: rand.New(rand.NewPCG(seed, 0)), port: c.port, other: strings.TrimPrefix(other.URL, "http://")}
	for i, name := range configModes {
		m.vendors[i] = newVendor(t, find(name).signer, find(name).credential(), nil)
	}
	return m
}

// try loads sites, each alone where not all of them load, and sends their requests.
func (c *configured) try(t *testing.T, m *siteMaker, batch []*made, tally *configTally) {
	t.Helper()
	if err := c.load(t, batch); err != nil {
		if len(batch) > 1 {
			for half := range 2 {
				c.try(t, m, batch[half*len(batch)/2:(half+1)*len(batch)/2], tally)
			}
			return
		}
		tally.configs++
		tally.refused++
		if batch[0].good {
			t.Errorf("a good configuration is refused: %v\n%s", err, batch[0].text)
		}
		return
	}
	for _, site := range batch {
		tally.configs++
		tally.kinds[site.kind]++
		scope := scopeOf(t, site)
		for i, path := range site.paths {
			method, status, accepted := c.send(t, m, site, scope, i, tally)
			// Caddy does not wait until the server of the configuration before has stopped, which may take one more connection.
			if site.good && status == http.StatusOK && accepted == 0 {
				method, status, accepted = c.send(t, m, site, scope, i, tally)
			}
			if site.good {
				tally.goodSent++
				if status == http.StatusOK && accepted == 1 {
					tally.goodAccepted++
				} else {
					t.Errorf("%s: %s %s%s is answered %d, and %d requests arrived\n%s", site.kind, method, site.host, path, status, accepted, site.text)
				}
			}
		}
	}
}

// send sends a site the request for one of its paths, and counts how often it arrives at a vendor of the site; it must be signed then.
func (c *configured) send(t *testing.T, m *siteMaker, site *made, scope string, i int, tally *configTally) (method string, status, accepted int) {
	t.Helper()
	path := site.paths[i]
	before := [2]int{m.vendors[0].count(), m.vendors[1].count()}
	body := ""
	method = "GET"
	if i%2 == 1 {
		method, body = "POST", "b=1&a=2"
	}
	status = c.ask(t, site, method, path, body)
	tally.requests++
	for j, v := range m.vendors {
		for _, a := range v.since(before[j]) {
			if a.header.Get("User-Agent") != "" { // a health check, of whichever site
				continue
			}
			if !strings.Contains(scope, mark(site, v)) {
				continue // the site has no credential for this vendor
			}
			tally.arrived++
			early := a.fault != nil && strings.HasPrefix(a.fault.Error(), "the body ended") // an earlier proxy has read it
			if !early && (a.fault != nil || !a.answer.Accepted) || bytes.Contains(a.raw, []byte("client=own")) || bytes.Contains(a.raw, []byte("Y2xpZW50")) {
				t.Fatalf("%s: %s %s%s, answered %d, arrived as\n%s\nof\n%s\nwith %v", site.kind, method, site.host, path, status, a.raw, site.text, site.more)
			}
			accepted++
		}
	}
	return method, status, accepted
}

// scopeOf is all that belongs to a site: its own text, its error routes, and the named routes that are invoked from there.
func scopeOf(t *testing.T, site *made) string {
	t.Helper()
	scope := site.text + site.more["errors"]
	named := make(map[string]json.RawMessage)
	if text := site.more["named_routes"]; text != "" {
		if err := json.Unmarshal([]byte(text), &named); err != nil {
			t.Fatal(err)
		}
	}
	for found := true; found; {
		found = false
		for name, route := range named {
			if strings.Contains(scope, `{"handler":"invoke","name":"`+name+`"}`) {
				scope += string(route)
				delete(named, name)
				found = true
			}
		}
	}
	return scope
}

// mark is how a signer in a configuration names a vendor.
func mark(site *made, v *vendor) string {
	if site.json {
		return `"host":["` + v.addr + `"]`
	}
	return "\thost " + v.addr + "\n"
}

// The ways past the signer that were found by use, and what became of them.
func TestTheKnownWaysPastTheSigner(t *testing.T) {
	t.Parallel()
	c := startConfigured(t)
	m := newSiteMaker(t, c, 1)
	v := m.vendors[0].addr
	sign, block := m.signer(0, "", "\t"), m.block(0, "\t")
	file := filepath.Join(t.TempDir(), "duo.json")
	if err := os.WriteFile(file, []byte(`{"integration_key":"x","secret_key":"y","host":["`+v+`"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, order, site, refused string
		want                       map[string]int
	}{
		{"A1: handle_path", "", sign + "\thandle_path /duo/* {\n\t\treverse_proxy " + v + "\n\t}\n", "", map[string]int{"/duo/admin/v1/users": 200, "/other": 200}},
		{"A1: handle", "", sign + "\thandle /duo/* {\n\t\treverse_proxy " + v + "\n\t}\n", "", map[string]int{"/duo/a": 200}},
		{"A1: route", "", sign + "\troute /duo/* {\n\t\treverse_proxy " + v + "\n\t}\n", "", map[string]int{"/duo/a": 200}},
		{"E1: behind reverse_proxy in route", "", "\troute {\n\t\treverse_proxy " + v + "\n" + sign + "\t}\n", "", map[string]int{"/a": 503}},
		{"E1: a narrower matcher", "", m.signer(0, "/admin/*", "\t") + "\treverse_proxy " + v + "\n", "", map[string]int{"/admin/v1/users": 200, "/auth/v2/check": 503}},
		{"E1: a file that is taken for a matcher", "", "\tduo_sign " + file + " " + block + "\treverse_proxy " + v + "\n", "credentials_file " + file, nil},
		{"E1: two signers on one request", "", sign + sign + "\treverse_proxy " + v + "\n", "sign the same requests", nil},
		{"two signers of which both fit", "", m.signer(0, "/a*", "\t") + m.signer(0, "/a/*", "\t") + "\treverse_proxy " + v + "\n", "", map[string]int{"/a/b": 503, "/ab": 200}},
		{"a signer without a proxy", "", sign + "\trespond ok\n", "has no reverse_proxy", nil},
		{"a relative file", "", "\tduo_sign secrets/duo.json\n\treverse_proxy " + v + "\n", "must be an absolute path", nil},
		{"a file without a folder", "", "\tduo_sign duo.json\n\treverse_proxy " + v + "\n", "must be an absolute path", nil},
		{"check-c1-site-level-handle_path", "", sign + "\thandle_path /duo/* {\n\t\treverse_proxy " + v + " {\n\t\t\theader_up Host {upstream_hostport}\n\t\t}\n\t}\n", "", map[string]int{"/duo/a": 200}},
		{"check-c2-handle_path-inside", "", "\thandle_path /duo/* {\n" + sign + "\t\treverse_proxy " + v + " {\n\t\t\theader_up Host {upstream_hostport}\n\t\t}\n\t}\n", "", map[string]int{"/duo/a": 200}},
		{"check-c4-header_up-auth", "", sign + "\treverse_proxy " + v + " {\n\t\theader_up Host elsewhere.example\n\t\theader_up Authorization \"Basic abc\"\n\t\theader_up X-Duo-Date {time.now.http}\n\t}\n", "", map[string]int{"/a": 200}},
		{"check-c7-snippet", "", "\timport vendor " + v + "\n", "", map[string]int{"/a": 200}},
		{"check-c9-wrong-upstream", "", "\treverse_proxy " + m.other + " {\n\t\ttransport duo_sign " + block + "\t}\n", "", map[string]int{"/a": 421}},
		{"check-c10-noscheme", "", "\treverse_proxy " + v + " {\n\t\ttransport duo_sign " + strings.Replace(block, "\tinsecure_upstream\n", "", 1) + "\t}\n", "duo: the upstream is plain http", nil},
		// Caddy keeps an order for all later configurations.
		{"E1: order after reverse_proxy", "after reverse_proxy", sign + "\treverse_proxy " + v + "\n", "", map[string]int{"/a": 503}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := m.made(tt.name, tt.site, []string{"(vendor) {\n\treverse_proxy {args[0]} {\n\t\ttransport duo_sign " + block + "\t}\n}\n"}, nil, false)
			site.order = tt.order
			err := c.load(t, []*made{site})
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) || !strings.HasPrefix(tt.refused, "duo: ") && !strings.Contains(err.Error(), "Caddyfile:") {
					t.Errorf("loaded, or refused without %q and the line: %v", tt.refused, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for path, want := range tt.want {
				before := m.vendors[0].count()
				if status := c.ask(t, site, "GET", path, ""); status != want {
					t.Errorf("%s is answered %d, want %d", path, status, want)
				}
				for _, a := range m.vendors[0].since(before) {
					if a.fault == nil && !a.answer.Accepted {
						t.Logf("%+v", a.answer)
					}
					if a.fault != nil || !a.answer.Accepted {
						t.Errorf("%s arrived as\n%s", path, a.raw)
					}
				}
			}
		})
	}
}
