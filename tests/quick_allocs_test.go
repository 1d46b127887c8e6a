//go:build !race

package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The short way is taken, and stays short: what the interpreter allocates does not depend on how busy the machine is.
// Under the race detector there is nothing to measure: it makes pools forget.
func TestTheShortWayIsTaken(t *testing.T) {
	limits := map[string]float64{
		"darktrace": 245, "darktrace spaced": 240, "duo": 640, "duo 2": 640, "threatconnect": 250, "threatconnect token": 190,
		"cortex": 385, "cortex standard": 215, "carbonblack": 175,
	}
	plugin := interpret.LoadPlugin(t)
	for name, limit := range limits {
		block := map[string]any{"host": "vendor.example.com"}
		for option, value := range shortOptions[name] {
			block[option] = value
		}
		vendor, _, _ := strings.Cut(name, " ")
		handler, err := plugin.New(map[string]any{vendor: block}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err != nil {
			t.Fatal(err)
		}
		requests, a, next := make([]*http.Request, 102), &shortAnswer{}, 0
		for i := range requests {
			requests[i] = shortRequest(t, "GET", "/a?a=1", "", false)
		}
		n := testing.AllocsPerRun(100, func() {
			handler.ServeHTTP(a, requests[next])
			next++
		})
		if n > limit {
			t.Errorf("%s: %v allocations, want at most %v", name, n, limit)
		}
	}
}
