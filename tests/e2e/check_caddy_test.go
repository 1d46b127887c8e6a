package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What check says of a site of Caddy is what a real Caddy does with it:
//
//	Caddy does not load it                        -> check has found a fault
//	a request to a vendor is refused as unsigned  -> check has said something
//	each request to a vendor is accepted          -> check has found no fault
//
// VENDORSIGN_CONFIGS=10000 tries as many, VENDORSIGN_CONFIGS_SEED repeats a run.
func TestCheckSaysOfASiteWhatCaddyDoesWithIt(t *testing.T) {
	t.Parallel()
	count, seed := 100, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("VENDORSIGN_CONFIGS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("VENDORSIGN_CONFIGS_SEED"), 10, 32); err == nil {
		seed = n
	}
	c := startConfigured(t)
	m := newSiteMaker(t, c, seed)
	dir, tally := t.TempDir(), make(map[string]int)
	bad := 0
	for n := range count {
		m.Rand = rand.New(rand.NewPCG(seed, uint64(n)))
		m.host, m.named = "", nil
		var site *made
		switch m.IntN(6) {
		case 0:
			site = m.anyJSON()
		case 1:
			site = m.goodJSON()
		case 2:
			site = m.good()
		default:
			site = m.any()
		}
		site.order = ""
		// Where these lead is not in the configuration.
		if strings.Contains(site.text, "{vars.upstream}") || strings.Contains(site.text, "name localhost") {
			tally["not compared"]++
			continue
		}
		if what := c.compare(t, m, site, dir, tally); what != "" {
			bad++
			t.Errorf("%d: %s:\n%s\n%v", n, what, site.text, site.more)
			if bad > 15 {
				break
			}
		}
	}
	t.Logf("of %d sites: %v", count, tally)
}

// compare returns what check says and Caddy does not do, or the reverse; empty: they agree.
func (c *configured) compare(t *testing.T, m *siteMaker, site *made, dir string, tally map[string]int) string {
	t.Helper()
	faults, warnings := c.check(t, site, dir)
	silent := len(faults)+len(warnings) == 0
	if err := c.load(t, []*made{site}); err != nil {
		tally["not loaded"]++
		if len(faults) == 0 {
			return fmt.Sprintf("Caddy does not load it (%v), and check finds no fault (%q)", err, warnings)
		}
		return ""
	}
	arrived, unsigned := 0, ""
	for i, path := range site.paths {
		method, body := "GET", ""
		if i%2 == 1 {
			method, body = "POST", "b=1&a=2"
		}
		before := [2]int{m.vendors[0].count(), m.vendors[1].count()}
		_, answer := c.answer(t, site, method, path, body)
		// The server of the configuration before may take one more connection.
		if strings.Contains(answer, "problems.md#unsigned") && silent {
			_, answer = c.answer(t, site, method, path, body)
		}
		if strings.Contains(answer, "problems.md#unsigned") {
			unsigned = path
		}
		for j, v := range m.vendors {
			for _, a := range v.since(before[j]) {
				if a.header.Get("User-Agent") == "" && a.answer != nil && a.answer.Accepted {
					arrived++
				}
			}
		}
	}
	switch {
	case unsigned != "" && silent:
		return "a request for " + unsigned + " is refused as unsigned, and check says nothing"
	case site.good && len(faults)+len(warnings) > 0:
		return fmt.Sprintf("a good site, and check says %q %q", faults, warnings)
	case unsigned != "":
		tally["unsigned"]++
	case arrived == len(site.paths):
		tally["accepted"]++
	case arrived > 0:
		tally["some"]++
	default:
		tally["nothing arrives"]++
	}
	return ""
}

// check asks `caddy vendorsign check` about a site.
func (c *configured) check(t *testing.T, site *made, dir string) (faults, warnings []string) {
	t.Helper()
	file, text := filepath.Join(dir, "Caddyfile"), c.head("")+site.text
	if site.json {
		file = filepath.Join(dir, "caddy.json")
		text = c.serverJSON(site)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(caddyBin, "vendorsign", "check", "--format", "json", file)
	run.Env = []string{"HOME=" + dir}
	out, err := run.Output()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("%v\n%s\n%s", err, exit.Stderr, text)
	}
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
			// These two say nothing of where requests go.
			if strings.Contains(l.What, "signs for any Host") || strings.Contains(l.What, "has no effect") {
				continue
			}
			warnings = append(warnings, l.What)
		}
	}
	return faults, warnings
}
