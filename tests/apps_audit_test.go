package tests

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// slowly is a text that takes some time to read.
type slowly struct {
	io.Reader
	waited bool
}

func (s *slowly) Read(p []byte) (int, error) {
	if !s.waited {
		s.waited = true
		time.Sleep(50 * time.Millisecond)
	}
	return s.Reader.Read(p)
}

func TestTheAuditHasAnEventForEachAppsRequest(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		file := filepath.Join(folder, "apps.json")
		os.Remove(file)
		handler, err := p.New(duoApps(map[string]any{"audit": "required", "auditFile": "apps.json"}), http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		unsigned := httptest.NewRequest("GET", "/admin/v1/users?secret=canary", nil)
		slow := duoApp.request("POST", "/admin/v1/users/1", "a", ahead)
		slow.Body = io.NopCloser(&slowly{Reader: strings.NewReader("b")})
		broken := duoApp.request("POST", "/admin/v1/users/1", "a", ahead)
		broken.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		var want []string
		for _, tt := range []struct {
			r     *http.Request
			event string
		}{
			{duoApp.request("GET", "/admin/v1/users/1?a=canary", "", 0), "app_verified billing <nil> <nil>, request billing <nil> <nil>"},
			{duoApp.request("GET", "/admin/v1/admins", "", 0), "app_verified billing <nil> <nil>, refusal billing not-allowed 403"},
			{duoApp.request("GET", "/admin/v1/logs", "", 0), "app_refused billing rights 403"},
			{duoClient{duoApp.ikey, "x"}.request("GET", "/admin/v1/users/1", "", 0), "app_refused billing signature 401"},
			{duoReal.request("GET", "/admin/v1/users/1", "", 0), "app_refused <nil> key 401"},
			{unsigned, "app_refused <nil> unsigned 401"},
			{slow, "app_refused billing signature 401"},
			{broken, "app_refused <nil> body 400"},
		} {
			handler.ServeHTTP(httptest.NewRecorder(), tt.r)
			want = append(want, strings.Split(tt.event, ", ")...)
		}
		var got []string
		for _, e := range auditLines(t, file) {
			if e["event"] == "credential_loaded" {
				continue
			}
			got = append(got, fmt.Sprint(e["event"], " ", e["app"], " ", e["reason"], " ", e["status"]))
			if took := e["duration_ms"].(float64); len(got) == 9 && took < 50 {
				t.Errorf("the event says %v ms", took)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the events are\n%s", strings.Join(got, "\n"))
		}
	})
}

func TestAnAppsRequestWhoseEventIsLostIsNotSentIfItIsRequired(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	folder := t.TempDir()
	t.Setenv("VENDORSIGN_AUDIT_DIR", folder)
	if err := os.Symlink("/dev/full", filepath.Join(folder, "full.json")); err != nil {
		t.Fatal(err)
	}
	said := capturesLog(t)
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "api-1.vendor.example")
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for mode, want := range map[string]int{"on": http.StatusOK, "required": http.StatusServiceUnavailable} {
			sent := 0
			vendor := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ })
			handler, err := p.New(duoApps(map[string]any{"audit": mode, "auditFile": "full.json"}), vendor)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, duoApp.request("GET", "/admin/v1/users/1?"+mode+"=1", "", 0))
			if w.Code != want || (sent == 1) != (mode == "on") {
				t.Errorf("audit %s: answered %d, and %d were sent", mode, w.Code, sent)
			}
			// The verifier has not refused the request, and has no reason to log.
			if text := said(); !strings.Contains(text, "could not be written") || strings.Contains(text, "of an app was refused") {
				t.Errorf("audit %s: the log says %q", mode, text)
			}
		}
	})
}
