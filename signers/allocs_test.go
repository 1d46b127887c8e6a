//go:build !race

package signers_test

import (
	"net/http"
	"testing"
)

// What is measured today must not grow. The promise is four for a small GET; an unsorted query costs its sorting.
// The race detector makes pools forget on purpose, so there is nothing to measure then.
func TestSignAllocatesNoMoreThanItDid(t *testing.T) {
	limits := map[string]float64{
		"darktrace": 3, "darktrace-query": 8, "darktrace-post": 4,
		"duo-5": 3, "duo-5-post": 4, "duo-4": 3, "duo-2": 3, "duo-2-sha1": 3,
		"threatconnect": 3, "threatconnect-token": 2,
		"cortex-advanced": 4, "cortex-standard": 2,
		"carbonblack": 1,
	}
	for _, mode := range modes {
		s := newSigner(t, mode.config)
		out, at := make(http.Header), moment(s, 0)
		n := testing.AllocsPerRun(200, func() {
			s.Sign(mode.message, at, out)
		})
		if n > limits[mode.name] {
			t.Errorf("%s: %v allocations, want at most %v", mode.name, n, limits[mode.name])
		}
	}
}
