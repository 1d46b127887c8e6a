package e2e

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What sends a client's request again sends the signature of its app again: Traefik's retry and buffering in front of the plugin, and
// reverse_proxy of Caddy after it was verified. That is no replay, even where a signature is good for one request alone.
func TestAnAppsRequestIsSentAgain(t *testing.T) {
	const id, secret = "19", "app-secret-billing"
	eachForm(t, func(t *testing.T, f form) {
		for _, again := range []object{{"retry": object{"attempts": 4}}, {"buffering": object{"retryExpression": "IsNetworkError() && Attempts() < 4"}}} {
			r := find("cortex-advanced").route(t, f)
			s := retryingSetup(t, f, r)
			if f == traefik {
				r.options["apps"] = []object{{"name": "billing", "keyId": id, "secret": secret}}
				two := s.change
				s.change = func(port int, static, dynamic object) {
					two(port, static, dynamic)
					at(dynamic, "http", "middlewares")["again"] = again
				}
			} else {
				r.options["require_app"] = true
				signed := s.sites
				s.sites = func(port int) string {
					return strings.Replace(signed(port), "\tlog\n", "\tlog\n\tvendorsign_verify cortex {\n\t\tapp billing {\n\t\t\tkey_id "+id+
						"\n\t\t\tsecret "+secret+"\n\t\t}\n\t}\n", 1)
				}
			}
			g := s.start(t)
			for i := range 4 { // the servers take turns
				nonce, stamp := rand.Text()+rand.Text(), fmt.Sprint(time.Now().Add(20*time.Second).UnixMilli())
				raw := fmt.Sprintf("POST /api/%d HTTP/1.1\r\nHost: cortex-advanced.test\r\nConnection: close\r\nContent-Length: 2\r\nx-xdr-auth-id: %s\r\n"+
					"x-xdr-nonce: %s\r\nx-xdr-timestamp: %s\r\nAuthorization: %x\r\n\r\n{}", i, id, nonce, stamp, sha256.Sum256([]byte(secret+nonce+stamp)))
				for _, want := range []int{200, 403} { // the second is another request, with the same signature
					before := r.vendor.count()
					statuses := exchangeRaw(t, g.addr, raw)
					arrived := r.vendor.signedOrNothing(t, before, raw)
					if len(statuses) != 1 || statuses[0] != want || len(arrived) != map[int]int{200: 1}[want] {
						t.Errorf("%v, request %d: answered %v, want %d, and %d arrived", again, i, statuses, want, len(arrived))
					}
				}
			}
		}
	})
}
