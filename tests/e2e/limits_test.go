package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is refused, or gets no connection that the credential may go over, leaves the rate to others.
func TestRequestsThatAreNotSentCostNoRate(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		limited := find("duo-2").route(t, f)
		limited.options["rate"] = []string{"2/1h"}
		nobody := find("darktrace").route(t, f)
		nobody.options["rate"] = []string{"2/1h"}
		server := httptest.NewServer(http.NotFoundHandler())
		nobody.vendor = &vendor{addr: server.Listener.Addr().String()}
		server.Close() // so that nobody listens there
		g := start(t, f, limited, nobody)
		for range 5 {
			g.refused(t, limited, request{method: "POST", target: "/api", header: []string{asJSON}, body: []byte(`{}`)}, http.StatusBadRequest, "unsignable")
			g.refused(t, limited, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte(strings.Repeat("&", 100000))}, http.StatusRequestEntityTooLarge, "body-too-large")
			halfRequest(t, g.addr, fmt.Sprintf("POST /api HTTP/1.1\r\nHost: %s.test\r\n%s\r\nContent-Length: 100\r\n\r\na=1", limited.name, asForm))
			if got := g.send(t, nobody, request{method: "GET", target: "/api"}); got.status != http.StatusBadGateway {
				t.Errorf("without a vendor answered %d %s", got.status, got.body)
			}
		}
		g.accepted(t, limited, request{method: "GET", target: "/api"})
		g.accepted(t, limited, request{method: "GET", target: "/api"})
		g.refused(t, limited, request{method: "GET", target: "/api"}, http.StatusTooManyRequests, "rate-limited")
	})
}

// A connection to a server that is not the credential's is closed before anything is sent, and costs nothing either.
func TestAWrongUpstreamCostsNoRate(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		ca := newAuthority(t)
		const name = "defense.conferdeploy.example"
		m := find("carbonblack")
		route := &route{name: "wrong", signer: m.signer, options: m.options.with(options{"host": name, "rate": []string{"2/1h"}, "insecure_upstream": nil}),
			scheme: "https", ca: ca.file, serverName: "elsewhere.example"}
		route.vendor = newVendorHTTP2(t, m.signer, m.credential(), ca.leaf(t, "elsewhere.example"))
		g := start(t, f, route)
		for range 5 {
			if got := g.send(t, route, request{method: "GET", target: "/api"}); got.status == http.StatusTooManyRequests || got.status < 400 {
				t.Errorf("answered %d %s", got.status, got.body)
			}
		}
	})
}

// One client asks for what the vendor refuses with a pause of an hour.
func TestOneClientsPathPausesNoOther(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/evil") {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		io.WriteString(w, "answered")
	}))
	t.Cleanup(server.Close)
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		route := find("darktrace").route(t, f)
		route.vendor = &vendor{addr: server.Listener.Addr().String()}
		g := start(t, f, route)
		if got := g.send(t, route, request{method: "GET", target: "/evil"}); got.status != http.StatusTooManyRequests {
			t.Fatalf("answered %d %s", got.status, got.body)
		}
		var last *reply
		until(t, "another path is answered again", func() bool {
			last = g.send(t, route, request{method: "GET", target: "/api"})
			return last.status == http.StatusOK && string(last.body) == "answered"
		})
		g.send(t, route, request{method: "GET", target: "/evil"}).isProblem(t, http.StatusTooManyRequests, "vendor-pause")
		g.send(t, route, request{method: "GET", target: "/%65vil?a=1"}).isProblem(t, http.StatusTooManyRequests, "vendor-pause")
	})
}
