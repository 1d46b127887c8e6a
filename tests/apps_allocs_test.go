//go:build !race

package tests

import (
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// What a verification costs interpreted is how much it allocates, over the same request to a route without apps.
func TestTheVerificationOfAnAppStaysShort(t *testing.T) {
	plugin := interpret.LoadPlugin(t)
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for vendor, client := range appClients {
		signer, signed := client.signer(t, vendor, 117), 0
		count := func(apps bool) float64 {
			handler, err := plugin.New(map[string]any{vendor: client.block(apps)}, next)
			if err != nil {
				t.Fatal(err)
			}
			least := 1e9
			for range 3 { // a second that begins, or a collection that empties a pool, is none of a request's allocations
				requests, a, next := make([]*http.Request, 102), &shortAnswer{}, 0
				for i := range requests {
					signed++
					requests[i] = client.request(t, signer, signed, "")
				}
				least = min(least, testing.AllocsPerRun(100, func() {
					handler.ServeHTTP(a, requests[next])
					next++
				}))
				if a.Len() > 0 {
					t.Fatalf("%s: refused: %.200s", vendor, a)
				}
			}
			return least
		}
		without, with := count(false), count(true)
		t.Logf("%s: %v, with apps %v: %v", vendor, without, with, with-without)
		if with-without > client.allocations {
			t.Errorf("%s: %v allocations, more than %v, in each of three measurements", vendor, with-without, client.allocations)
		}
	}
}
