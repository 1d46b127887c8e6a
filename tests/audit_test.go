package tests

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// audited makes a middleware whose audit file is NAME in a folder of the operator's, and counts what reaches the vendor.
func audited(t *testing.T, p interpret.Plugin, folder string, more map[string]any) (send func(r *http.Request) int, asked *int) {
	t.Helper()
	asked = new(int)
	options := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example", "insecureUpstream": true,
		"auditFile": "audit.json"}
	for name, value := range more {
		options[name] = value
	}
	middleware, err := p.New(map[string]any{"duo": options}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { *asked++ }))
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) int {
		w := httptest.NewRecorder()
		middleware.ServeHTTP(w, r)
		return w.Code
	}, asked
}

// auditLines reads a file of events, each of which must be an object on a line of its own.
func auditLines(t *testing.T, file string) (lines []map[string]any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "canary") {
		t.Errorf("the audit shows what it must not: %s", data)
	}
	for _, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTraefiksAuditHasALineForEachDecision(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		os.Remove(filepath.Join(folder, "audit.json"))
		send, asked := audited(t, p, folder, map[string]any{"audit": "on", "allow": "GET /admin/**"})
		good := httptest.NewRequest("GET", "/admin/v1/users?key=canary", nil)
		good.Header.Set("Authorization", "Basic canary")
		if status := send(good); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
		if status := send(httptest.NewRequest("GET", "/auth/v2/ping?key=canary", nil)); status != http.StatusForbidden {
			t.Errorf("answered %d", status)
		}
		lines := auditLines(t, filepath.Join(folder, "audit.json"))
		if *asked != 1 || len(lines) != 3 {
			t.Fatalf("%d requests, events %v", *asked, lines)
		}
		for i, want := range []map[string]any{
			{"event": "credential_loaded", "host": "vendor.example"},
			{"event": "request", "host": "vendor.example", "method": "GET", "path": "/admin/v1/users", "client": "192.0.2.1"},
			{"event": "refusal", "host": "vendor.example", "method": "GET", "path": "/auth/v2/ping", "client": "192.0.2.1", "status": 403.0,
				"reason": "not-allowed"},
		} {
			want["gateway"], want["vendor"], want["schema_version"] = "traefik", "duo", 1.0
			for name, value := range want {
				if lines[i][name] != value {
					t.Errorf("%s of %v is %v", name, lines[i], lines[i][name])
				}
			}
			if fingerprint, _ := lines[i]["credential"].(string); len(fingerprint) != 8 {
				t.Errorf("%v names no credential", lines[i])
			}
		}
	})
}

// /dev/full takes every open, and no write.
func TestWithoutASinkNothingIsSentIfAuditIsRequired(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	if err := os.Symlink("/dev/full", filepath.Join(folder, "audit.json")); err != nil {
		t.Fatal(err)
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for mode, want := range map[string]int{"required": http.StatusServiceUnavailable, "on": http.StatusOK} {
			for _, more := range []map[string]any{{}, {"observe": "on"}, {"rate": "100/1m"}, {"signatureVersion": 5}} {
				more["audit"] = mode
				send, asked := audited(t, p, folder, more)
				for i := 1; i < 3; i++ {
					r := httptest.NewRequest("POST", "/admin/v1/users", strings.NewReader("a=b"))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					if status := send(r); status != want || (*asked > 0) != (mode == "on") {
						t.Errorf("%v: answered %d, %d requests sent", more, status, *asked)
					}
				}
			}
		}
	})
}

func TestHostileRequestsForgeNoLinesOfTheAudit(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		file := filepath.Join(folder, "audit.json")
		os.Remove(file)
		send, _ := audited(t, p, folder, map[string]any{"audit": "required"})
		targets := []string{"/a%0A{\"event\":\"request\"}", "/a\n{\"event\":\"x\"}", "/\xff\x00\x1b[2J", "http://canary:canary@vendor.example/a",
			"/" + strings.Repeat("\"", 9000), "/a#part", "/\u2028", "*", "", "?canary"}
		for _, target := range targets {
			r := httptest.NewRequest("GET", "/", nil)
			r.RequestURI = target
			if u, err := url.ParseRequestURI(target); err == nil {
				r.URL = u
			}
			r.Method = "GET\n{}"
			r.Host = "canary\n{}"
			r.RemoteAddr = "[::1%\n{}]:1"
			r.Header["X-Request-Id"] = []string{"canary\n{}"}
			send(r)
		}
		lines := auditLines(t, file)
		if len(lines) != 1+len(targets) {
			t.Errorf("%d lines", len(lines))
		}
		for _, line := range lines[1:] {
			if path, _ := line["path"].(string); line["event"] != "refusal" || line["schema_version"] != 1.0 || len(path) > 1024 {
				t.Errorf("%v", line)
			}
		}
	})
}

func TestAnAuditFileIsMadeAgainAfterItWasRemoved(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		file := filepath.Join(folder, "audit.json")
		os.Remove(file)
		send, asked := audited(t, p, folder, map[string]any{"audit": "required"})
		if err := os.Rename(file, file+".1"); err != nil {
			t.Fatal(err)
		}
		sent := 0
		for _, err := os.Stat(file); err != nil; _, err = os.Stat(file) { // for up to a second
			sent++
			if status := send(httptest.NewRequest("GET", "/a", nil)); status != http.StatusOK {
				t.Fatalf("answered %d", status)
			}
		}
		if all := len(auditLines(t, file)) + len(auditLines(t, file+".1")); all != sent+1 || *asked != sent {
			t.Errorf("%d requests, %d events", sent, all)
		}
	})
}

func TestALabelCannotChooseWhereTheAuditIsWritten(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ dir, name, want string }{
		{folder, "../audit.json", "must be the name of a file"},
		{folder, "/etc/audit.json", "must be the name of a file"},
		{folder, ".hidden", "must be the name of a file"},
		{folder, "a/b", "must be the name of a file"},
		{"", "audit.json", "VENDORSIGN_AUDIT_DIR names, and it is not set"},
		{"relative", "audit.json", "is not there"},
		{filepath.Join(folder, "none"), "audit.json", "is not there"},
		{folder, "audit.json", ""},
	} {
		t.Setenv("VENDORSIGN_AUDIT_DIR", test.dir)
		bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
			_, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example",
				"audit": "on", "auditFile": test.name}}, http.NotFoundHandler())
			if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), "auditFile: ") ||
				!strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s in %s: %v", test.name, test.dir, err)
			}
		})
	}
}
