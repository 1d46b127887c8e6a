package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/attack"
)

// attackedAt is when the apps sign. Servers judge ten seconds later.
var attackedAt = time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)

// attackedApps are the apps of a gateway for a client, as the options of a verifier.
func attackedApps(c *attack.Client) []map[string]any {
	var apps []map[string]any
	for n, name := range []string{"app", "other", "gone", "ended"} {
		k := c.KeyOf(n)
		apps = append(apps, map[string]any{"name": name, "key_id": k.ID, "secret": k.Secret})
	}
	apps[attack.Gone]["revoked"] = true
	apps[attack.Ended]["expires"] = "2026-01-02"
	return apps
}

// judgeRaw is a gateway's verifier that is asked about bytes.
func judgeRaw(t testing.TB, d drive, c *attack.Client) func(raw string) (outcome, detail string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"window": "1m", "apps": attackedApps(c)})
	if err != nil {
		t.Fatal(err)
	}
	judge, err := d.Verifier(c.Vendor, config, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return func(raw string) (string, string) {
		p, err := attack.Parse(raw)
		if err != nil {
			return attack.Malformed, err.Error()
		}
		if p.Cut { // no gateway gets so far
			return attack.Malformed, "the body is not whole"
		}
		if !strings.HasPrefix(p.RequestURI, "/") { // see apps.Check
			return attack.Unproved, "no path"
		}
		_, refused, detail := judge(p.Method, "https", p.Host, p.RequestURI, p.Header, []byte(p.Body), attackedAt.Add(10*time.Second))
		switch refused {
		case "":
			return attack.Pass, ""
		case "unsigned", "key", "date", "uncovered", "body", "signature":
			return attack.Unproved, refused + ": " + detail
		}
		return refused, detail
	}
}

func TestEachAttackOnAnAppsRequestIsRefusedWhereItsSchemeCanSeeIt(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		ran := 0
		for _, c := range attack.Clients {
			judge := judgeRaw(t, d, c)
			f := &attack.Forge{Client: c, Now: attackedAt}
			for _, a := range attack.Attacks(c) {
				want, why, ok := a.Wanted(c)
				if !ok {
					continue
				}
				ran++
				if want == attack.Unsent || want == attack.Either {
					want = attack.Pass
				}
				requests := a.Make(f)
				for i, r := range requests {
					outcome, detail := judge(r.Raw())
					last := i == len(requests)-1
					if last && outcome != want || !last && outcome != attack.Pass {
						t.Errorf("%s: %s: %s (%s), want %s %s\n%s", c.Name, a.Name, outcome, detail, want, why, r.Raw())
					}
				}
			}
		}
		if ran < 900 {
			t.Errorf("only %d attacks ran", ran)
		}
	})
}

func TestASignatureOfAnotherVendorsIsNoneHere(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, c := range attack.Clients {
			judge := judgeRaw(t, d, c)
			for _, other := range attack.Clients {
				if other.Vendor == c.Vendor {
					continue
				}
				f := &attack.Forge{Client: other, Now: attackedAt}
				r := f.Signed(false)
				r.Host = c.Host
				if outcome, _ := judge(r.Raw()); outcome != attack.Unproved {
					t.Errorf("a request of %s at %s: %s", other.Name, c.Name, outcome)
				}
				f.Client = c // beside the right one
				both := f.Signed(false)
				both.Lines = append(slices.Clone(r.Lines), both.Lines...)
				if outcome, _ := judge(both.Raw()); outcome != attack.Unproved && shares(c, other) {
					t.Errorf("signatures of %s and %s: %s", other.Name, c.Name, outcome)
				}
			}
		}
	})
}

// shares reports whether two schemes use a header in common.
func shares(c, other *attack.Client) bool {
	return slices.ContainsFunc(c.Headers, func(name string) bool {
		return slices.ContainsFunc(other.Headers, func(of string) bool { return strings.EqualFold(name, of) })
	})
}
