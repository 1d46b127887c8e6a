package modules

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	caddy.RegisterModule(openBox{})
	caddy.RegisterModule(closedBox{})
}

// openBox holds handlers where anybody sees them.
type openBox struct {
	HandlersRaw []json.RawMessage             `json:"handlers,omitempty" caddy:"namespace=http.handlers inline_key=handler"`
	Handlers    []caddyhttp.MiddlewareHandler `json:"-"`
}

func (openBox) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.test_open_box", New: func() caddy.Module { return new(openBox) }}
}

func (b *openBox) Provision(ctx caddy.Context) (err error) {
	b.Handlers, err = loadHandlers(ctx, b)
	return err
}

func (b *openBox) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return chain(b.Handlers, next).ServeHTTP(w, r)
}

// closedBox holds handlers where nobody sees them.
type closedBox struct {
	HandlersRaw []json.RawMessage `json:"handlers,omitempty" caddy:"namespace=http.handlers inline_key=handler"`
	handlers    []caddyhttp.MiddlewareHandler
}

func (closedBox) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.test_closed_box", New: func() caddy.Module { return new(closedBox) }}
}

func (b *closedBox) Provision(ctx caddy.Context) (err error) {
	b.handlers, err = loadHandlers(ctx, b)
	return err
}

func (b *closedBox) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	return chain(b.handlers, next).ServeHTTP(w, r)
}

func loadHandlers(ctx caddy.Context, m any) (all []caddyhttp.MiddlewareHandler, err error) {
	loaded, err := ctx.LoadModule(m, "HandlersRaw")
	if err != nil {
		return nil, err
	}
	for _, h := range loaded.([]any) {
		all = append(all, h.(caddyhttp.MiddlewareHandler))
	}
	return all, nil
}

func chain(handlers []caddyhttp.MiddlewareHandler, next caddyhttp.Handler) caddyhttp.Handler {
	if len(handlers) == 0 {
		return next
	}
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return handlers[0].ServeHTTP(w, r, chain(handlers[1:], next))
	})
}

// recording is a server that keeps what it was asked, and by default answers 200.
type recording struct {
	mu      sync.Mutex
	asked   []*http.Request
	handler http.Handler
}

func (s *recording) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r)
	s.mu.Unlock()
	if s.handler != nil {
		s.handler.ServeHTTP(w, r)
	}
}

// take returns what came since the last time.
func (s *recording) take() (asked []*http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, s.asked = s.asked, nil
	return asked
}

// What a request can become: the vendor accepts it, as it is sent to it; the client gets a problem and nothing is sent; or
// another server gets it as the client has sent it.
const (
	wantUnsigned = "unsigned"
	wantOther    = "other"
	wantLocal    = "local" // answered by Caddy itself
)

// Each site signs, or refuses, whatever would reach the vendor. SIGN stands for a darktrace_sign with its block, {other} for a
// server that is not the vendor.
var guardedSites = []struct {
	name, site string
	want       map[string]string // by path: what becomes of it, or the path that the vendor gets
}{
	// What the directive's place among the others did before: the proxies were passed unsigned.
	{"handle_path beside the signer", "\tSIGN\thandle_path /x/* {\n\t\treverse_proxy {vendor}\n\t}\n\thandle /health {\n\t\trespond ok\n\t}\n",
		map[string]string{"/x/devices?b=1": "/devices?b=1", "/health": wantLocal}},
	{"handle beside the signer", "\tSIGN\thandle /x/* {\n\t\turi strip_prefix /x\n\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/x/devices": "/devices"}},
	{"route beside the signer", "\tSIGN\troute {\n\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/devices": "/devices"}},
	{"the signer behind the proxy in a route", "\troute {\n\t\treverse_proxy {vendor}\n\t\tSIGN\t}\n", map[string]string{"/devices": wantUnsigned}},
	{"a route behind a proxy", "\troute {\n\t\treverse_proxy {vendor}\n\t}\n\troute {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/devices": wantUnsigned}},
	{"a matcher narrower than the proxy's", "\tdarktrace_sign /admin/* BLOCK\treverse_proxy {vendor}\n", map[string]string{"/admin/a": "/admin/a", "/auth": wantUnsigned}},
	{"a matcher on the method", "\t@get method POST\n\tdarktrace_sign @get BLOCK\treverse_proxy {vendor}\n", map[string]string{"/a": wantUnsigned}},
	{"the signer in one handle, the proxy in another", "\thandle /a {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n\thandle {\n\t\treverse_proxy {vendor}\n\t}\n",
		map[string]string{"/a": "/a", "/b": wantUnsigned}},
	{"the proxy's handle before the signer's", "\thandle /a/* {\n\t\treverse_proxy {vendor}\n\t}\n\thandle /b/* {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n",
		map[string]string{"/a/x": wantUnsigned, "/b/x": "/b/x"}},

	{"another spelling of the vendor's address", "\thandle /s {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n\thandle /a {\n\t\treverse_proxy localhost:{vport}\n\t}\n\thandle /b {\n\t\treverse_proxy [::ffff:127.0.0.1]:{vport}\n\t}\n\thandle /c {\n\t\treverse_proxy :{vport}\n\t}\n" +
		"\thandle /d {\n\t\treverse_proxy {\n\t\t\tdynamic a localhost {vport}\n\t\t}\n\t}\n", map[string]string{"/s": "/s", "/a": wantUnsigned, "/b": wantUnsigned, "/c": wantUnsigned, "/d": wantUnsigned}},
	{"two signers of which a proxy lets nothing through to the other", "\troute {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t\tdarktrace_sign WRONG\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/a": "/a"}},

	// What the proxy changes is signed.
	{"header_up and rewrite", "\tSIGN\treverse_proxy {vendor} {\n\t\theader_up Host elsewhere.example\n\t\theader_up -Dtapi-Signature\n\t\theader_up Dtapi-Date gone\n\t\trewrite /other?a=1\n\t}\n",
		map[string]string{"/a": "/other?a=1"}},
	{"a rewrite between signer and proxy", "\tSIGN\troute {\n\t\trewrite /a /b?c=d\n\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/a": "/b?c=d"}},

	// Where else proxies are.
	{"error routes without a signer", "\tSIGN\terror /a 500\n\treverse_proxy {vendor}\n\thandle_errors {\n\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/a": wantUnsigned, "/b": "/b"}},
	{"error routes with a signer", "\terror 500\n\thandle_errors {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/a": "/a"}},
	{"handle_response without a signer", "\thandle /s {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {other} {\n\t\thandle_response {\n\t\t\treverse_proxy {vendor}\n\t\t}\n\t}\n",
		map[string]string{"/a": wantUnsigned, "/s": "/s"}},
	{"handle_response behind a signer", "\treverse_proxy {other} {\n\t\thandle_response {\n\t\t\tSIGN\t\t\treverse_proxy {vendor}\n\t\t}\n\t}\n", map[string]string{"/a": "/a"}},
	{"intercept", "\tintercept {\n\t\thandle_response {\n\t\t\treverse_proxy {vendor}\n\t\t}\n\t}\n\thandle /s {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n\trespond no 404\n", map[string]string{"/a": wantUnsigned}},

	// Other upstreams of the same site get what they got.
	{"another upstream beside the vendor's", "\tSIGN\thandle /app/* {\n\t\treverse_proxy {other}\n\t}\n\treverse_proxy {vendor}\n", map[string]string{"/app/a": wantOther, "/a": "/a"}},
	{"an authentication in front", "\tforward_auth {other} {\n\t\turi /auth\n\t}\n\tSIGN\treverse_proxy {vendor}\n", map[string]string{"/a": "/a"}},
	{"an authentication behind the signer", "\tSIGN\troute {\n\t\tforward_auth {other} {\n\t\t\turi /auth\n\t\t}\n\t\treverse_proxy {vendor}\n\t}\n", map[string]string{"/a": "/a"}},
	{"an authentication that is the vendor", "\tSIGN\troute {\n\t\tforward_auth {vendor} {\n\t\t\turi /auth\n\t\t}\n\t\trespond in\n\t}\n", map[string]string{"/a": "/auth"}},
	{"a vendor that only Caddy's upstream names", "\tSIGN\treverse_proxy {other} {vendor} {\n\t\tlb_policy first\n\t\tlb_retries 1\n\t}\n", map[string]string{}},

	// With insecure_upstream, an upstream may stand in for the vendor.
	{"a stand-in and a narrower matcher", "\tdarktrace_sign /admin/* FAR\treverse_proxy {vendor}\n", map[string]string{"/admin/a": "/admin/a", "/auth": wantUnsigned}},
	{"a stand-in of dynamic upstreams and a narrower matcher", "\tdarktrace_sign /admin/* FAR\treverse_proxy {\n\t\tdynamic a 127.0.0.1 {vport}\n\t}\n",
		map[string]string{"/admin/a": "/admin/a", "/auth": wantUnsigned}},
	{"a stand-in that a variable names, and a narrower matcher", "\tvars up {vendor}\n\tdarktrace_sign /admin/* FAR\treverse_proxy {vars.up}\n",
		map[string]string{"/admin/a": "/admin/a", "/auth": wantUnsigned}},
	{"a stand-in in a block of its own", "\thandle /v {\n\t\tdarktrace_sign FAR\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {other}\n", map[string]string{"/v": "/v", "/o": wantOther}},
	{"a stand-in that another block has too", "\thandle /v {\n\t\tdarktrace_sign FAR\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {vendor}\n", map[string]string{"/v": "/v", "/o": wantUnsigned}},
	{"a stand-in before its signer", "\troute {\n\t\treverse_proxy {vendor}\n\t\tdarktrace_sign FAR\t}\n", map[string]string{"/v": wantUnsigned}},

	// Several signers.
	{"the inner of two signers counts", "\tdarktrace_sign WRONG\thandle /in {\n\t\tSIGN\t\treverse_proxy {vendor}\n\t}\n\treverse_proxy {other}\n", map[string]string{"/in": "/in"}},
	{"two signers of one block that both fit", "\tdarktrace_sign /a* WRONG\tdarktrace_sign /ab* BLOCK\treverse_proxy {vendor}\n", map[string]string{"/ab": wantUnsigned}},
	{"two signers of which one fits", "\tdarktrace_sign /a* WRONG\tdarktrace_sign /b* BLOCK\treverse_proxy {vendor}\n", map[string]string{"/b": "/b"}},
	// A transport signs for its own proxy; no other one of the site gets to the vendor.
	{"a transport in one handle, a proxy without it in another", "\thandle /t {\n\t\treverse_proxy {vendor} {\n\t\t\ttransport darktrace_sign BLOCK\t\t}\n\t}\n\thandle /app {\n\t\treverse_proxy {other}\n\t}\n\treverse_proxy {vendor}\n",
		map[string]string{"/t": "/t", "/app": wantOther, "/b": wantUnsigned}},
	{"a proxy without the transport that is loaded first", "\troute {\n\t\treverse_proxy /b {vendor}\n\t\treverse_proxy {vendor} {\n\t\t\ttransport darktrace_sign BLOCK\t\t}\n\t}\n",
		map[string]string{"/t": "/t", "/b": wantUnsigned}},
	{"error routes without the transport", "\terror /e 500\n\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n\thandle_errors {\n\t\treverse_proxy {vendor}\n\t}\n",
		map[string]string{"/t": "/t", "/e": wantUnsigned}},
	{"handle_response without the transport", "\treverse_proxy /r {other} {\n\t\thandle_response {\n\t\t\treverse_proxy {vendor}\n\t\t}\n\t}\n\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
		map[string]string{"/t": "/t", "/r": wantUnsigned}},
	{"a handler for one vendor, and a proxy to the one of a transport", "\thandle /t {\n\t\treverse_proxy {vendor} {\n\t\t\ttransport darktrace_sign BLOCK\t\t}\n\t}\n\thandle /s {\n\t\tdarktrace_sign OTHER\t\treverse_proxy {other}\n\t}\n\tdarktrace_sign OTHER\treverse_proxy {vendor}\n",
		map[string]string{"/t": "/t", "/b": wantUnsigned}},
	{"a handler for any upstream, and a proxy to the vendor of a transport", "\tdarktrace_sign FAR\treverse_proxy /b* {vendor}\n\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n",
		map[string]string{"/t": "/t", "/b": wantUnsigned}},
	{"a transport that signs is its own signer", "\tdarktrace_sign WRONG\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign BLOCK\t}\n", map[string]string{"/b": "/b"}},
}

const wrongBlock = "{\n\t\tpublic_token wrong\n\t\tprivate_token wrong\n\t\thost {vendor}\n\t\tinsecure_upstream\n\t}\n"

func guardedSite(site string, other *httptest.Server) string {
	block := options(rightSecret)
	return head + strings.NewReplacer("SIGN", "darktrace_sign "+block, "BLOCK", block, "WRONG", wrongBlock, "OTHER", strings.Replace(wrongBlock, "{vendor}", other.Listener.Addr().String(), 1), "FAR", strings.Replace(block, "{vendor}", "far.example", 1), "{other}", other.Listener.Addr().String()).Replace(site) + "}\n"
}

func TestNoRequestReachesTheVendorUnsigned(t *testing.T) {
	for _, tt := range guardedSites {
		t.Run(tt.name, func(t *testing.T) {
			vendor, another := &recording{handler: darktrace(t)}, new(recording)
			other := serve(t, another)
			upstream := serve(t, vendor)
			c := running{site: freeTCP(t), admin: freeTCP(t)}
			_, port, _ := strings.Cut(upstream.Listener.Addr().String(), ":")
			load(t, c, strings.ReplaceAll(guardedSite(tt.site, other), "{vport}", port), upstream)
			t.Cleanup(func() { caddy.Stop() })
			for path, want := range tt.want {
				wantRequest(t, c, path, want, vendor, another)
			}
		})
	}
}

// wantRequest sends a request and looks at what becomes of it.
func wantRequest(t *testing.T, c running, path, want string, vendor, another *recording) {
	t.Helper()
	vendor.take()
	another.take()
	status, body := fetch(t, "http://"+c.site+path, "Authorization", "client", "Dtapi-Token", "client")
	asked, others := vendor.take(), another.take()
	for _, r := range others {
		if r.Header.Get("Dtapi-Signature") != "" || r.Header.Get("Authorization") != "client" {
			t.Errorf("%s: the other server got %v", path, r.Header)
		}
	}
	switch want {
	case wantUnsigned:
		if status != http.StatusServiceUnavailable || !strings.Contains(body, "#unsigned") || !strings.Contains(body, "darktrace_sign") || len(asked) != 0 {
			t.Errorf("%s: answered %d %s, and the vendor got %d requests", path, status, body, len(asked))
		}
	case wantOther:
		if status != http.StatusOK || len(others) != 1 || len(asked) != 0 {
			t.Errorf("%s: answered %d %s, the vendor got %d requests, the other %d", path, status, body, len(asked), len(others))
		}
	case wantLocal:
		if status != http.StatusOK || len(others)+len(asked) != 0 {
			t.Errorf("%s: answered %d %s, the vendor got %d requests, the other %d", path, status, body, len(asked), len(others))
		}
	default:
		if status != http.StatusOK || len(asked) != 1 || asked[0].RequestURI != want || asked[0].Header.Get("Authorization") != "" {
			t.Errorf("%s: answered %d %s, and the vendor got %v", path, status, body, asked)
		}
	}
}

// Named routes belong to the site that invokes them, and may be loaded before or after each other. (Caddy drops what follows
// the first directive of one, unless they are in a route.)
func TestNamedRoutesAreGuardedInWhateverOrderTheyLoad(t *testing.T) {
	for range 5 { // the order is one of a map
		vendor, another := &recording{handler: darktrace(t)}, new(recording)
		other := serve(t, another)
		site := strings.Replace(guardedSite("\thandle /signed {\n\t\tinvoke signed\n\t}\n\thandle /both {\n\t\tinvoke armed\n\t}\n\thandle /plain {\n\t\tinvoke plain\n\t}\n\thandle /app {\n\t\tinvoke app\n\t}\n", other), "http://{site} {",
			"&(signed) {\n\troute {\n\t\tdarktrace_sign "+options(rightSecret)+"\t\treverse_proxy {vendor}\n\t}\n}\n&(armed) {\n\troute {\n\t\tdarktrace_sign "+options(rightSecret)+"\t\tinvoke plain\n\t}\n}\n&(plain) {\n\treverse_proxy {vendor}\n}\n&(app) {\n\treverse_proxy "+
				other.Listener.Addr().String()+"\n}\nhttp://{site} {", 1)
		c := run(t, site, vendor)
		for path, want := range map[string]string{"/signed": "/signed", "/both": "/both", "/plain": wantUnsigned, "/app": wantOther} {
			wantRequest(t, c, path, want, vendor, another)
		}
		caddy.Stop()
	}
}

// The modules of others hold handlers as well, in fields that are exported and in fields that are not.
func TestHandlersWithinOthersModulesAreGuarded(t *testing.T) {
	vendor, another := &recording{handler: darktrace(t)}, new(recording)
	upstream, other := serve(t, vendor), serve(t, another)
	c := running{site: freeTCP(t), admin: freeTCP(t)}
	to := func(s *httptest.Server) string {
		return `{"handler":"reverse_proxy","upstreams":[{"dial":"` + s.Listener.Addr().String() + `"}]}`
	}
	sign := `{"handler":"darktrace_sign","public_token":"demo-public-token","private_token":"` + rightSecret + `","host":["` + upstream.Listener.Addr().String() + `"],"insecure_upstream":true}`
	box := func(kind, within string) string {
		return `{"handler":"test_` + kind + `_box","handlers":[` + within + `]}`
	}
	route := func(path, handlers string) string {
		return `{"match":[{"path":["` + path + `"]}],"handle":[` + handlers + `]}`
	}
	routes := strings.Join([]string{
		route("/early/open", box("open", to(upstream))),
		route("/early/other", box("open", to(other))),
		route("/signed", sign+","+to(upstream)),
		route("/open", box("open", to(upstream))),
		route("/open/signed", box("open", sign+","+to(upstream))),
		route("/closed", box("closed", to(upstream))),
		route("/closed/signed", box("closed", sign+","+to(upstream))),
		route("/closed/deep", box("closed", box("open", box("closed", sign+","+to(upstream))))),
		route("/closed/other", box("closed", to(other))),
	}, ",")
	config := `{"admin":{"listen":"` + c.admin + `","config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
		"apps":{"http":{"servers":{"a":{"listen":["` + c.site + `"],"automatic_https":{"disable":true},"routes":[` + routes + `]}}}}}`
	if err := caddy.Load([]byte(config), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { caddy.Stop() })
	for path, want := range map[string]string{"/early/open": wantUnsigned, "/early/other": wantOther, "/signed": "/signed", "/open": wantUnsigned, "/open/signed": "/open/signed",
		"/closed": wantUnsigned, "/closed/signed": "/closed/signed", "/closed/deep": "/closed/deep", "/closed/other": wantOther} {
		wantRequest(t, c, path, want, vendor, another)
	}
}

// Caddy begins with health checks while it loads.
func TestHealthChecksOfAGuardedProxyAreSigned(t *testing.T) {
	const health = " {\n\t\thealth_uri /health?b=1\n\t\thealth_interval 20ms\n\t}\n"
	for name, site := range map[string]string{
		"the signer before the proxy":  "\tSIGN\treverse_proxy {vendor}" + health,
		"a handle block":               "\tSIGN\thandle /a {\n\t\treverse_proxy {vendor}" + health + "\t}\n",
		"with a transport of its own":  "\tSIGN\treverse_proxy {vendor}" + strings.Replace(health, "{\n", "{\n\t\ttransport http {\n\t\t\tdial_timeout 5s\n\t\t}\n", 1),
		"in a block behind the signer": "\thandle /b {\n\t\tSIGN\t}\n\thandle /a {\n\t\tSIGN\t\treverse_proxy {vendor}" + health + "\t}\n",
	} {
		t.Run(name, func(t *testing.T) {
			vendor, another := &recording{handler: darktrace(t)}, new(recording)
			checked := make(chan *http.Request, 1000)
			c := run(t, guardedSite(site, serve(t, another)), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/health" {
					checked <- r
				}
				vendor.ServeHTTP(w, r)
			}))
			for range 3 {
				select {
				case r := <-checked:
					if r.Header.Get("Dtapi-Signature") == "" || r.RequestURI != "/health?b=1" {
						t.Errorf("a health check is %v %v", r.RequestURI, r.Header)
					}
				case <-time.After(patience):
					t.Fatal("no health check comes")
				}
			}
			if status, body := fetch(t, "http://"+c.site+"/a"); status != http.StatusOK {
				t.Errorf("answered %d %s", status, body)
			}
		})
	}
}

// A proxy whose health checks run before what signs in its site is loaded cannot be changed any more. The vendor refuses the unsigned
// checks, which count as healthy here: otherwise Caddy would choose no upstream anyway.
func TestAProxyWithHealthChecksBeforeWhatSignsIsClosed(t *testing.T) {
	for name, signed := range map[string]string{
		"a handler":   "\t\tSIGN\t\treverse_proxy {vendor}\n",
		"a transport": "\t\treverse_proxy {vendor} {\n\t\t\ttransport darktrace_sign BLOCK\t\t}\n",
	} {
		t.Run(name, func(t *testing.T) {
			vendor, another := &recording{handler: darktrace(t)}, new(recording)
			other := serve(t, another)
			health := func(status string) string {
				return " {\n\t\t\thealth_uri /\n\t\t\thealth_interval 1h\n\t\t\thealth_status " + status + "\n\t\t}\n"
			}
			c := run(t, guardedSite("\thandle /a {\n\t\treverse_proxy {vendor}"+health("4xx")+"\t}\n\thandle /app {\n\t\treverse_proxy {other}"+
				health("2xx")+"\t}\n\thandle /b {\n"+signed+"\t}\n", other), vendor)
			if status, _ := fetch(t, "http://"+c.site+"/a"); status != http.StatusServiceUnavailable {
				t.Errorf("answered %d", status)
			}
			for _, r := range vendor.take() {
				if r.RequestURI == "/a" {
					t.Error("the request left unsigned")
				}
			}
			if sum(scrape(t, c)["caddy_vendorsign_requests_total"], "outcome=unsigned") == 0 {
				t.Error("the refusal is not counted")
			}
			wantRequest(t, c, "/app", wantOther, vendor, another)
			wantRequest(t, c, "/b", "/b", vendor, another)
		})
		caddy.Stop()
	}
}

// Two credentials for two vendors in one site: a proxy takes no signature but its own.
func TestACredentialIsNotTakenForAnothersHost(t *testing.T) {
	vendor, another := &recording{handler: darktrace(t)}, new(recording)
	other := serve(t, another)
	c := run(t, guardedSite("\tcarbonblack_sign /cb/* {\n\t\tapi_id ID1\n\t\tapi_secret_key x\n\t\thost {other}\n\t\tinsecure_upstream\n\t}\n\tdarktrace_sign /dt/* BLOCK"+
		"\thandle /cb/other {\n\t\treverse_proxy {vendor}\n\t}\n\thandle /cb/* {\n\t\treverse_proxy {other}\n\t}\n\thandle /dt/* {\n\t\treverse_proxy {vendor}\n\t}\n", other), vendor)
	for path, want := range map[string]int{"/cb/other": 503, "/cb/a": 200, "/dt/a": 200} {
		if status, body := fetch(t, "http://"+c.site+path); status != want {
			t.Errorf("%s: answered %d %s", path, status, body)
		}
	}
	if asked := vendor.take(); len(asked) != 1 || asked[0].RequestURI != "/dt/a" {
		t.Errorf("the vendor got %v", asked)
	}
	if asked := another.take(); len(asked) != 1 || asked[0].Header.Get("X-Auth-Token") != "x/ID1" {
		t.Errorf("the other vendor got %v", asked)
	}
}

func TestARequestThatIsRefusedMeetsNoResponseMatcher(t *testing.T) {
	vendor := &recording{handler: darktrace(t)}
	block := strings.Replace(options(rightSecret), "insecure_upstream", "insecure_upstream\n\t\tallow GET /api/**", 1)
	c := run(t, head+"\tdarktrace_sign "+block+"\treverse_proxy {vendor} {\n\t\tmax_fails 1\n\t\tfail_duration 1m\n\t\tunhealthy_status 4xx 5xx\n\t\tlb_retries 3\n\t\tlb_retry_match `{rp.status_code} == 403`\n\t\t@bad status 4xx\n\t\thandle_response @bad {\n\t\t\trespond replaced 418\n\t\t}\n\t}\n}\n", vendor)
	for range 3 {
		if status, body := fetch(t, "http://"+c.site+"/no"); status != http.StatusForbidden || !strings.Contains(body, "#not-allowed") {
			t.Errorf("answered %d %s", status, body)
		}
	}
	if status, body := fetch(t, "http://"+c.site+"/api/a"); status != http.StatusOK {
		t.Errorf("the upstream was taken away: %d %s", status, body)
	}
}

// Caddy's answer for a client that has left (499 in newer versions) is not the one that the client gets.
func TestARefusalIsTheAnswerWhateverCaddyMakesOfIt(t *testing.T) {
	alone := func() *DarktraceSign {
		m := fresh(t, handlerID("darktrace")).(*DarktraceSign)
		m.values = signers.Values{"public_token": {"demo-public-token"}, "private_token": {"demo-private-token"}, "host": {"refusing.example"}}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
		t.Cleanup(cancel)
		if err := m.Provision(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Cleanup() })
		return m
	}
	m := alone()
	m.place.surveyed = true
	for _, status := range []int{0, 499} {
		w := httptest.NewRecorder()
		err := m.ServeHTTP(w, httptest.NewRequest("GET", "/devices", nil), caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			armedBy(r).problem = outbound.UpstreamProblem("as a guard says")
			if status != 0 {
				w.WriteHeader(status)
			}
			return nil
		}))
		if err != nil || w.Code != http.StatusMisdirectedRequest || !strings.Contains(w.Body.String(), "as a guard says") {
			t.Errorf("answered %d %s, %v", w.Code, w.Body, err)
		}
	}
	w := httptest.NewRecorder()
	if err := alone().ServeHTTP(w, httptest.NewRequest("GET", "/devices", nil), caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { t.Error("sent on"); return nil })); err != nil || w.Code != http.StatusServiceUnavailable {
		t.Errorf("outside of a server: answered %d %v", w.Code, err)
	}
}

func TestWhatNeverMadeSenseIsRefusedAtLoadWithItsPlace(t *testing.T) {
	block := "{\n\t\tintegration_key x\n\t\tsecret_key y\n\t\thost h\n\t}\n"
	for name, tt := range map[string]struct{ site, want string }{
		"two signers":                    {"\tduo_sign " + block + "\tcortex_sign {\n\t\tapi_key_id 1\n\t\tapi_key y\n\t\thost h\n\t}\n\treverse_proxy https://h\n", "sign the same requests; give them matchers"},
		"two signers of one vendor":      {"\troute {\n\t\tduo_sign " + block + "\t\tduo_sign " + block + "\t\treverse_proxy https://h\n\t}\n", "Caddyfile:10, Caddyfile:15 "},
		"a signer without a proxy":       {"\tduo_sign " + block + "\trespond ok\n", "Caddyfile:9 apps.http.servers.srv0.routes.0.handle.0.routes.0.handle.0: duo_sign signs nothing: its site has no reverse_proxy"},
		"a signer without its own proxy": {"\tduo_sign " + block + "\trespond ok\n}\nhttp://other.test {\n\treverse_proxy https://h\n", "duo_sign signs nothing"},
		"a named route with both":        {"\tinvoke duo\n}\n&(duo) {\n\tduo_sign " + block + "\treverse_proxy https://h\n", "Caddy takes only the first directive of a named route, so write route { ... } around them"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := adapt("{\nadmin off\npersist_config off\nlog {\noutput discard\n}\n}\nhttp://one.test {\n" + tt.site + "}\n")
			if err != nil {
				t.Fatal(err)
			}
			if err := caddy.Validate(mustParse(t, config)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v lacks %q", err, tt.want)
			}
		})
	}
}

// An operator may mean it, and is told in one line.
func TestAnotherSiteThatReachesTheVendorIsToldOfAtLoad(t *testing.T) {
	for name, signed := range map[string]string{
		"a handler":   "\tdarktrace_sign " + options(rightSecret) + "\treverse_proxy {vendor}\n",
		"a transport": "\treverse_proxy {vendor} {\n\t\ttransport darktrace_sign " + options(rightSecret) + "\t}\n",
	} {
		t.Run(name, func(t *testing.T) { tellsOfAnotherSite(t, signed) })
		caddy.Stop()
	}
}

// tellsOfAnotherSite loads a site that signs, and others.
func tellsOfAnotherSite(t *testing.T, signed string) {
	vendor := &recording{}
	caddyfile, file := logging(t, signed+"}\nhttp://plain.test:{port} {\n\treverse_proxy {vendor}\n}\nhttp://varying.test:{port} {\n\treverse_proxy {http.request.header.X-To}\n}\nhttp://away.test:{port} {\n\treverse_proxy 127.0.0.1:1\n")
	c := run(t, caddyfile, vendor)
	r, _ := http.NewRequest("GET", "http://"+c.site+"/a", nil)
	r.Host = "plain.test"
	if response, _ := ask(t, r); response.StatusCode != http.StatusOK || len(vendor.take()) != 1 {
		t.Errorf("another site was answered %d", response.StatusCode)
	}
	told := logged(t, file, "vendorsign")
	if len(told) != 1 || told[0]["level"] != "warn" {
		t.Fatalf("told is %v", told)
	}
	list := func(name string) string { text, _ := json.Marshal(told[0][name]); return string(text) }
	if !strings.Contains(list("proxies"), "apps.http.servers.srv0.routes.") || strings.Contains(list("proxies"), ",") || strings.Contains(list("whose_upstreams_vary"), ",") || list("whose_upstreams_vary") == "null" {
		t.Errorf("told is %v", told[0])
	}
}

// Two blocks of a site may have a credential each for one vendor. A health check that another block's credential signs would say of this
// block's upstream that it is down when only the other credential is refused.
func TestAHealthCheckIsSignedByTheSignerOfItsOwnBlock(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path + " " + r.Header.Get("X-Auth-Token")
	})
	block := func(name, upstream string) string {
		return "handle /" + name + "/* {\ncarbonblack_sign {\napi_id " + name + "\napi_secret_key x\nhost " + upstream + "\ninsecure_upstream\n}\n" +
			"handle {\nreverse_proxy {vendor} {\nhealth_uri /" + name + "\nhealth_interval 1h\n}\n}\n}\n"
	}
	for name, upstream := range map[string]string{"by its host": "{vendor}", "by what takes its place": "acme.example"} {
		t.Run(name, func(t *testing.T) {
			run(t, head+block("a", upstream)+block("b", upstream)+"}\n", vendor)
			for range 2 {
				if got := <-arrived; got != "/a x/a" && got != "/b x/b" {
					t.Errorf("arrived %s", got)
				}
			}
		})
	}
}
