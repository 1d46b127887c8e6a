//go:build !race

package modules

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"
)

// Caddy's own part of a request stands on both sides of these comparisons: the request is made ready as its server does
// it, the next handler answers at once, and so does the connection below the transport.

// provisioned sets up a module as a Caddyfile's block does.
func provisioned(t testing.TB, module module, block string) {
	t.Helper()
	if err := module.UnmarshalCaddyfile(caddyfile.NewTestDispenser("darktrace_sign " + block)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VENDORSIGN_COST_SECRET", "demo-private-token")
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	if err := module.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { module.Cleanup() })
}

const costBlock = "{\npublic_token demo-public-token\nprivate_token {env.VENDORSIGN_COST_SECRET}\nhost vendor.test\n"

// proxied is a request as it comes to the handler, or with a dialled address to the transport.
func proxied(address string) *http.Request {
	header := http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "Accept-Language": {"en"}, "Cache-Control": {"no-cache"},
		"Content-Type": {"application/json"}, "User-Agent": {"python-requests/2.32.0"}, "X-Forwarded-For": {"10.0.0.1"},
		"X-Forwarded-Host": {"darktrace.internal"}, "X-Forwarded-Proto": {"https"}, "X-Request-Id": {"0123456789abcdef"},
	}
	r := httptest.NewRequest("GET", "/devices", nil)
	r.Header = header
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), nil, &caddyhttp.Server{})
	if address != "" {
		header["Via"] = []string{"1.1 Caddy"}
		r.Body = nil
		r.RequestURI = ""
		r.URL.Host = address
		caddyhttp.SetVar(r.Context(), "reverse_proxy.dial_info", reverseproxy.DialInfo{Network: "tcp", Address: address})
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got1xxResponse: nil}))
	}
	return r
}

type answers struct{}

func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// transportCosts are functions that send one request, by what signs it.
func transportCosts(t testing.TB) map[string]func() {
	costs := make(map[string]func())
	for name, upstream := range map[string]struct{ block, address string }{
		"insecure": {costBlock + "insecure_upstream\n}", "vendor.test:80"},
		"https":    {costBlock + "tls\n}", "vendor.test:443"},
	} {
		m := fresh(t, transportID("darktrace")).(*DarktraceTransport)
		provisioned(t, m, upstream.block)
		m.logger = zap.NewNop() // outside a module's context Caddy's is one for developers
		m.HTTPTransport.Transport = new(http.Transport)
		m.HTTPTransport.Transport.RegisterProtocol("http", answers{})
		m.HTTPTransport.Transport.RegisterProtocol("https", answers{})
		run := func(rt http.RoundTripper) func() {
			return func() {
				if response, err := rt.RoundTrip(proxied(upstream.address)); err != nil || response.StatusCode != http.StatusOK {
					panic("not answered")
				}
			}
		}
		costs["transport, "+name] = run(m)
		costs["transport, "+name+", unsigned"] = run(m.HTTPTransport)
	}
	return costs
}

// handlerCosts are the same for a handler and the guard of the proxy behind it.
func handlerCosts(t testing.TB) map[string]func() {
	costs := make(map[string]func())
	for name, upstream := range map[string]struct{ block, address string }{
		"insecure": {costBlock + "insecure_upstream\n}", "vendor.test:80"},
		"https":    {costBlock + "}", "vendor.test:443"},
	} {
		m := fresh(t, handlerID("darktrace")).(*DarktraceSign)
		provisioned(t, m, upstream.block)
		m.logger = zap.NewNop()
		base := new(reverseproxy.HTTPTransport)
		if name == "https" {
			base.TLS = new(reverseproxy.TLSConfig)
		}
		base.Transport = new(http.Transport)
		base.Transport.RegisterProtocol("http", answers{})
		base.Transport.RegisterProtocol("https", answers{})
		guard := newGuard(base)
		s := &site{signers: []*Handler{&m.Handler}}
		guard.place.sites, m.place.sites, m.place.surveyed = []*site{s}, []*site{s}, true
		next := func(rt http.RoundTripper) caddyhttp.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) error {
				if response, err := rt.RoundTrip(r); err != nil || response.StatusCode != http.StatusOK {
					panic("not answered")
				}
				return nil
			}
		}
		signed, unsigned := next(guard), next(base)
		costs["handler, "+name] = func() {
			if err := m.ServeHTTP(nil, proxied(upstream.address), signed); err != nil {
				panic(err)
			}
		}
		costs["handler, "+name+", unsigned"] = func() {
			if err := unsigned.ServeHTTP(nil, proxied(upstream.address)); err != nil {
				panic(err)
			}
		}
	}
	return costs
}

func BenchmarkTransport(b *testing.B) { benchmark(b, transportCosts(b)) }
func BenchmarkHandler(b *testing.B)   { benchmark(b, handlerCosts(b)) }

func benchmark(b *testing.B, costs map[string]func()) {
	for _, name := range slices.Sorted(maps.Keys(costs)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				costs[name]()
			}
		})
	}
}

// What is allocated does not depend on how busy the machine is, and decides most of what signing costs in Caddy
// (docs/performance.md). One of them is the client's Host, which a health check does not have: these requests were taken for health
// checks once, as they have no connection.
func TestARequestAllocatesLittleMoreThanUnsigned(t *testing.T) {
	costs := transportCosts(t)
	maps.Copy(costs, handlerCosts(t))
	for name, limit := range map[string]float64{
		"transport, insecure": 13, "transport, https": 12, "handler, insecure": 14, "handler, https": 13,
	} {
		more := limit + 1
		for range 3 { // a collection that empties pools, or a new second, is no request's
			more = min(more, testing.AllocsPerRun(200, costs[name])-testing.AllocsPerRun(200, costs[name+", unsigned"]))
		}
		if more > limit {
			t.Errorf("%s: more than %v allocations beside an unsigned one in each of three measurements", name, limit)
		}
	}
}
