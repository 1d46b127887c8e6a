package caddyplugin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func TestTheHandlerSaysOnceThatTheHostChangesAfterIt(t *testing.T) {
	for _, test := range []struct {
		sent string
		said int
	}{{"vendor.test", 0}, {"other.test", 1}} {
		m := fresh(t, handlerID("darktrace")).(*DarktraceSign)
		m.Darktrace = signers.Darktrace{PublicToken: "demo-public-token", PrivateToken: "demo-private-token"}
		m.Policy = outbound.Policy{Host: []string{"vendor.test"}}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		defer cancel()
		if err := m.Provision(ctx); err != nil {
			t.Fatal(err)
		}
		defer m.Cleanup()
		core, log := observer.New(zap.WarnLevel)
		m.logger = zap.New(core)
		for range 100 {
			next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
				r.Host = test.sent
				return r.Write(io.Discard)
			})
			if err := m.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/devices", nil), next); err != nil {
				t.Fatal(err)
			}
		}
		if n := log.Len(); n != test.said {
			t.Errorf("Host %s: %d warnings", test.sent, n)
		}
	}
}
