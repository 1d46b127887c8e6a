package modules

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// Caddy takes keys in any letter case. A transport that the guard did not find would be lost, and with it the TLS to an upstream.
func TestAGuardKeepsTheTransportHoweverItsKeyIsSpelt(t *testing.T) {
	const transport = `{"protocol":"http","tls":{}}`
	for config, want := range map[string]string{
		`{"handler":"reverse_proxy","transport":` + transport + `}`:                   transport,
		`{"handler":"reverse_proxy","Transport":` + transport + `}`:                   transport,
		`{"handler":"reverse_proxy","tranſport":` + transport + `}`:                   transport,
		`{"TRANSPORT":{"protocol":"vendorsign"},"handler":"reverse_proxy"}`:           "none",
		`{"handler":"reverse\u005fproxy"}`:                                            "",
		`{"handler":"reverse_proxy"}`:                                                 "",
		`{"handler":"subroute","transport":` + transport + `,"x":"reverse_proxy"}`:    "none",
		`{"handler":"reverse_proxy","upstreams":[{"dial":"a"}],"transport":"a text"}`: `"a text"`,
		`{"handler":"reverse_proxy","upstreams":[{"dial":"a"}],"transport":null}`:     "null",
	} {
		guarded := guardRaw([]byte(config))
		if want == "none" {
			if guarded != nil {
				t.Errorf("%s becomes %s", config, guarded)
			}
			continue
		}
		var proxy reverseproxy.Handler
		if err := json.Unmarshal(guarded, &proxy); err != nil {
			t.Fatalf("%s becomes %s: %v", config, guarded, err)
		}
		var got struct {
			Protocol string
			Below    json.RawMessage
		}
		if err := json.Unmarshal(proxy.TransportRaw, &got); err != nil || got.Protocol != "vendorsign_guard" || string(got.Below) != want {
			t.Errorf("%s gets the transport %s: %v", config, proxy.TransportRaw, err)
		}
	}
}

// What is no transport does not become that for plain http.
func TestWhatIsNoTransportIsRefusedBehindASigner(t *testing.T) {
	for _, transport := range []string{"null", `"http"`, "[]", "7"} {
		err := caddy.Validate(mustParse(t, `{"admin":{"disabled":true},"apps":{"http":{"servers":{"a":{"listen":["`+freeTCP(t)+`"],
			"automatic_https":{"disable":true},"routes":[{"handle":[
			{"handler":"darktrace_sign","public_token":"demo","private_token":"`+rightSecret+`","host":["127.0.0.1:1"],"insecure_upstream":true},
			{"handler":"reverse_proxy","upstreams":[{"dial":"127.0.0.1:1"}],"transport":`+transport+`}]}]}}}}}`))
		if err == nil || !strings.Contains(err.Error(), "transport") {
			t.Errorf("%s: %v", transport, err)
		}
	}
}

// A transport that signs stays the one of its proxy, and two are refused.
func TestATransportThatSignsIsFoundHoweverItsKeyIsSpelt(t *testing.T) {
	for keys, want := range map[string]string{"transport": "", "Transport": "", "Transport transport": "transport is given twice", "TRANSPORT Transport": "transport is given twice"} {
		vendor := &recording{handler: darktrace(t)}
		upstream := serve(t, vendor)
		sign := `"public_token":"demo-public-token","private_token":"` + rightSecret + `","host":["` + upstream.Listener.Addr().String() + `"],"insecure_upstream":true}`
		proxy := `{"handler":"reverse_proxy","upstreams":[{"dial":"` + upstream.Listener.Addr().String() + `"}]`
		first := `{"match":[{"path":["/first"]}],"handle":[{"handler":"darktrace_sign",` + strings.Replace(sign, upstream.Listener.Addr().String(), "other.example", 1) + `,{"handler":"reverse_proxy","upstreams":[{"dial":"other.example:80"}]}]}`
		for _, key := range strings.Fields(keys) {
			proxy += `,"` + key + `":{"protocol":"darktrace_sign",` + sign
		}
		c := running{site: freeTCP(t), admin: freeTCP(t)}
		err := caddy.Load([]byte(`{"admin":{"listen":"`+c.admin+`","config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
			"apps":{"http":{"servers":{"a":{"listen":["`+c.site+`"],"automatic_https":{"disable":true},"routes":[`+first+`,{"handle":[`+proxy+`}]}]}}}}}`), true)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", keys, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if status, body := fetch(t, "http://"+c.site+"/second"); status != http.StatusOK {
			t.Errorf("%s: answered %d %s", keys, status, body)
		}
		for _, r := range vendor.take() {
			if r.Header.Get("Dtapi-Signature") == "" {
				t.Errorf("%s: %s left unsigned", keys, r.RequestURI)
			}
		}
		caddy.Stop()
	}
}

// A named route with the server's first signer: what is loaded before that has no guard, and no walk sees it.
func TestAProxyBeforeTheFirstSignerOfANamedRouteIsRefusedHoweverItIsSpelt(t *testing.T) {
	for _, name := range []string{"reverse_proxy", `reverse\u005fproxy`} {
		const upstream = `"upstreams":[{"dial":"127.0.0.1:1"}]}`
		err := caddy.Validate(mustParse(t, `{"admin":{"disabled":true},"apps":{"http":{"servers":{"a":{"listen":["`+freeTCP(t)+`"],
			"automatic_https":{"disable":true},"routes":[{"handle":[{"handler":"invoke","name":"one"}]}],"named_routes":{"one":{"handle":[
			{"handler":"subroute","routes":[{"match":[{"path":["/x"]}],"handle":[{"handler":"`+name+`",`+upstream+`]}]},
			{"handler":"darktrace_sign","public_token":"demo","private_token":"`+rightSecret+`","host":["127.0.0.1:1"],"insecure_upstream":true},
			{"handler":"reverse_proxy",`+upstream+`]}}}}}}}`))
		if err == nil || !strings.Contains(err.Error(), "comes before the first signer; put the signer first") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
