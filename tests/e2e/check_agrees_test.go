package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func (v checkedVendor) secure() bool { return v.options["insecure_upstream"] == nil }

func (v checkedVendor) url() string {
	if v.secure() {
		return "https://" + v.host
	}
	return "http://" + v.host
}

// checkedLine is a line of check in JSON.
type checkedLine struct{ Level, What string }

// merge adds the routers to a dynamic configuration.
func merge(dynamic object, routers ...*routed) object {
	for _, r := range routers {
		for kind, objects := range r.dynamic() {
			maps.Copy(at(dynamic, "http", kind), objects.(object))
		}
	}
	return dynamic
}

// check asks `vendorsign check` about one router, in a file with the usual ones.
func (r *routed) check(t *testing.T, m *routerMaker, dir string) (faults, warnings []string) {
	t.Helper()
	file := filepath.Join(dir, r.name()+".yml")
	writeYAML(t, file, merge(merge(object{}, m.usuals...), r))
	run := exec.Command(m.program, "check", "--format", "json", file)
	run.Env = []string{}
	out, _ := run.Output()
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		var l checkedLine
		if line == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch l.Level {
		case "":
			faults = append(faults, l.What)
		case "warning":
			warnings = append(warnings, l.What)
		}
	}
	return faults, warnings
}

// What check says of a router of Traefik is what a real Traefik does with its requests:
//
//	a request arrives that the vendor refuses  -> check has said something
//	no request arrives, or none is accepted    -> check has said something
//	another server sees a signature            -> check has said something
//	each request is accepted                   -> check has found no fault
//
// VENDORSIGN_CONFIGS=10000 tries as many, VENDORSIGN_CONFIGS_SEED repeats a run.
func TestCheckSaysOfARouterWhatTraefikDoesWithIt(t *testing.T) {
	t.Parallel()
	count, seed := 200, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("VENDORSIGN_CONFIGS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("VENDORSIGN_CONFIGS_SEED"), 10, 32); err == nil {
		seed = n
	}
	m := newRouterMaker(t, seed)
	tally := make(map[string]int)
	for made := 0; made < count && !t.Failed(); made += 100 {
		var routers []*routed
		for range min(100, count-made) {
			routers = append(routers, m.router())
		}
		m.try(t, tally, routers)
	}
	t.Logf("of %d routers: %v", count, tally)
	if tally["accepted"] < count/4 || tally["refused"] < count/8 {
		t.Errorf("of %d routers too few do what they should, or not: %v", count, tally)
	}
}

func newRouterMaker(t *testing.T, seed uint64) *routerMaker {
	t.Helper()
	issuer := newAuthority(t)
	m := &routerMaker{Rand: rand.New(rand.NewPCG(seed, 0)), program: buildVendorsign(t), ca: issuer.file}
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		if r.Header.Get("Dtapi-Signature") != "" || len(secret) == 128 || strings.HasPrefix(r.Header.Get("Authorization"), "standardKEY") {
			m.shown.Store(r.Header.Get("X-Case"), true)
		}
	}))
	t.Cleanup(other.Close)
	m.other = strings.TrimPrefix(other.URL, "http://")
	for _, name := range []string{"duo", "cortex-standard", "darktrace"} {
		mode := find(name)
		plain := newVendor(t, mode.signer, mode.credential(), nil)
		m.vendors = append(m.vendors, checkedVendor{plain, plain.addr, mode.signer, mode.options.with(options{"insecure_upstream": "true"})})
	}
	mode := find("duo")
	secure := newVendor(t, mode.signer, mode.credential(), issuer.leaf(t, "localhost"))
	m.vendors = append(m.vendors, checkedVendor{secure, strings.Replace(secure.addr, "127.0.0.1", "localhost", 1), mode.signer, mode.options})
	for _, v := range m.vendors {
		m.usuals = append(m.usuals, m.usual(v))
	}
	return m
}

// try loads the routers into one Traefik, and compares what happens with what check says.
func (m *routerMaker) try(t *testing.T, tally map[string]int, routers []*routed) {
	t.Helper()
	g := setup{form: traefik, home: newHome(t), change: func(_ int, _, dynamic object) {
		merge(merge(dynamic, m.usuals...), routers...)
	}}.start(t)
	for _, r := range routers {
		r.statuses = ask(t, g.addr, r)
	}
	dir := t.TempDir()
	for _, r := range routers {
		faults, warnings := r.check(t, m, dir)
		silent := len(faults)+len(warnings) == 0
		// With insecureUpstream, the servers may be others than the host: what they are is the operator's business.
		if r.signs && r.insecure && r.elsewhere {
			silent = false
		}
		accepted, refused := m.arrived(r)
		// Mirrors send after the answer.
		for deadline := time.Now().Add(patience); silent && r.signs && accepted == 0 && r.statuses[0] == 200 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
			accepted, refused = m.arrived(r)
		}
		_, shown := m.shown.Load(r.name())
		text, _ := json.Marshal(r.dynamic())
		switch all := accepted == len(r.statuses) && refused == 0; {
		case refused > 0 && silent:
			t.Errorf("the vendor refuses %d requests, and check says nothing: %s", refused, text)
		case r.signs && accepted == 0 && silent:
			t.Errorf("no request is accepted (%v), and check says nothing: %s", r.statuses, text)
		case shown && silent:
			t.Errorf("another server has seen a signature, and check says nothing: %s", text)
		case all && !r.doubtful && len(faults) > 0:
			t.Errorf("all requests are accepted (%v), and check says %q: %s", r.statuses, faults, text)
		case all:
			tally["accepted"]++
		case refused > 0:
			tally["refused"]++
		default:
			tally["sent to nobody, or to another server"]++
		}
	}
}

// arrived counts the requests of a router that have arrived at vendors which accept them, and at others.
func (m *routerMaker) arrived(r *routed) (accepted, refused int) {
	for _, v := range m.vendors {
		for _, a := range v.since(0) {
			switch {
			case a.header.Get("X-Case") != r.name():
			case a.answer != nil && a.answer.Accepted:
				accepted++
			default:
				refused++
			}
		}
	}
	return accepted, refused
}

// ask sends requests to a router, and returns what their clients get.
func ask(t *testing.T, addr string, r *routed) (statuses []int) {
	t.Helper()
	for _, in := range []string{"GET /a?x=1&y=2", "POST /b"} {
		method, path, _ := strings.Cut(in, " ")
		head := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Case: %s\r\nAuthorization: Basic Y2xpZW50OmNsaWVudA==\r\n",
			method, r.prefix(), path, r.name())
		body := ""
		if method == "POST" {
			body = "a=b"
			head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"
		}
		answer, err := exchange(addr, head+"\r\n"+body)
		if err != nil {
			t.Fatal(err)
		}
		status, _ := strconv.Atoi(strings.Fields(answer + " x x")[1])
		statuses = append(statuses, status)
	}
	return statuses
}
