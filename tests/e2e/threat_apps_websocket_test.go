package e2e

import (
	"errors"
	"fmt"
	"io"
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
