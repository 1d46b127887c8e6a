package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// sessionVendor is a management server as checkpoint has it: sessions that are opened by a login and closed by a logout.
type sessionVendor struct {
	*httptest.Server
	mu             sync.Mutex
	logins, ended  int
	refused, taken int
	sessions       map[string]bool
}

func newSessionVendor(t testing.TB) *sessionVendor {
	t.Helper()
	v := &sessionVendor{sessions: make(map[string]bool)}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		v.mu.Lock()
		defer v.mu.Unlock()
		sid := r.Header.Get("X-chkp-sid")
		switch r.URL.Path {
		case "/web_api/login":
			if string(body) != `{"user":"api","password":"pass\"word-canary"}` {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"code":"err_login_failed_wrong_username_or_password"}`)
				return
			}
			v.logins++
			sid = fmt.Sprintf("sid-canary-%d", v.logins)
			v.sessions[sid] = true
			fmt.Fprintf(w, `{"sid":%q,"session-timeout":600}`, sid)
		case "/web_api/logout":
			if v.sessions[sid] {
				v.ended++
			}
			delete(v.sessions, sid)
		default:
			if !v.sessions[sid] {
				v.refused++
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"code":"generic_err_wrong_session_id"}`)
				return
			}
			v.taken++
		}
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *sessionVendor) counts() (logins, ended, refused, taken int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.logins, v.ended, v.refused, v.taken
}

func (v *sessionVendor) route(f form, name string, o options) *route {
	addr := v.Listener.Addr().String()
	all := options{"user": "api", "password": `pass"word-canary`, "host": addr, "insecure_upstream": true}.with(o)
	if f == traefik {
		all["observe"] = "on"
	}
	return &route{name: name, signer: "checkpoint", secrets: []string{"password"}, options: all, vendor: &vendor{addr: addr}}
}

// Sessions are scarce: one serves a crowd, another one follows when the vendor has ended it, clients cannot reach the login, and Caddy
// logs out when its last user goes.
func TestASessionIsOpenedOnceAndClosedWithItsLastUser(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		v := newSessionVendor(t)
		one := v.route(f, "one", nil)
		two := v.route(f, "two", nil) // the same credential: the same session
		g := start(t, f, one, two)
		wantAll(t, "the first site", g.many(t, one))
		wantAll(t, "the second site", g.many(t, two))
		if logins, _, refused, taken := v.counts(); logins != 1 || refused != 0 || taken != 2*crowd {
			t.Errorf("%d logins, %d refused, %d taken", logins, refused, taken)
		}
		for _, path := range []string{"/web_api/login", "/web_api/logout", "/web_api/%6Cogin", "//web_api/login"} {
			answer, err := exchange(g.addr, "POST "+path+" HTTP/1.1\r\nHost: one.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			if err != nil || !strings.HasPrefix(answer, "HTTP/1.1 403 ") && !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
				t.Errorf("%s: answered %.60q, %v", path, answer, err)
			}
		}
		v.mu.Lock()
		clear(v.sessions) // an administrator has ended them
		v.mu.Unlock()
		until(t, "a second session", func() bool {
			status, _, _ := g.get(t, one)
			return status == http.StatusOK
		})
		logins, ended, _, _ := v.counts()
		if logins != 2 || ended != 0 {
			t.Errorf("%d logins, %d logouts", logins, ended)
		}
		crowdClient.CloseIdleConnections() // Caddy waits five seconds for each that has never been used
		g.end(t)
		want := 1
		if f == traefik { // tells a plugin nothing of its end
			want = 0
		}
		if _, ended, _, _ := v.counts(); ended != want {
			t.Errorf("%d logouts when the gateway ended, want %d", ended, want)
		}
	})
}

// A wrong password locks accounts: it is tried once, however many requests come, and the vendor's own code says that it is one.
func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var attempts sync.Map
		v := newSessionVendor(t)
		handler := v.Config.Handler
		count := 0
		var mu sync.Mutex
		v.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/web_api/login" {
				mu.Lock()
				count++
				mu.Unlock()
			}
			attempts.Store(r.URL.Path, true)
			handler.ServeHTTP(w, r)
		})
		r := v.route(f, "wrong", options{"password": "wrong-canary"})
		g := start(t, f, r)
		for range 3 {
			if statuses := g.many(t, r); statuses[http.StatusServiceUnavailable] != crowd {
				t.Errorf("answered %v", statuses)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if count != 1 {
			t.Errorf("%d attempts", count)
		}
		if _, sent := attempts.Load("/api/v3/groups"); sent {
			t.Error("a request was sent without a session")
		}
	})
}
