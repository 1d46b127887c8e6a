package modules

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// For the race detector: two vendors, handler and transport, and reloads while requests run. The real program under the
// same load is tested in tests/e2e.
func TestReloadsWhileRequestsRun(t *testing.T) {
	isolate(t)
	vendor := func(name string, credential map[string]string) string {
		simulator, err := vendorsim.New(name, vendorsim.Config{Credential: credential})
		if err != nil {
			t.Fatal(err)
		}
		return serve(t, simulator).Listener.Addr().String()
	}
	duo := vendor("duo", map[string]string{"integration_key": "DI1", "secret_key": "first"})
	cortex := vendor("cortex", map[string]string{"api_key_id": "17", "api_key": "second"})
	addr := freeTCP(t)
	reload := func(n int) {
		const duoOptions = `"integration_key":"DI1","secret_key":"first","host":["127.0.0.1"],"insecure_upstream":true`
		const cortexOptions = `"api_key_id":"17","api_key":"second","host":["127.0.0.1"],"insecure_upstream":true`
		site := func(host, signer, proxy string) string {
			return fmt.Sprintf(`{"match":[{"host":[%q]}],"terminal":true,"handle":[%s%s]}`, host, signer, proxy)
		}
		config := fmt.Sprintf(`{"admin":{"disabled":true},"logging":{"logs":{"default":{"level":"ERROR"}}},"apps":{"http":{"servers":{"s%d":{"listen":[%q],"automatic_https":{"disable":true},"routes":[%s]}}}}}`, n, addr,
			strings.Join([]string{
				site("duo-handler", `{"handler":"duo_sign",`+duoOptions+`},`, `{"handler":"reverse_proxy","upstreams":[{"dial":"`+duo+`"}]}`),
				site("duo-transport", "", `{"handler":"reverse_proxy","upstreams":[{"dial":"`+duo+`"}],"transport":{"protocol":"duo_sign",`+duoOptions+`}}`),
				site("cortex-handler", `{"handler":"cortex_sign",`+cortexOptions+`},`, `{"handler":"reverse_proxy","upstreams":[{"dial":"`+cortex+`"}]}`),
				site("cortex-transport", "", `{"handler":"reverse_proxy","upstreams":[{"dial":"`+cortex+`"}],"transport":{"protocol":"cortex_sign",`+cortexOptions+`}}`),
			}, ","))
		if err := caddy.Load([]byte(config), true); err != nil {
			t.Fatal(err)
		}
	}
	reload(0)
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	done := make(chan struct{})
	var workers sync.WaitGroup
	for n := range 8 {
		host := []string{"duo-handler", "duo-transport", "cortex-handler", "cortex-transport"}[n%4]
		workers.Go(func() {
			answered := time.Now()
			for ended := false; !ended; { // the last one must be answered
				select {
				case <-done:
					ended = true
				default:
				}
				r, err := http.NewRequest("POST", "http://"+addr+"/api?b=1", strings.NewReader("a=1"))
				if err != nil {
					t.Error(err)
					return
				}
				r.Host = host
				response, body, err := askOnce(r)
				if err != nil { // Caddy closes connections that were opened during a reload
					if time.Since(answered) > patience {
						t.Errorf("%s: no request comes through: %v", host, err)
						return
					}
					ended = false
					continue
				}
				answered = time.Now()
				if response.StatusCode != http.StatusOK {
					t.Errorf("%s: %d %s", host, response.StatusCode, body)
					return
				}
			}
		})
	}
	for n := range 40 {
		reload(n + 1)
	}
	close(done)
	workers.Wait()
}
