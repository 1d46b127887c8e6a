package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A key that is revoked also ends the WebSockets that were opened with it, in each gateway.
func TestARevokedAppLosesItsWebSocket(t *testing.T) {
	app := localKey{"DIAPPBILLING00000000", "app-secret-billing"}
	eachForm(t, func(t *testing.T, f form) {
		h, r := newHome(t), find("duo").route(t, f)
		file, master := filepath.Join(h.secrets, "apps.json"), filepath.Join(h.secrets, "master")
		write := func(name, text string) {
			t.Helper()
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		apps := func(more string) string {
			return fmt.Sprintf(`{"version": 1, "vendor": "duo", "gateway": "duo.test", "apps": [{"name": "billing", "key_id": %q, "secret": "file:%s"%s}]}`,
				app.ikey, filepath.Join(h.secrets, "billing"), more)
		}
		write(file, apps(""))
		write(master, strings.Repeat("0123456789abcdef", 2))
		write(filepath.Join(h.secrets, "billing"), app.skey)
		r.options["upgrade"] = "websocket"
		if f == traefik {
			r.options["apps_file"], r.options["app_master"] = file, "file:"+master
		} else {
			r.options["require_app"] = true
			r.site = "\tvendorsign_verify duo {\n\t\tapps_file " + file + "\n\t\tapp_master {file." + master + "}\n\t}\n"
		}
		g := startIn(t, h, f, r)
		lines := []string{"Connection: Upgrade", "Upgrade: websocket"}
		for _, line := range strings.Split(app.signs("GET", "/admin/v1/users/1", "", -20*time.Second), "\r\n") {
			if strings.HasPrefix(line, "Date: ") || strings.HasPrefix(line, "Authorization: ") {
				lines = append(lines, line)
			}
		}
		u := open101(t, g.addr, "duo.test", request{method: "GET", target: "/admin/v1/users/1", header: lines})
		if got := u.echo(t, "a frame"); got != "a frame" {
			t.Errorf("came back as %q", got)
		}
		write(file, apps(`, "revoked": true`))
		_ = u.SetDeadline(time.Now().Add(time.Minute))
		if data, err := io.ReadAll(u); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the connection stays open: %q, %v", data, err)
		}
	})
}

// An app that is revoked in the configuration itself, which each gateway makes anew, loses its event streams and WebSockets, too.
func TestAReloadThatRevokesAnAppEndsItsStreams(t *testing.T) {
	app := localKey{"DIAPPBILLING00000000", "app-secret-billing"}
	eachForm(t, func(t *testing.T, f form) {
		h, r := newHome(t), find("duo").route(t, f)
		r.options["upgrade"] = "websocket"
		r.apps = []options{{"name": "billing", "key_id": app.ikey, "secret": app.skey}}
		if f != traefik {
			r.options["require_app"] = true
		}
		admin := freePort(t)
		s := setup{form: f, home: h, routes: []*route{r}, global: fmt.Sprintf("\tadmin 127.0.0.1:%d\n\tpersist_config off\n", admin)}
		s.upstream = "\t\t\tkeepalive 1s\n"
		var dynamicNow object
		s.change = watching(t, h, &dynamicNow)
		g := s.start(t)
		lines := []string{"Accept: text/event-stream", behave + ": " + behaveStream}
		for _, line := range strings.Split(app.signs("GET", "/admin/v1/users/1", "", -20*time.Second), "\r\n") {
			if strings.HasPrefix(line, "Date: ") || strings.HasPrefix(line, "Authorization: ") {
				lines = append(lines, line)
			}
		}
		conn := dial(t, g.addr)
		in := request{method: "GET", target: "/admin/v1/users/1", header: lines}
		if _, err := conn.Write(in.head("duo.test")); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(conn)
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("answered %+v, %v", response, err)
		}
		if line, err := bufio.NewReader(response.Body).ReadString('\n'); line != "data: first\n" {
			t.Fatalf("the stream begins with %q, %v", line, err)
		}
		if f == traefik {
			at(dynamicNow, "http", "middlewares", "duo", "plugin", "vendorsign", "duo")["apps"].([]object)[0]["revoked"] = true
			publish(t, h, dynamicNow)
		} else {
			config, err := os.ReadFile(filepath.Join(h.dir, "Caddyfile"))
			if err != nil {
				t.Fatal(err)
			}
			if got := load(t, admin, strings.Replace(string(config), "app billing {", "app billing {\n\t\t\trevoked", 1)); got != http.StatusOK {
				t.Fatalf("the reload is answered %d", got)
			}
		}
		if data, err := io.ReadAll(response.Body); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the stream stays open, or ends as if it were complete: %q, %v", data, err)
		}
	})
}
