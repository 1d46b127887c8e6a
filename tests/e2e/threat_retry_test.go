package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A middleware between retry and the signer that reads the body has nothing to pass on in the second attempt: Traefik sends an empty
// body then. It is not signed as if the client had sent it.
func TestARetryDoesNotSendABodyThatWasReadInBetween(t *testing.T) {
	permits := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	defer permits.Close()
	for name, between := range map[string]object{
		"forwardAuth":         {"forwardAuth": object{"address": permits.URL, "forwardBody": true}},
		"forwardAuth limited": {"forwardAuth": object{"address": permits.URL, "forwardBody": true, "maxBodySize": 1000}},
		"buffering":           {"buffering": object{"maxRequestBodyBytes": 1000}},
	} {
		for _, mode := range []string{"duo", "threatconnect"} {
			for _, chunked := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %s chunked %v", name, mode, chunked), func(t *testing.T) {
					r := find(mode).route(t, traefik)
					s := retryingSetup(t, traefik, r)
					change := s.change
					s.change = func(port int, static, dynamic object) {
						change(port, static, dynamic)
						at(dynamic, "http", "middlewares")["between"] = between
						at(dynamic, "http", "routers", r.name)["middlewares"] = []string{"again", "between", r.name}
					}
					g := s.start(t)
					const sent = "a=1&b=2"
					for range 4 { // the servers take turns
						before := r.vendor.count()
						got := g.send(t, r, request{method: "POST", target: "/api?a=1", header: []string{asForm}, body: []byte(sent), chunked: chunked})
						if r.vendor.count() == before && got.status == http.StatusBadRequest {
							continue
						}
						a, err := r.vendor.only(before)
						if err != nil {
							t.Fatalf("answered %d %.200s: %v", got.status, got.body, err)
						}
						if string(a.body) != sent {
							t.Errorf("%q arrived, accepted: %v %s", a.body, a.answer.Accepted, a.answer.Reason)
						}
					}
				})
			}
		}
	}
}
