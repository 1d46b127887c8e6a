package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vendorsign/vendorsign/outbound/audit"
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
	schema := auditSchema(t)
	for _, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if err := schema.Validate(line); err != nil {
			t.Errorf("%v in %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// auditSchema compiles the schema of the documentation.
func auditSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(interpret.Root(t), "docs", "audit.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestEveryKindOfEventFitsTheSchema(t *testing.T) {
	hostile := "/\"\\\n\u2028\u202e\xff?#" + strings.Repeat("𝄞<", 3000)
	about := audit.Event{Credential: "0123abcd", App: "reports", User: hostile, Client: hostile, Method: hostile, Host: hostile, Path: hostile,
		Status: 403, Reason: "not-allowed", RequestID: hostile}
	var written []byte
	trail := &audit.Trail{Gateway: "caddy", Vendor: "duo", Write: func(line []byte) error {
		written = append(written, line...)
		return nil
	}}
	kinds := []string{audit.Request, audit.Refusal, audit.AppVerified, audit.AppRefused, audit.AppRevoked, audit.TokenFetched,
		audit.TokenRefused, audit.CredentialLoaded, audit.CredentialSwitched}
	for _, kind := range kinds {
		about.Kind = kind
		audit.Record(trail, about)
	}
	audit.RecordApp(trail, audit.AppVerified, "reports", "", audit.Event{})
	audit.RecordApp(trail, audit.AppRefused, "", "unknown-key", audit.Event{Client: "::1", Method: "GET", Path: "/"})
	audit.RecordRevoked(trail, "reports", "")
	file := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(file, written, 0o600); err != nil {
		t.Fatal(err)
	}
	if lines := auditLines(t, file); len(lines) != len(kinds)+3 {
		t.Errorf("%d lines", len(lines))
	}
	schema := auditSchema(t)
	for _, wrong := range []string{
		`{"schema_version":1,"time":"2026-11-28T08:30:15.250Z","event":"other","gateway":"caddy","vendor":"duo","duration_ms":0}`,
		`{"schema_version":1,"time":"2026-11-28T08:30:15Z","event":"app_revoked","app":"a","gateway":"caddy","vendor":"duo","duration_ms":0}`,
		`{"schema_version":1,"time":"2026-11-28T08:30:15.250Z","event":"request","gateway":"caddy","vendor":"duo","duration_ms":0}`,
	} {
		var line map[string]any
		if err := json.Unmarshal([]byte(wrong), &line); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(line) == nil {
			t.Errorf("the schema takes %s", wrong)
		}
	}
}

// The new key is refused by the vendor: the gateway repeats the request with the previous one, after probes.
func TestTheAuditHasRepetitionsProbesAndTheSwitchToThePreviousCredential(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		file := filepath.Join(folder, "audit.json")
		os.Remove(file)
		asked, salt := 0, t.Name()[len(t.Name())-4:]
		vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if user, _, _ := r.BasicAuth(); user != "OLD"+salt {
				w.WriteHeader(http.StatusUnauthorized)
				io.WriteString(w, `{"code":40102,"stat":"FAIL"}`)
			}
		})
		middleware, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "NEW" + salt, "secretKey": "canary", "host": "h",
			"insecureUpstream": true, "observe": "on", "audit": "required", "auditFile": "audit.json",
			"previous": map[string]any{"integrationKey": "OLD" + salt, "secretKey": "canary"}}}, vendor)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < 2; i++ {
			w := httptest.NewRecorder()
			middleware.ServeHTTP(w, httptest.NewRequest("GET", "/a", nil))
			if w.Code != http.StatusOK {
				t.Errorf("answered %d", w.Code)
			}
		}
		seen := make(map[string]int)
		for _, line := range auditLines(t, file) {
			reason, _ := line["reason"].(string)
			seen[strings.TrimSuffix(line["event"].(string)+" "+reason, " ")]++
		}
		if requests := seen["request"] + seen["request repeat"] + seen["request probe"]; requests != asked || seen["request"] != 2 ||
			seen["request repeat"] != 1 || seen["request probe"] == 0 || seen["credential_switched previous"] != 1 {
			t.Errorf("%d requests, events %v", asked, seen)
		}
	})
}

func TestTheAuditHasTheTokensThatWereFetchedAndRefused(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/refused") {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{"access_token":"canary","token_type":"Bearer","expires_in":3600}`)
	}))
	defer service.Close()
	address := strings.TrimPrefix(service.URL, "http://")
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", "vendor.example,"+address)
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "vendor.example,"+address)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for path, want := range map[string]string{"/canary/good": "token_fetched 200", "/canary/refused": "token_refused 401"} {
			name := "tokens-" + t.Name()[len(t.Name())-8:] + "-" + want[6:13] + ".json"
			middleware, err := p.New(map[string]any{"oauth2": map[string]any{"clientId": "id-" + name, "clientSecret": "canary",
				"host": "vendor.example", "tokenUrl": service.URL + path, "insecureUpstream": true, "audit": "on", "auditFile": name}},
				http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			if err != nil {
				t.Fatal(err)
			}
			middleware.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil))
			lines := auditLines(t, filepath.Join(folder, name))
			if len(lines) < 3 || fmt.Sprint(lines[1]["event"], " ", lines[1]["status"]) != want || lines[1]["host"] != address {
				t.Errorf("%v", lines)
			}
		}
	})
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
