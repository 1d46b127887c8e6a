package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestABodyThatCanBeTakenForTwoThingsIsNotSent(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		duo2, duo5, dt, cb := find("duo-2").route(t, f), find("duo").route(t, f), find("darktrace").route(t, f), find("carbonblack").route(t, f)
		g := start(t, f, duo2, duo5, dt, cb)
		body := []byte("a=1")
		for _, r := range []*route{duo2, duo5, dt, cb} {
			g.refused(t, r, request{method: "POST", target: "/api", header: []string{asForm, asJSON}, body: body}, http.StatusBadRequest, "unsignable")
			g.refused(t, r, request{method: "POST", target: "/api", header: []string{asForm, asForm}, body: body}, http.StatusBadRequest, "unsignable")
			g.accepted(t, r, request{method: "POST", target: "/api", header: []string{asForm}, body: body})
		}
		for _, r := range []*route{duo2, duo5, dt} {
			g.refused(t, r, request{method: "POST", target: "/api", header: []string{asForm, "Content-Encoding: gzip"}, body: body}, http.StatusBadRequest, "unsignable")
			g.refused(t, r, request{method: "POST", target: "/api", header: []string{asForm, "Content-Encoding: br"}, body: body, chunked: true}, http.StatusBadRequest, "unsignable")
		}
		g.accepted(t, cb, request{method: "POST", target: "/api", header: []string{asJSON, "Content-Encoding: gzip"}, body: body})
	})
}

func TestKeepHeaderKeepsOneOfTheList(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		r := find("threatconnect").route(t, f)
		r.options["keep_header"] = "X-Request-Path"
		g := start(t, f, r)
		lines := []string{"X-Request-Path: kept", "X_Request_Path: gone", "X-Rewrite-Uri: gone", "X-Method: gone", "X-HTTP-Verb: gone", "X-Envoy-Original-Path: gone", "X-Host: gone",
			"X-Ms-Client-Principal: gone", "X-Goog-Iap-Jwt-Assertion: gone", "Proxy: gone", "X-Forwarded-Path: gone", "X-HTTP-Host-Override: gone"}
		a, _ := g.accepted(t, r, request{method: "GET", target: "/api", header: lines})
		if a.header.Get("X-Request-Path") != "kept" || strings.Contains(a.text(), "gone") {
			t.Errorf("this arrived:\n%s", a.text())
		}
	})
}

// Go's HTTP/2 client announces trailers by their names, which are the client's.
func TestNoTrailerOfAClientReachesAVendorByItsName(t *testing.T) {
	ca := newAuthority(t)
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for _, name := range []string{"duo", "carbonblack", "cortex-standard"} {
			m, host := find(name), name+".vendor.example"
			routes = append(routes, &route{
				name: name, signer: m.signer, options: m.options.with(options{"host": host}), vendor: newVendorHTTP2(t, m.signer, m.credential(), ca.leaf(t, host)),
				scheme: "https", ca: ca.file, serverName: host, headerUp: "Host " + host,
			})
		}
		g := start(t, f, routes...)
		for _, r := range routes {
			for _, message := range []string{
				"POST /api HTTP/1.1\r\nHost: " + r.name + ".test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Evil-Sum\r\nTE: trailers\r\n\r\n3\r\na=1\r\n0\r\nX-Evil-Sum: evil\r\n\r\n",
				"GET /api HTTP/1.1\r\nHost: " + r.name + ".test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Evil-Sum\r\n\r\n0\r\nX-Evil-Sum: evil\r\n\r\n",
			} {
				before := r.vendor.count()
				exchangeRaw(t, g.addr, message)
				for _, a := range r.vendor.since(before) {
					if len(a.trailer) > 0 || strings.Contains(strings.ToLower(fmt.Sprint(a.header)), "evil") {
						t.Errorf("%s: trailers %v arrived with %v", r.name, a.trailer, a.header)
					}
				}
				if r.vendor.count() == before {
					t.Errorf("%s: nothing arrived", r.name)
				}
			}
		}
	})
}
