package tests

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The mistakes that people make with Traefik at first, and what they are told, word by word.
func TestEachMistakeOfANewUserIsToldWithWhatToWrite(t *testing.T) {
	secrets := t.TempDir()
	t.Setenv("VENDORSIGN_SECRETS_DIR", secrets)
	for name, text := range map[string]string{"bom": "\ufeffcanary\n", "utf16": "\xff\xfec\x00a\x00n\x00a\x00r\x00y\x00\r\x00\n\x00"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	duo := func(name string, value any) map[string]any {
		options := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example"}
		options[name] = value
		return map[string]any{"duo": options}
	}
	const start = "middleware test@file: "
	tests := []struct {
		name   string
		config map[string]any
		want   string
	}{
		{"a shell's variable", duo("secretKey", "${DUO_SKEY}"), start + "duo: secretKey: ${NAME} is not replaced here; write {env.NAME}"},
		{"a Caddyfile's variable", duo("secretKey", "{$DUO_SKEY}"), start + "duo: secretKey: only a Caddyfile knows {$NAME}; write {env.NAME}"},
		{"a colon in braces", duo("secretKey", "{env:DUO_SKEY}"), start + "duo: secretKey: a variable is written {env.NAME}, with a dot"},
		{"a file with a colon in braces", duo("secretKey", "{file:/run/secrets/duo}"), start + "duo: secretKey: a file is written {file./path}, with a dot"},
		{"a Secret's name where Traefik puts in none", duo("secretKey", "urn:k8s:secret:duo:skey"), start + "duo: secretKey: urn:k8s:secret: works only in Traefik's manifests for Kubernetes; here write file:/path or env:NAME"},
		{"a template in a label", duo("secretKey", `{{ env "DUO_SKEY" }}`), start + "duo: secretKey: templates work only in Traefik's files; here write file:/path or env:NAME"},
		{"a variable as in a shell", duo("secretKey", "$DUO_SKEY"), start + "duo: secretKey: $NAME is not replaced here; write {env.NAME}"},
		{"a variable for the host", duo("host", "${HOST}"), start + "duo: host: ${NAME} is not replaced here; write {env.NAME}"},
		{"a byte order mark", duo("secretKey", "file:"+filepath.Join(secrets, "bom")), start + "duo: secretKey begins with a byte order mark; save the file as UTF-8 without one"},
		{"UTF-16, as PowerShell writes it", duo("secretKey", "file:"+filepath.Join(secrets, "utf16")), start + "duo: secretKey begins with a byte order mark; save the file as UTF-8 without one"},
		{"methods with commas", duo("allow", []any{"GET,POST /devices"}), start + `duo: allow: methods are joined by | and not by commas, as in "GET|POST /devices/**"`},
		{"the same in a label, where commas split", duo("allow", "GET,POST /devices"), start + `duo: allow: methods are joined by | and not by commas, as in "GET|POST /devices/**"`},
		{"a mapping in place of a list", duo("allow", map[string]any{"GET": "/devices"}), start + "duo: allow must be a list of strings; put a reference in braces in quotes, or write env:NAME or file:/path"},
		{"two letters of an option about apps swapped", duo("appsFiel", "/run/secrets/apps.json"), start + "duo: unknown option appsFiel; did you mean appsFile?"},
		{"two letters of an option swapped", duo("hots", "h"), start + "duo: unknown option hots; did you mean host?"},
		{"two letters of the vendor swapped", map[string]any{"dou": map[string]any{"host": "h"}}, start + "unknown vendor dou; did you mean duo?"},
		{"a relative file", duo("secretKey", "file:duo.key"), start + `duo: secretKey: secret file is not below VENDORSIGN_SECRETS_DIR, which is "` + secrets + `": its path must be absolute`},
		{"ids exchanged", map[string]any{"duo": map[string]any{"integrationKey": strings.Repeat("a", 40), "secretKey": "DIXXXXXXXXXXXXXXXXXX", "host": "h"}}, start + "duo: integrationKey and secretKey are swapped: what secretKey holds is an ID"},
		{"the vendor left out", map[string]any{"host": "h", "secretKey": "canary"}, start + "host is an option: name the vendor before it, as in aws.host"},
		{"the vendor left out before its own option", map[string]any{"integrationKey": "DIX"}, start + "integrationKey is an option: name the vendor before it, as in duo.integrationKey"},
		{"another vendor's options", map[string]any{"darktrace": map[string]any{"integrationKey": "DIX", "host": "h"}}, start + "darktrace: unknown option integrationKey, which is one of duo; known are publicToken, "},
		{"an option of two other vendors", map[string]any{"darktrace": map[string]any{"secretKey": "canary", "host": "h"}}, start + "darktrace: unknown option secretKey, which is one of duo and threatconnect; known are publicToken, "},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			_, err := p.New(test.config, http.NotFoundHandler())
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s:\n%v\nwant\n%s", test.name, err, test.want)
			}
		}
	})
	for folder, want := range map[string]string{
		secrets + "/missing": `the folder "` + secrets + `/missing" that VENDORSIGN_SECRETS_DIR names cannot be read`,
		"secrets":            `VENDORSIGN_SECRETS_DIR must be an absolute path, and is "secrets"`,
	} {
		t.Setenv("VENDORSIGN_SECRETS_DIR", folder) // which interpreters read when they are made
		bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
			if _, err := p.New(duo("secretKey", "file:"+folder+"/duo"), http.NotFoundHandler()); err == nil || err.Error() != start+"duo: secretKey: "+want {
				t.Errorf("%v\nwant\n%s", err, want)
			}
		})
	}
}

// capturesLog has both ways of the plugin log to a file, from interpreters that are made afterwards. said returns what
// was logged since it was called last.
func capturesLog(t *testing.T) (said func() string) {
	t.Helper()
	// Without these, one warning comes at load, and keys that are sent as they are need https.
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "h,vendor.example")
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", "h")
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = file // the interpreter's log
	log.SetOutput(file)
	t.Cleanup(func() {
		os.Stderr = stderr
		log.SetOutput(stderr)
		file.Close()
	})
	read := 0
	return func() string {
		all, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := string(all[read:])
		read = len(all)
		return text
	}
}

func TestASecretThatIsOddIsSaidWhenItIsLoaded(t *testing.T) {
	logged := capturesLog(t)
	for value, want := range map[string]string{
		`"canary"`:         "secretKey begins and ends with quotes; if they are not part of it, remove them from the file or variable",
		"DUO_SKEY=canary":  "secretKey begins with NAME=; the file must contain only the value",
		"<your-skey>":      "secretKey looks like a page's placeholder; put the real value in its place",
		"replace-me":       "secretKey looks like a page's placeholder; put the real value in its place",
		"xxxxxxxxxxxxxxxx": "secretKey looks like a page's placeholder; put the real value in its place",
		"AbCd=EfGh==":      "",
		"yourself0123":     "",
	} {
		bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
			if _, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": another("ID"), "secretKey": value, "host": "h"}}, http.NotFoundHandler()); err != nil {
				t.Error(err)
			}
			said := logged()
			if want == "" && said != "" || !strings.Contains(said, want) || strings.Contains(said, "canary") {
				t.Errorf("%q, want %q", said, want)
			}
		})
	}
}

// Without observe the operator hears once that the vendor refuses a new credential, and of one that it takes nothing.
func TestTheFirstRefusalOfANewCredentialIsToldWithoutObserve(t *testing.T) {
	logged := capturesLog(t)
	tests := []struct {
		name     string
		statuses []int
		lines    int
		wrapped  int // requests whose answers were looked at
	}{
		{"refused", []int{401, 401, 401}, 1, 1},
		{"taken", []int{200, 401, 401}, 0, 1},
		{"the vendor fails at first", []int{502, 401, 401}, 1, 2},
	}
	for _, test := range tests {
		for _, method := range []string{"GET", "POST"} { // which Quick and Sign sign
			bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
				asked, wrapped := 0, 0
				vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, flushes := w.(http.Flusher); !flushes {
						wrapped++
					}
					w.WriteHeader(test.statuses[asked])
					asked++
					io.WriteString(w, `{"code": 40103, "stat": "FAIL"}`)
				})
				middleware, err := p.New(map[string]any{"duo": map[string]any{
					"integrationKey": another("ID"), "secretKey": "canary", "host": "h", "insecureUpstream": true,
				}}, vendor)
				if err != nil {
					t.Fatal(err)
				}
				for i := range test.statuses {
					r := httptest.NewRequest(method, "/admin/v1/users", nil)
					if method == "POST" {
						r = httptest.NewRequest(method, "/admin/v1/users", strings.NewReader("{}"))
					}
					w := httptest.NewRecorder()
					middleware.ServeHTTP(w, r)
					if w.Code != test.statuses[i] || w.Body.Len() == 0 {
						t.Errorf("answer %d: %d %q", i, w.Code, w.Body)
					}
				}
				said := logged()
				const line = "the vendor refused a signed request with 401: F signature: "
				if strings.Count(said, line) != test.lines || strings.Count(said, "\n") != test.lines || wrapped != test.wrapped || asked != len(test.statuses) {
					t.Errorf("%s, %s: %d asked, %d looked at, said %q", test.name, method, asked, wrapped, said)
				}
			})
		}
	}
}

// Upgrades and event streams go through untouched, also the first ones.
func TestTheFirstEventStreamOfANewCredentialIsNotHeldUp(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for header, value := range map[string]string{"Accept": "text/event-stream", "Upgrade": "websocket"} {
			flushes := false
			middleware, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": another("ID"), "secretKey": "canary", "host": "h", "insecureUpstream": true, "upgrade": "websocket"}},
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, flushes = w.(http.Flusher) }))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/admin/v1/users", nil)
			r.Header.Set(header, value)
			if header == "Upgrade" {
				r.Header.Set("Connection", "Upgrade")
			}
			middleware.ServeHTTP(httptest.NewRecorder(), r)
			if !flushes {
				t.Errorf("%s: the writer was wrapped", header)
			}
		}
	})
}

// A wrong kind of Cortex key is answered with a bare 401, which names no option. The line does.
func TestARefusedCortexKeyNamesItsKind(t *testing.T) {
	logged := capturesLog(t)
	for kind, want := range map[string]string{
		"advanced": "; keyType is advanced, and a key of the security level Standard needs keyType standard\n",
		"standard": "; keyType is standard, and a key of the security level Advanced needs keyType advanced\n",
	} {
		bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
			middleware, err := p.New(map[string]any{"cortex": map[string]any{
				"apiKeyId": "1", "apiKey": another("key"), "keyType": kind, "host": "h", "insecureUpstream": true,
			}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }))
			if err != nil {
				t.Fatal(err)
			}
			middleware.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/public_api/v1/healthcheck", nil))
			said := logged()
			if !strings.HasSuffix(said, want) {
				t.Errorf("%q, want %q", said, want)
			}
		})
	}
}

func TestARequestThatAllowDoesNotListIsToldWithTheReason(t *testing.T) {
	logged := capturesLog(t)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for allow, want := range map[string]string{
			"GET /admin/*":     `"detail":"GET /admin/v1/users matches no allow entry of this credential; * stays inside a path segment, ** crosses them"`,
			"POST /admin/**":   `"detail":"GET /admin/v1/users matches no allow entry of this credential"`,
			"* /auth/v2/check": `"detail":"GET /admin/v1/users matches no allow entry of this credential"`,
		} {
			var body string
			middleware, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": another("ID"), "secretKey": "canary", "host": "h", "allow": allow}}, http.NotFoundHandler())
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w := httptest.NewRecorder()
				middleware.ServeHTTP(w, httptest.NewRequest("GET", "/admin/v1/users?secret=1", nil))
				body = w.Body.String()
			}
			said := logged()
			line := `allow has refused a request and has let none through yet: GET "/admin/v1/users" matches no entry`
			if !strings.Contains(body, want) || strings.Count(said, line) != 1 || strings.Count(said, "\n") != 1 {
				t.Errorf("%s: %s\nsaid %q", allow, body, said)
			}
		}
	})
}

func TestTraefiksLogSpellsOptionsAsTraefikDoes(t *testing.T) {
	logged := capturesLog(t)
	vendor := httptest.NewServer(http.NotFoundHandler())
	defer vendor.Close()
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		middleware, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": another("ID"), "secretKey": "canary", "host": "vendor.example"}},
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out, _ := http.NewRequestWithContext(r.Context(), "GET", vendor.URL, nil)
				if response, err := http.DefaultClient.Do(out); err == nil {
					response.Body.Close()
				}
			}))
		if err != nil {
			t.Fatal(err)
		}
		middleware.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/admin/v1/users", nil))
		said := logged()
		if want := "middleware test@file: connection closed: the upstream is plain http; use https or set insecureUpstream\n"; !strings.HasSuffix(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
	})
}
