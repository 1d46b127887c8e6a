package modules

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// Caddy drops the error of a body that it reads for a placeholder, too.
func TestABodyThatBreaksOffIsNotSentAsAWholeOneBecauseAPlaceholderHasReadIt(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := wholeBodies(arrived)
	streams, signed := streamingSigner, bodySigner
	const transport, handler, matcher, none = "reverse_proxy {vendor} {\nOPTIONS\ntransport SIGN}\n", "SIGN\nreverse_proxy {vendor} {\nOPTIONS\n}\n",
		"@a expression `{http.request.body}.contains(\"a\")`\nheader @a X-A a\n", ""
	for _, way := range []struct{ name, before, form, options, body string }{
		{"a matcher and a transport", matcher, transport, "", "a=1"}, {"a matcher and a handler", matcher, handler, "", "a=1"},
		{"a matcher and buffers", matcher, transport, "request_buffers 1MB", "a=1"}, {"base64", "vars b {http.request.body_base64}\n", handler, "", "a=1"},
		{"a matcher, buffers and retries", matcher, handler, "request_buffers 1MB\nlb_retries 1", "a=1"},
		{"a body that is set", matcher + "request_body {\nset c=3\n}\n", transport, "", "c=3"},
		{"a matcher of the handler's block", none, "@a expression `{http.request.body}.contains(\"a\")`\nhandle @a {\n" + handler + "}\n", "", "a=1"},
	} {
		// A server for any host has no matcher in its first route.
		for signer, site := range map[string]string{streams: head, signed: anyHost} {
			c := run(t, site+"request_body {\nmax_size 9\n}\nroute {\n"+way.before+strings.NewReplacer("SIGN", signer, "OPTIONS", way.options).Replace(way.form)+"}\n}\n", vendor)
			for _, tt := range []struct{ name, head, body, want string }{
				{"whole", "Transfer-Encoding: chunked", "3\r\na=1\r\n0\r\n\r\n", way.body}, {"whole, with a length", "Content-Length: 3", "a=1", way.body},
				{"no chunk after the first", "Transfer-Encoding: chunked", "3\r\na=1\r\nxyz\r\n", "nothing"},
				{"longer than the site permits", "Transfer-Encoding: chunked", "c\r\na=1&b=2&c=3d\r\n0\r\n\r\n", "nothing"},
				{"longer than the site permits, with a length", "Content-Length: 12", "a=1&b=2&c=3d", "nothing"},
			} {
				answer := sendRaw(t, c.site, "POST /a HTTP/1.1\r\nHost: "+c.site+"\r\n"+tt.head+"\r\nConnection: close\r\n\r\n"+tt.body)
				got, want, status := "nothing", tt.want, "200"
				select {
				case got = <-arrived:
				default:
				}
				if want == "nothing" && way.body == "c=3" {
					want = "c=3" // nothing of the client's is sent
				} else if want == "nothing" {
					status = "4"
				}
				if got != want || !strings.HasPrefix(answer, "HTTP/1.1 "+status) {
					t.Errorf("%s, %.8s, %s: %q arrived, want %q; answered %s", way.name, signer, tt.name, got, want, answer)
				}
			}
		}
	}
}

// Caddy has set up the routes of such a server before its first signer, and a named route may have matchers of its own.
func TestABodyThatBreaksOffIsNotSentAsAWholeOneWhereOnlyANamedRouteSigns(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := wholeBodies(arrived)
	const reads = "@a expression `{http.request.body}.contains(\"a\")`\nheader @a X-A a\n"
	for name, site := range map[string]string{
		"named":       "&(a) {\nROUTE}\nSITEinvoke a\n}\n",
		"after error": "&(a) {\nROUTE}\nSITEerror 503\nhandle_errors {\ninvoke a\n}\n}\n",
	} {
		global, own, _ := strings.Cut(anyHost, "http://:{port}")
		for _, signer := range []string{streamingSigner, bodySigner} {
			route := "route {\n" + reads + "reverse_proxy {vendor} {\ntransport " + signer + "}\n}\n"
			c := run(t, global+strings.NewReplacer("ROUTE", route, "SITE", "http://:{port}"+own).Replace(site), vendor)
			for body, want := range map[string]string{"3\r\na=1\r\n0\r\n\r\n": "a=1", "3\r\na=1\r\nxyz\r\n": "nothing"} {
				// To an error route Caddy gives a copy of the request, with the body that the placeholder has closed.
				if name == "after error" {
					want = "nothing"
				}
				answer := sendRaw(t, c.site, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"+body)
				got := "nothing"
				select {
				case got = <-arrived:
				default:
				}
				if got != want {
					t.Errorf("%s, %.8s: %q arrived, want %q; answered %s", name, signer, got, want, answer)
				}
			}
		}
	}
}

// A placeholder in a reverse_proxy leaves it the body that it has closed. Over HTTP/2 and 3 that would be an empty one.
func TestABodyThatAPlaceholderHasClosedIsNotSentAsAnEmptyOne(t *testing.T) {
	arrived := make(chan string, 10)
	vendor := wholeBodies(arrived)
	client := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	client.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	site := strings.Replace(head, "\tmetrics\n", "\tservers {\n\t\tprotocols h1 h2c\n\t}\n", 1)
	for _, signer := range []string{"carbonblack_sign {\napi_id ID1\napi_secret_key x\nhost {vendor}\ninsecure_upstream\n}\n",
		"duo_sign {\nintegration_key DI1\nsecret_key x\nhost {vendor}\ninsecure_upstream\n}\n"} {
		c := run(t, site+"reverse_proxy {vendor} {\nheader_up X-Body {http.request.body}\ntransport "+signer+"}\n}\n", vendor)
		response, err := client.Post("http://"+c.site+"/a", "text/plain", io.MultiReader(strings.NewReader("a=1")))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		select {
		case got := <-arrived:
			t.Errorf("%.8s: %q arrived; answered %v", signer, got, response)
		default:
			if response.ProtoMajor != 2 || response.StatusCode < 400 {
				t.Errorf("answered %v", response)
			}
		}
	}
}

// The first route of a server has a matcher of ours, and is still one that every request takes.
func TestTwoSignersInRoutesForAnyRequestAreRefused(t *testing.T) {
	sign := `{"handle":[{"handler":"duo_sign","integration_key":"DI1","secret_key":"x","host":["acme.example"]}]}`
	err := loadJSON(t, `[`+sign+`,`+sign+`,{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"acme.example:443"}]}]}]`)
	if err == nil || !strings.Contains(err.Error(), "sign the same requests") {
		t.Errorf("%v", err)
	}
}

// loadJSON loads a server with these routes, without a Caddyfile.
func loadJSON(t *testing.T, routes string) error {
	t.Cleanup(func() { caddy.Stop() })
	return caddy.Load([]byte(`{"admin":{"disabled":true,"config":{"persist":false}},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}},
		"apps":{"http":{"servers":{"a":{"listen":["`+freeTCP(t)+`"],"automatic_https":{"disable":true},"routes":`+routes+`}}}}}`), true)
}
