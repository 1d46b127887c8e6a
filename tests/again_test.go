package tests

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// A middleware in front calls the plugin again with the same body, as Traefik's retry does. It keeps its request as it was, and the
// body arrives whole as often as nothing of it was sent.
func TestARequestThatComesAgainIsAsItWas(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		const text = "a=1&b=2"
		sent := false
		var bodies []string
		block := map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com"}
		handler, err := p.New(map[string]any{"duo": block},
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					t.Error("it is not signed")
				}
				if sent {
					body, err := io.ReadAll(r.Body)
					bodies = append(bodies, string(body))
					if err != nil {
						bodies = append(bodies, err.Error())
					}
				}
			}))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		came := httptest.NewRequest("POST", "/api", io.MultiReader(strings.NewReader(text))).WithContext(ctx)
		came.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		came.Header.Set("X-Mine", "kept")
		came.Body, came.ContentLength = io.NopCloser(came.Body), -1
		for _, sends := range []bool{false, false, true} {
			sent = sends
			attempt := came.Clone(ctx)
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, attempt)
			if answer.Code != http.StatusOK {
				t.Errorf("answered %d %s", answer.Code, answer.Body)
			}
			h := attempt.Header
			if len(h) != 2 || h.Get("X-Mine") != "kept" || attempt.Host != came.Host || attempt.RequestURI != came.RequestURI {
				t.Errorf("the request in front has become %s %s %v", attempt.Host, attempt.RequestURI, h)
			}
		}
		if len(bodies) != 1 || bodies[0] != text {
			t.Errorf("the bodies were %q", bodies)
		}
		// What was sent, at least in part, is not sent again.
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, came.Clone(ctx))
		if answer.Code != http.StatusBadRequest || len(bodies) != 1 {
			t.Errorf("the next attempt is answered %d, and the bodies were %q", answer.Code, bodies)
		}
	})
}

// rewound is a body that a middleware in front keeps, as Traefik's buffering does: it goes back to its start before each attempt.
type rewound struct{ *strings.Reader }

// A middleware in front that keeps the body sends it whole with each attempt, whatever became of the one before.
func TestABodyThatIsKeptInFrontComesAgain(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		const text = "a=1&b=2"
		for _, block := range []map[string]any{
			{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example.com"}},
			{"threatconnect": map[string]any{"accessId": "1", "secretKey": "canary", "host": "vendor.example.com"}}, // it streams
		} {
			sends := false
			var bodies []string
			handler, err := p.New(block, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if sends {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					bodies = append(bodies, string(body))
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			kept := rewound{strings.NewReader(text)}
			for _, sends = range []bool{false, true, true} {
				kept.Reset(text)
				attempt := httptest.NewRequest("POST", "/api", nil).WithContext(ctx)
				attempt.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				attempt.Body, attempt.ContentLength = io.NopCloser(kept), int64(len(text))
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, attempt)
				if answer.Code != http.StatusOK {
					t.Errorf("%v: answered %d %s", block, answer.Code, answer.Body)
				}
			}
			if len(bodies) != 2 || bodies[0] != text || bodies[1] != text {
				t.Errorf("%v: the bodies were %q", block, bodies)
			}
			cancel()
		}
	})
}
