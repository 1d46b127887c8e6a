package modules

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/signers"
)

// Dynamic upstreams are dialled by address: the guard knows the vendor by the name that was looked up, wherever that is written.
func TestAVendorIsKnownByTheNameThatDynamicUpstreamsLookUp(t *testing.T) {
	t.Setenv("VENDOR_UNDER_TEST", "api.vendor.example")
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	const vendor = `{"source":"a","name":"api.vendor.example","port":"443"}`
	const other = `{"source":"a","name":"app.example","port":"443"}`
	for source, want := range map[string]bool{
		vendor: true,
		other:  false,
		`{"source":"a","name":"{env.VENDOR_UNDER_TEST}","port":"443"}`:                 true,
		`{"source":"multi","sources":[` + other + `,` + vendor + `]}`:                  true,
		`{"source":"multi","sources":[{"source":"multi","sources":[` + vendor + `]}]}`: true,
		`{"source":"multi","sources":[` + other + `]}`:                                 false,
		`{"source":"srv","name":"_api._tcp.vendor.example"}`:                           false, // its targets are dialled by name
	} {
		proxy := &reverseproxy.Handler{DynamicUpstreamsRaw: json.RawMessage(source)}
		loaded, err := ctx.LoadModule(proxy, "DynamicUpstreamsRaw")
		if err != nil {
			t.Fatal(source, err)
		}
		proxy.DynamicUpstreams = loaded.(reverseproxy.UpstreamSource)
		g := newGuard(new(reverseproxy.HTTPTransport))
		g.place.proxy = proxy
		r := httptest.NewRequest(http.MethodGet, "http://192.0.2.1:443/", nil)
		r = r.WithContext(context.WithValue(r.Context(), caddy.ReplacerCtxKey, caddy.NewReplacer()))
		if got := g.leadsTo(r, func(name string) bool { return name == "api.vendor.example:443" }); got != want {
			t.Errorf("%s: %v", source, got)
		}
	}
}

// An address is no name, but the Host says which vendor is meant.
func TestAVendorIsKnownByTheHostThatAProxySets(t *testing.T) {
	for host, want := range map[string]bool{
		"api.vendor.example": true, "app.example": false, "{http.request.host}": false, "{http.reverse_proxy.upstream.hostport}": false,
	} {
		g := newGuard(new(reverseproxy.HTTPTransport))
		g.place.proxy = &reverseproxy.Handler{Headers: &headers.Handler{Request: &headers.HeaderOps{Set: http.Header{"Host": {host}}}}}
		r := httptest.NewRequest(http.MethodGet, "http://192.0.2.1:443/", nil)
		replacer := caddy.NewReplacer()
		replacer.Set("http.request.host", "api.vendor.example")
		r = r.WithContext(context.WithValue(r.Context(), caddy.ReplacerCtxKey, replacer))
		if got := g.leadsTo(r, func(name string) bool { return name == "api.vendor.example" }); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// header_up can set the Host in several ways; what counts is what is sent.
func TestARequestWhoseHostBecomesAVendorsIsNotSentUnsigned(t *testing.T) {
	for _, change := range []string{"Host example.com", "+Host example.com", "Host .* example.com", "Host (127).* example$1.com"} {
		t.Run(change, func(t *testing.T) {
			vendor := new(recording)
			block := strings.NewReplacer("{vendor}", "example.com example127.com", "\t\tinsecure_upstream\n", "").Replace(options(rightSecret))
			signed := "\tdarktrace_sign /signed " + block
			c := run(t, head+signed+"\treverse_proxy {vendor} {\n\t\theader_up "+change+"\n\t}\n}\n", vendor)
			status, body := fetch(t, "http://"+c.site+"/plain")
			if arrived := len(vendor.take()); status != http.StatusServiceUnavailable || !strings.Contains(body, "#unsigned") || arrived != 0 {
				t.Errorf("answered %d %s, and %d requests arrived", status, body, arrived)
			}
			caddy.Stop()
		})
	}
}

// With insecure_upstream a socket of this machine has no name to compare with host. Another network has one.
func TestATransportSignsForItsHostsWhateverTheNetworkIs(t *testing.T) {
	for _, network := range []string{"", "tcp/", "tcp4/"} {
		for host, want := range map[string]int{"127.0.0.1": http.StatusOK, "api.acme.example": http.StatusMisdirectedRequest} {
			vendor := new(recording)
			c := run(t, head+"\treverse_proxy "+network+"{vendor} {\n\t\ttransport darktrace_sign {\n\t\t\tpublic_token demo\n\t\t\tprivate_token x\n\t\t\thost "+host+
				"\n\t\t\tinsecure_upstream\n\t\t}\n\t}\n}\n", vendor)
			if status, body := fetch(t, "http://"+c.site+"/a"); status != want || len(vendor.take()) != strings.Count(host, "127") {
				t.Errorf("%s for %s: answered %d %s", network, host, status, body)
			}
		}
	}
}

// A file may bring another host between an attempt and the probe that it is worth.
func TestAProbeGoesToNoServerButTheCredentialsOwn(t *testing.T) {
	other := new(recording)
	server := serve(t, other)
	for host, want := range map[string]int{server.Listener.Addr().String(): 1, "api.acme.example": 0} {
		m := fresh(t, transportID("duo")).(*DuoTransport)
		m.values = signers.Values{"integration_key": {"DI1"}, "secret_key": {"x"}, "host": {host}, "insecure_upstream": {"true"}}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		defer cancel()
		if err := m.Provision(ctx); err != nil {
			t.Fatal(err)
		}
		defer m.Cleanup()
		r := httptest.NewRequest(http.MethodGet, server.URL+"/admin/v1/users", nil)
		m.sender.probe(r, m.gate.Begin(time.Now()))
		if asked := len(other.take()); asked != want {
			t.Errorf("%s: %d probes arrived at the other server", host, asked)
		}
	}
}
