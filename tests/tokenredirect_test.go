package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Some vendors answer a session that is over with a redirect to their login page. What is declared as refused counts at any status.
func TestATokenIsDroppedForARedirectThatIsDeclaredARefusal(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct {
			name, refused string
			status        int
			token         string // after the answer
		}{
			{"a redirect that is declared", `"status 401", "status 302"`, 302, "session-2"},
			{"a redirect that is not", `"status 401"`, 302, "session-1"},
			{"another status than the declared ones", `"status 302"`, 401, "session-1"},
			{"a success", `"status 401", "status 302"`, 200, "session-1"},
		} {
			var logins atomic.Int64
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"sid":"session-%d"}`, logins.Add(1))
			}))
			t.Cleanup(service.Close)
			login := `{"steps": [{"method": "POST", "url": "https://[[host]]/login", "body": "[[opt.password|reveal]]", "take": ["token = json:sid"]}],
				"lifetime": "30m", "refused": [` + test.refused + `]}`
			config, err := json.Marshal(map[string]any{"login": json.RawMessage(login), "operations": []string{"header X-Sid = [[token|reveal]]"},
				"secrets": map[string]string{"password": another("canary")}})
			if err != nil {
				t.Fatal(err)
			}
			policy := `{"host": ["` + strings.TrimPrefix(service.URL, "http://") + `"], "insecure_upstream": true}`
			clock := new(fakeTime)
			clock.nanos.Store(1735689600e9)
			sign, err := d.Tokens("login", config, []byte(policy), clock.now, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			token := func() (string, func(int) bool) {
				r := httptest.NewRequest("GET", "/x", nil)
				learn, problem := sign(r)
				if problem != nil {
					t.Fatalf("%s: answered %d", test.name, problem.StatusCode)
				}
				return r.Header.Get("X-Sid"), learn
			}
			first, learn := token()
			again := learn(test.status)
			second, _ := token()
			if first != "session-1" || second != test.token || again != (test.token == "session-2") {
				t.Errorf("%s: sent %s, then %s, once more: %v; want %s next", test.name, first, second, again, test.token)
			}
		}
	})
}
