package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// ownKey is the key of an app that signs as acmeOperations say; its requests have no query.
type ownKey struct{ id, secret string }

func (k ownKey) signs(method, path, body string, age time.Duration, more ...string) string {
	stamp := fmt.Sprint(time.Now().Add(-age).Unix())
	mac := hmac.New(sha256.New, []byte(k.secret))
	fmt.Fprintf(mac, "%s\n%s\n\n%s\n%x", method, path, stamp, sha256.Sum256([]byte(body)))
	head := []string{method + " " + path + " HTTP/1.1", "Host: custom.test", "Connection: close", "X-Acme-Id: " + k.id, "X-Acme-Date: " + stamp,
		fmt.Sprintf("X-Acme-Signature: %x", mac.Sum(nil))}
	if body != "" {
		head = append(head, fmt.Sprint("Content-Length: ", len(body)))
	}
	return strings.Join(append(head, more...), "\r\n") + "\r\n\r\n" + body
}

// ownApps gives a route a preset file with a claim, and an app, in the places where the form has them.
func ownApps(t *testing.T, f form, h *home, r *route) {
	t.Helper()
	ownScheme(t, f, h, r)
	file := object{"preset": 1, "name": "acme", "title": "Acme", "operations": strings.Split(acmeOperations, "\n"),
		"options": []object{{"name": "access_id"}, {"name": "secret_key", "secret": true}},
		"claim": object{"key": "access_id", "secret": "secret_key", "time": "unix", "method": true, "body": true, "hex": true,
			"headers": object{"X-Acme-Id": "{key}", "X-Acme-Date": "{time}", "X-Acme-Signature": "{proof}"}}}
	if f == traefik {
		writeYAML(t, filepath.Join(h.dir, "presets", "acme.json"), file)
		r.options["apps"] = []object{{"name": "billing", "keyId": "AKBILLING", "secret": "app-secret-billing", "allow": []string{"GET|POST /things/**"}}}
		return
	}
	path := filepath.Join(h.dir, "acme.json")
	writeYAML(t, path, file)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	secret, _, _ := strings.Cut(r.lines, "\noperations")
	r.lines = secret + "\npreset_file " + path + "\n"
	r.options["require_app"] = true
	r.site = "\tvendorsign_verify custom {\n\t\tpreset_file " + path + "\n\t\tapp billing {\n\t\t\tkey_id AKBILLING\n" +
		"\t\t\tsecret app-secret-billing\n\t\t\tallow GET|POST /things/**\n\t\t}\n\t}\n"
}

// An app of a scheme of one's own is verified and its request signed with the real credential, in each gateway.
func TestOnlyAnOwnSchemesAppsLeaveAGateway(t *testing.T) {
	const soon = -20 * time.Second // what is dated before the start may have been used before
	app := ownKey{"AKBILLING", "app-secret-billing"}
	eachForm(t, func(t *testing.T, f form) {
		h, r := newHome(t), find("custom").route(t, f)
		ownApps(t, f, h, r)
		g := startIn(t, h, f, r)
		once, read := app.signs("POST", "/things/1", `{"a":1}`, soon), app.signs("GET", "/things/1", "", 0)
		for _, test := range []struct {
			name, raw string
			status    int
		}{
			{"a read", read, 200},
			{"the same read, again", read, 200},
			{"a write", once, 200},
			{"the same write, again", once, 403},
			{"a read from before the window", app.signs("GET", "/things/1", "", 2*time.Minute), 403},
			{"no signature", "GET /things/1 HTTP/1.1\r\nHost: custom.test\r\nConnection: close\r\n\r\n", 401},
			{"the real key", ownKey{acmeID, acmeSecret}.signs("GET", "/things/1", "", 0), 401},
			{"a wrong secret", ownKey{app.id, "x"}.signs("GET", "/things/1", "", 0), 401},
			{"an unknown key", ownKey{"AKNONE", app.secret}.signs("GET", "/things/1", "", 0), 401},
			{"another method", strings.Replace(read, "GET", "POST", 1), 401},
			{"another path", strings.Replace(read, "things/1", "things/2", 1), 401},
			{"an added query", strings.Replace(read, "things/1", "things/1?a=1", 1), 401},
			{"a path that is not the app's", app.signs("GET", "/others", "", 0), 403},
			{"another body", strings.Replace(app.signs("POST", "/things/1", "aa", soon), "\r\n\r\naa", "\r\n\r\nab", 1), 401},
			{"two signatures", strings.Replace(read, "\r\n\r\n", "\r\nX-Acme-Signature: 00\r\n\r\n", 1), 401},
			{"two IDs", strings.Replace(read, "\r\n\r\n", "\r\nX-Acme-Id: "+acmeID+"\r\n\r\n", 1), 401},
		} {
			before := r.vendor.count()
			statuses := exchangeRaw(t, g.addr, test.raw)
			arrived := r.vendor.signedOrNothing(t, before, test.raw)
			if !slices.Equal(statuses, []int{test.status}) || len(arrived) != map[bool]int{true: 1, false: 0}[test.status == 200] {
				t.Errorf("%s: %v, and %d arrived; want %d", test.name, statuses, len(arrived), test.status)
			}
			for _, a := range arrived {
				if strings.Contains(a.text(), app.id) || strings.Contains(a.text(), app.secret) {
					t.Errorf("%s: the app's key arrived:\n%s", test.name, a.text())
				}
			}
		}
	})
}
