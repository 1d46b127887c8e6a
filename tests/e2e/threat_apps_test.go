package e2e

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// localKey is an app's key. The app signs as Duo's clients do with version 5; the vendor's judge knows the real key alone.
type localKey struct{ ikey, skey string }

// signs are the raw bytes of a request to duo.test whose date is so far from now.
func (k localKey) signs(method, target, body string, age time.Duration, more ...string) string {
	date := time.Now().Add(-age).UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000")
	path, query, _ := strings.Cut(target, "?")
	mac := hmac.New(sha512.New, []byte(k.skey))
	fmt.Fprintf(mac, "%s\n%s\nduo.test\n%s\n%s\n%x\n%x", date, method, path, query, sha512.Sum512([]byte(body)), sha512.Sum512(nil))
	head := []string{method + " " + target + " HTTP/1.1", "Host: duo.test", "Date: " + date, "Connection: close",
		"Authorization: Basic " + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%x", k.ikey, mac.Sum(nil)))}
	if body != "" {
		head = append(head, fmt.Sprint("Content-Length: ", len(body)))
	}
	return strings.Join(append(head, more...), "\r\n") + "\r\n\r\n" + body
}

// verifying is a route to Duo for two apps, by the form's own means.
func verifying(t *testing.T, f form) *route {
	r := find("duo").route(t, f)
	if f == traefik {
		r.options["apps"] = []object{
			{"name": "billing", "keyId": "DIAPPBILLING00000000", "secret": "app-secret-billing", "allow": []string{"GET|POST /admin/v1/users/**"}},
			{"name": "gone", "keyId": "DIAPPGONE00000000000", "secret": "app-secret-gone", "revoked": true},
		}
		return r
	}
	r.options["require_app"] = true
	r.site = "\tvendorsign_verify duo {\n\t\tapp billing {\n\t\t\tkey_id DIAPPBILLING00000000\n\t\t\tsecret app-secret-billing\n" +
		"\t\t\tallow GET|POST /admin/v1/users/**\n\t\t}\n\t\tapp gone {\n\t\t\tkey_id DIAPPGONE00000000000\n\t\t\tsecret app-secret-gone\n" +
		"\t\t\trevoked\n\t\t}\n\t}\n"
	return r
}

func TestOnlyAnAppsOwnValidRequestLeavesAGateway(t *testing.T) {
	const soon = -20 * time.Second // what is dated before the start may have been used before
	app, gone := localKey{"DIAPPBILLING00000000", "app-secret-billing"}, localKey{"DIAPPGONE00000000000", "app-secret-gone"}
	eachForm(t, func(t *testing.T, f form) {
		r := verifying(t, f)
		g := start(t, f, r)
		once := app.signs("POST", "/admin/v1/users/1", `{"a":1}`, soon)
		read := app.signs("GET", "/admin/v1/users/1?a=1", "", 0)
		chunked := func(raw string) string {
			return strings.Replace(raw, "\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 1)
		}
		real := find("duo").credential()
		for _, test := range []struct {
			name, raw string
			status    int
		}{
			{"a read", read, 200},
			{"the same read, again", read, 200},
			{"a write", once, 200},
			{"the same write, again", once, 403},
			{"a write from before the start", app.signs("POST", "/admin/v1/users/1", "x", 40*time.Second), 403},
			{"a read from before the window", app.signs("GET", "/admin/v1/users/1", "", 2*time.Minute), 403},
			{"no signature", "GET /admin/v1/users/1 HTTP/1.1\r\nHost: duo.test\r\nConnection: close\r\n\r\n", 401},
			{"the real key", localKey{real["integration_key"], real["secret_key"]}.signs("GET", "/admin/v1/users/1", "", 0), 401},
			{"a wrong secret", localKey{app.ikey, "x"}.signs("GET", "/admin/v1/users/1", "", 0), 401},
			{"an unknown key", localKey{"DIX", app.skey}.signs("GET", "/admin/v1/users/1", "", 0), 401},
			{"a revoked key", gone.signs("GET", "/admin/v1/users/1", "", 0), 403},
			{"another method", strings.Replace(read, "GET", "POST", 1), 401},
			{"another path", strings.Replace(read, "users/1", "users/2", 1), 401},
			{"another query", strings.Replace(read, "a=1", "a=2", 1), 401},
			{"a path that is not the app's", app.signs("GET", "/admin/v1/admins", "", 0), 403},
			{"a path that may be read as another", app.signs("GET", "/admin/v1/users/..%2fadmins", "", 0), 403},
			{"an added body", strings.Replace(read, "\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx", 1), 401},
			{"an added body in chunks", chunked(read), 401},
			{"another body", strings.Replace(app.signs("POST", "/admin/v1/users/1", "aa", soon), "\r\n\r\naa", "\r\n\r\nab", 1), 401},
			{"an added header that the scheme covers", strings.Replace(read, "\r\n\r\n", "\r\nX-Duo-Other: 1\r\n\r\n", 1), 401},
			{"two signatures", strings.Replace(read, "\r\n\r\n", "\r\nAuthorization: Basic YTpi\r\n\r\n", 1), 401},
			{"two dates", strings.Replace(read, "\r\n\r\n", "\r\nDate: Sat, 28 Nov 2026 08:30:15 -0000\r\n\r\n", 1), 401},
			{"a nominated signature", strings.Replace(read, "Connection: close", "Connection: close, Authorization", 1), 200},
		} {
			if f == traefik && (strings.HasPrefix(test.name, "a path that may") || strings.HasPrefix(test.name, "a nominated")) {
				test.status = 401 // Traefik has changed the request before the plugin sees it: it is no longer what the app signed
			}
			before := r.vendor.count()
			statuses := exchangeRaw(t, g.addr, test.raw)
			arrived := r.vendor.signedOrNothing(t, before, test.raw)
			if !slices.Equal(statuses, []int{test.status}) || len(arrived) != map[bool]int{true: 1, false: 0}[test.status == 200] {
				t.Errorf("%s: %v, and %d arrived; want %d", test.name, statuses, len(arrived), test.status)
			}
			for _, a := range arrived {
				if strings.Contains(a.text(), "app-secret") || strings.Contains(a.text(), app.ikey) {
					t.Errorf("%s: the app's key arrived:\n%s", test.name, a.text())
				}
			}
		}
	})
}
