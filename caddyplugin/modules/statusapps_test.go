package modules

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/cli/screen"
)

// An operator sees which apps there are, whose key is no longer good, and who still uses the gateway. A reload keeps that.
func TestTheStatusListsTheAppsOfAllVerifiers(t *testing.T) {
	appsUsed.Clear()
	socket := filepath.Join(t.TempDir(), "admin")
	site := strings.Replace(verifyingSites("47s")["handler"], "\t\tapp soar {", "\t\tapp gone {\n\t\t\tkey_id DIAPPGONE\n\t\t\tsecret app-secret-gone\n"+
		"\t\t\trevoked\n\t\t}\n\t\tapp late {\n\t\t\tkey_id DIAPPLATE\n\t\t\tsecret app-secret-late\n\t\t\texpires 2020-01-01\n\t\t}\n\t\tapp soar {", 1)
	site = strings.Replace(site, "{admin}", "unix/"+socket, 1)
	upstream := serve(t, new(duoVendor))
	c := running{site: freeTCP(t), admin: "unix/" + socket}
	load(t, c, site, upstream)
	t.Cleanup(func() { caddy.Stop() })

	billing, gone := duoKey{"DIAPPBILLING00000000", "app-secret-billing"}, duoKey{"DIAPPGONE", "app-secret-gone"}
	for _, request := range []string{billing.raw("GET", "/admin/v1/users/1", "", 0), gone.raw("GET", "/admin/v1/users/1", "", 0),
		duoKey{"DIAPPSOAR00000000000", "forged"}.raw("GET", "/admin/v1/users/1", "", 0)} {
		sendRaw(t, c.site, request)
	}
	for _, when := range []string{"at first", "after a reload"} {
		all, err := askApps(c.admin)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, a := range all {
			line := a.Signer + " " + a.App
			if a.Revoked {
				line += " revoked"
			}
			if a.Expires != nil {
				line += a.Expires.Format(" 2006-01-02")
			}
			if a.LastUsed != nil && time.Since(*a.LastUsed) < patience {
				line += " used"
			}
			lines = append(lines, line)
		}
		if got, want := strings.Join(lines, ", "), "duo billing used, duo gone revoked, duo late revoked 2020-01-02, duo soar"; got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
		if text, _ := json.Marshal(all); strings.Contains(string(text), "DIAPP") || strings.Contains(string(text), "secret") {
			t.Errorf("a key is shown: %s", text)
		}
		load(t, c, site+"# changed\n", upstream)
	}
	table, err := status("--address", c.admin)
	if err != nil || !strings.Contains(table, "\nAPP      SIGNER  KEY EXPIRES  LAST USED\nbilling  duo     -            ") ||
		!strings.Contains(table, "\ngone     duo     revoked      -\nlate     duo     expired      -\nsoar     duo     -            -\n") {
		t.Errorf("%v, and the tables are\n%s", err, table)
	}
}

func TestTheTableOfAppsFitsTheScreen(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	used, ends := now.Add(-5*time.Minute), now.Add(30*24*time.Hour)
	all := []appStatus{{Signer: "duo", App: strings.Repeat("billing-", 12), LastUsed: &used, Expires: &ends}, {Signer: "duo", App: "gone", Revoked: true}}
	if got := appsTable(nil, now, screen.Screen{Width: 80}); got != "" {
		t.Errorf("without apps: %q", got)
	}
	for _, s := range []screen.Screen{{Width: 80}, {Width: 60}, {Width: 132, Color: true}} {
		got := appsTable(all, now, s)
		for line := range strings.Lines(got) {
			line = strings.NewReplacer("\n", "", "\x1b[1m", "", "\x1b[31m", "", "\x1b[0m", "").Replace(line)
			if n := screen.Length(line); n > s.Width || strings.Contains(line, "\x1b") {
				t.Errorf("a line of %d columns in %d: %q", n, s.Width, line)
			}
		}
		if !strings.Contains(got, "in 30 days   5m ago\n") || strings.Contains(got, "\x1b[31mgone") != s.Color {
			t.Errorf("printed\n%s", got)
		}
	}
}

// Caddy reports a status in the text of its error alone. An older version, which has no such path, is told from a Caddy that failed,
// whatever digits the rest of the text has.
func TestTheAppsOfACaddyThatFailedAreNotTakenForNone(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		fails  bool
	}{{http.StatusNotFound, "", false}, {http.StatusInternalServerError, "listen tcp :14041: address already in use", true}} {
		admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, tt.body, tt.status)
		}))
		t.Cleanup(admin.Close)
		all, err := askApps(strings.TrimPrefix(admin.URL, "http://"))
		if len(all) > 0 || (err != nil) != tt.fails {
			t.Errorf("%d: %v, %v", tt.status, all, err)
		}
	}
}
