package tests

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A session that the vendor opens for the credential is as good as the credential, however the answer comes.
func TestAClientNeverGetsTheSessionThatTheCredentialOpened(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter){
		"without a status": func(w http.ResponseWriter) { io.WriteString(w, "x") },
		"with a status":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) },
		"nothing at all":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"a refusal":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden); io.WriteString(w, "no") },
		"early hints":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints); w.WriteHeader(http.StatusOK) },
		"twice": func(w http.ResponseWriter) {
			w.Header().Add("Set-Cookie", "b=2")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, "no")
		},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for name, answer := range answers {
			for accept, stream := range map[string]string{"": "", " as a stream": "text/event-stream"} {
				t.Run(name+accept, func(t *testing.T) {
					vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("Authorization") != "canary" {
							t.Errorf("Authorization is %q", r.Header.Get("Authorization"))
						}
						w.Header().Set("Set-Cookie", "MISP-session=secret; path=/")
						w.Header().Set("X-Kept", "yes")
						answer(w)
					})
					middleware, err := p.New(map[string]any{"misp": map[string]any{"authKey": "canary", "host": "misp.example.com"}}, vendor)
					if err != nil {
						t.Fatal(err)
					}
					for range 2 { // the first answer to a credential is looked at apart
						r, w := httptest.NewRequest("GET", "/events/index", nil), httptest.NewRecorder()
						if stream != "" {
							r.Header.Set("Accept", stream)
						}
						middleware.ServeHTTP(w, r)
						got := w.Result()
						if got.Header["Set-Cookie"] != nil || got.Header.Get("X-Kept") != "yes" {
							t.Errorf("the client gets %v", got.Header)
						}
					}
				})
			}
		}
		_, err := p.New(map[string]any{"misp": map[string]any{"authKey": "canary", "host": "h", "upgrade": "websocket"}}, http.NotFoundHandler())
		if err == nil {
			t.Error("a connection that is upgraded would hide nothing, and loads")
		}
	})
}
