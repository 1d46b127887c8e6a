package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// auditedRoute is a route to Duo with an audit in the folder, which the operator names.
func auditedRoute(t *testing.T, h *home, f form, folder string) *route {
	t.Helper()
	h.env = append(h.env, "VENDORSIGN_AUDIT_DIR="+folder)
	r := find("duo").route(t, f)
	r.options = r.options.with(options{"audit": "required"})
	if f == traefik {
		r.options["audit_file"] = "audit.json"
	} else {
		r.options["audit_output"] = []string{"file", filepath.Join(folder, "audit.json")}
	}
	return r
}

func TestTheAuditOfBothGatewaysHasOneLineForEachDecision(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		h, folder := newHome(t), t.TempDir()
		r := auditedRoute(t, h, f, folder)
		g := startIn(t, h, f, r)
		g.accepted(t, r, request{method: "GET", target: "/api?key=canary"})
		g.refused(t, r, request{method: "GET", target: "/api%0A{%22event%22:1}?key=canary", header: []string{"Origin: https://evil.example"}}, 403, "browser")
		g.stop()
		data, err := os.ReadFile(filepath.Join(folder, "audit.json"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("canary")) || bytes.Contains(data, []byte("?")) {
			t.Errorf("the audit shows what it must not: %s", data)
		}
		if got := eventsIn(t, string(data)); !strings.HasSuffix(got, "credential_loaded request refusal") {
			t.Errorf("the events are %s", got)
		}
	})
}

func TestAFullDiskStopsRequestsWhoseAuditIsRequired(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	eachForm(t, func(t *testing.T, f form) {
		h, folder := newHome(t), t.TempDir()
		if err := os.Symlink("/dev/full", filepath.Join(folder, "audit.json")); err != nil {
			t.Fatal(err)
		}
		r := auditedRoute(t, h, f, folder)
		g := startIn(t, h, f, r)
		g.refused(t, r, request{method: "GET", target: "/api"}, 503, "audit-unavailable")
		g.stop()
		if !strings.Contains(g.log.String(), "events could not be written") {
			t.Error("the operator is not told")
		}
	})
}

// Traefik's log has other lines, and the plugin's own are not its errors.
func TestTraefiksStandardOutputHasTheEventsAsTheyAre(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	r := find("duo").route(t, traefik)
	r.options = r.options.with(options{"audit": "required"})
	g := startIn(t, h, traefik, r)
	g.accepted(t, r, request{method: "GET", target: "/api"})
	g.stop()
	var lines []string
	for _, line := range strings.Split(g.log.String(), "\n") {
		if strings.HasPrefix(line, `{"schema_version":1,`) {
			lines = append(lines, line)
		}
	}
	if got := eventsIn(t, strings.Join(lines, "\n")); !strings.HasSuffix(got, "credential_loaded request") {
		t.Errorf("the events are %q", got)
	}
}

// eventsIn lists the kinds of the events of a file.
func eventsIn(t *testing.T, text string) string {
	t.Helper()
	var kinds []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var event struct{ Event, Vendor string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Vendor != "duo" {
			t.Fatalf("%v in %q", err, line)
		}
		kinds = append(kinds, event.Event)
	}
	return strings.Join(kinds, " ")
}

// Each event looks the name up, so that none is lost in a file that is gone.
func TestAnAuditFileThatWasRemovedIsMadeAgain(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		h, folder := newHome(t), t.TempDir()
		r := auditedRoute(t, h, f, folder)
		g := startIn(t, h, f, r)
		g.accepted(t, r, request{method: "GET", target: "/api"})
		file := filepath.Join(folder, "audit.json")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		g.accepted(t, r, request{method: "GET", target: "/api?again=1"})
		if data, err := os.ReadFile(file); err != nil || eventsIn(t, string(data)) != "request" {
			t.Errorf("%v; the file has %q", err, data)
		}
	})
}
