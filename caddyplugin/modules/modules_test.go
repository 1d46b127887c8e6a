package modules

import (
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// module is what the modules of all vendors have in common.
type module interface {
	caddy.Module
	caddy.Provisioner
	caddy.CleanerUpper
	caddyfile.Unmarshaler
}

func TestEveryVendorHasAHandlerAndATransport(t *testing.T) {
	for _, vendor := range namedVendors {
		handler := fresh(t, handlerID(vendor))
		if _, ok := handler.(caddyhttp.MiddlewareHandler); !ok {
			t.Errorf("%T is no handler", handler)
		}
		transport := fresh(t, transportID(vendor))
		if _, ok := transport.(interface {
			reverseproxy.TLSTransport
			reverseproxy.RequestHeaderOpsTransport
		}); !ok {
			t.Errorf("%T is no transport as reverse_proxy's own", transport)
		}
		for id, m := range map[string]module{handlerID(vendor): handler, transportID(vendor): transport} {
			if got := string(m.CaddyModule().ID); got != id {
				t.Errorf("the module of %s says it is %s", id, got)
			}
		}
	}
}

func handlerID(vendor string) string   { return "http.handlers." + vendor + "_sign" }
func transportID(vendor string) string { return "http.reverse_proxy.transport." + vendor + "_sign" }

// fresh makes a module as Caddy does.
func fresh(t testing.TB, id string) module {
	t.Helper()
	info, err := caddy.GetModule(id)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := info.New().(module)
	if !ok {
		t.Fatalf("%s lacks a method", id)
	}
	return m
}
