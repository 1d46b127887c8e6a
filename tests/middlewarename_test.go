package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// Whoever writes a label names the middleware, and Traefik writes what a plugin logs as it is.
func TestTheNameOfAMiddlewareAddsNoLineToTheLog(t *testing.T) {
	said := capturesLog(t)
	config := map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary", "host": "vendor.example", "allow": "GET /only"}}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		said()
		for _, tt := range []struct{ name, want string }{
			{"acme-api_1@docker", "middleware acme-api_1@docker: "},
			{"a\n2026-11-30T00:00:00Z INF all is well", `middleware "a\n2026-11-30T00:00:00Z INF all is well": `},
			{"b\r\x1b[31mred\u202e", `middleware "b\r\x1b[31mred\u202e": `},
			{`c"d\n`, `middleware "c\"d\\n": `},
			{strings.Repeat("é", 1<<20), `middleware "\u00e9` + strings.Repeat(`\u00e9`, 41) + `\u0...: `},
		} {
			shown, err := p.Config(config)
			if err != nil {
				t.Fatal(err)
			}
			handler, err := p.Handler(shown, http.NotFoundHandler(), tt.name)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "http://a.test/other", nil)
			r.RequestURI = "/other"
			handler.ServeHTTP(httptest.NewRecorder(), r)
			text := said()
			if !strings.Contains(text, tt.want) || strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\r\x1b\u202e") {
				t.Errorf("%.40q: the log has %.600q, want one line with %q", tt.name, text, tt.want)
			}
			faulty, err := p.Config(map[string]any{"duo": map[string]any{}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = p.Handler(faulty, http.NotFoundHandler(), tt.name); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%.40q: the error is %.600v", tt.name, err)
			}
		}
	})
}
