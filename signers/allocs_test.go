//go:build !race

package signers_test

import (
	"net/http"
	"testing"
)

// What is measured today must not grow. The aim is at most four for every mode. The race detector makes pools
// forget on purpose, so there is nothing to measure then.
func TestSignAllocatesNoMoreThanItDid(t *testing.T) {
	limits := map[string]float64{
		"darktrace": 4, "darktrace-query": 8, "darktrace-post": 4,
		"duo-5": 12, "duo-5-post": 9, "duo-4": 11, "duo-2": 10, "duo-2-sha1": 10,
		"threatconnect": 4, "threatconnect-token": 4,
		"cortex-advanced": 5, "cortex-standard": 4,
		"carbonblack": 4,
	}
	for _, mode := range modes {
		s := newSigner(t, mode.config)
		out := make(http.Header)
		n := testing.AllocsPerRun(200, func() {
			s.Sign(mode.message, moment(0), out)
		})
		if n > limits[mode.name] {
			t.Errorf("%s: %v allocations, want at most %v", mode.name, n, limits[mode.name])
		}
	}
}
