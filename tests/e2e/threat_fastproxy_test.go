package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// More of Traefik's fastProxy: bodies where none is needed, methods, large heads, certificates.
func TestTraefiksFastProxyTakesOddRequests(t *testing.T) {
	t.Parallel()
	ca, unknown := newAuthority(t), newAuthority(t)
	const host = "defense.conferdeploy.example"
	signed, streamed, listed := find("duo").route(t, traefik), find("threatconnect").route(t, traefik), find("darktrace").route(t, traefik)
	listed.options["allow"] = []string{"* /api"}
	carbonBlack := find("carbonblack")
	secure := func(name, certificate string, issuer *authority, serverName string) *route {
		return &route{name: name, signer: "carbonblack", options: carbonBlack.options.with(options{"host": host}), scheme: "https", ca: ca.file, serverName: serverName,
			vendor: newVendor(t, "carbonblack", carbonBlack.credential(), issuer.leaf(t, certificate))}
	}
	right := secure("right", host, ca, host)
	stranger := secure("stranger", host, unknown, host)
	other := secure("other", "elsewhere.example", ca, host)
	misnamed := secure("misnamed", "elsewhere.example", ca, "elsewhere.example")
	g := setup{form: traefik, home: newHome(t), routes: []*route{signed, streamed, listed, right, stranger, other, misnamed}, change: func(_ int, static, dynamic object) {
		at(static, "experimental")["fastProxy"] = object{"debug": true}
		for _, r := range []*route{right, stranger, other, misnamed} { // without HTTP/2, https is for the fast proxy too
			at(dynamic, "http", "serversTransports", r.name)["disableHTTP2"] = true
		}
	}}.start(t)
	fast := func(t *testing.T, a *arrival) {
		t.Helper()
		if a.header.Get("X-Traefik-Fast-Proxy") == "" {
			t.Errorf("this is not the fast proxy:\n%s", a.text())
		}
	}
	for _, r := range []*route{signed, streamed} {
		for _, in := range []request{
			{method: "GET", target: "/api?a=1", header: []string{asJSON}, body: []byte(`{"a":1}`)},
			{method: "DELETE", target: "/api", header: []string{asForm}, body: []byte("a=1")},
			{method: "GET", target: "/api", header: []string{asJSON}, body: []byte(`{"a":1}`), chunked: true},
			{method: "OPTIONS", target: "/api"}, {method: "PROPFIND", target: "/api"}, {method: "X-CUSTOM", target: "/api"},
			{method: "GET", target: "/api", header: []string{"X-Large: " + strings.Repeat("x", 8<<10)}},
			{method: "GET", target: "/api?q=" + strings.Repeat("x", 8<<10)},
		} {
			a, _ := g.accepted(t, r, in)
			fast(t, a)
		}
		g.refused(t, r, request{method: "GET", target: "/api", header: []string{"Referer: http://evil.example/"}}, http.StatusForbidden, "browser")
	}
	// What a client writes in two ways, over HTTP/1 and HTTP/2: the fast proxy writes requests itself.
	for _, r := range []*route{signed, streamed} {
		for _, message := range ambiguousMessages {
			before := r.vendor.count()
			exchangeRaw(t, g.addr, strings.ReplaceAll(message, "HOST", r.name+".test"))
			got := r.vendor.signedOrNothing(t, before, message)
			if len(got) > 1 {
				t.Errorf("%q arrived as %d requests", message, len(got))
			}
			for _, a := range got {
				if a.target != "/api" || a.host != r.options["host"] {
					t.Errorf("%q arrived as %q", message, a.raw)
				}
			}
		}
		for _, m := range []message{
			{fields: [][2]string{{"host", "evil.test"}}},
			{fields: [][2]string{{"authorization", "attacker"}, {"authorization", "attacker"}}},
			{fields: [][2]string{{"cookie", "a=attacker"}, {"cookie", "b=attacker"}}},
			{fields: [][2]string{{"te", "trailers"}, {"trailer", "authorization"}}, body: "a=1"},
			{fields: [][2]string{{":scheme", "https"}}},
		} {
			before := r.vendor.count()
			frames(t, g.addr, r.name+".test", m)
			for _, a := range r.vendor.signedOrNothing(t, before, fmt.Sprint(m.fields)) {
				if a.host != r.options["host"] || strings.Contains(string(a.raw), "attacker") {
					t.Errorf("%q arrived as %q", m.fields, a.raw)
				}
			}
		}
	}
	// The connection cannot be closed after it, so that under allow it must not be sent.
	g.refused(t, listed, request{method: "GET", target: "/api", body: []byte("a=1")}, http.StatusBadRequest, "unexpected-body")
	a, _ := g.accepted(t, listed, request{method: "GET", target: "/api"})
	fast(t, a)

	a, _ = g.accepted(t, right, request{method: "GET", target: "/api"})
	fast(t, a)
	for _, r := range []*route{stranger, other} {
		if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status < 500 || r.vendor.bytes.Load() != 0 {
			t.Errorf("%s: answered %d, %d bytes went to the wrong server", r.name, got.status, r.vendor.bytes.Load())
		}
	}
	t.Run("a certificate for the serverName is taken", func(t *testing.T) {
		if got := g.send(t, misnamed, request{method: "GET", target: "/api"}); got.status != http.StatusOK {
			t.Errorf("answered %d: correct docs/wire.md", got.status)
		}
	})
}
