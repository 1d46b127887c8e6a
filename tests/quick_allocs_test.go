//go:build !race

package tests

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// The short way is taken, and stays short: what the interpreter allocates does not depend on how busy the machine is.
// Under the race detector there is nothing to measure: it makes pools forget. 17 of each are the copy of the request, without which
// middlewares in front would see the signature.
func TestTheShortWayIsTaken(t *testing.T) {
	limits := map[string]float64{
		"darktrace": 299, "darktrace spaced": 299, "darktrace allow": 420, "duo": 469, "duo 4": 457, "duo 2": 662, "duo x-duo-date": 547, "threatconnect": 299,
		"threatconnect token": 239, "cortex": 499, "cortex standard": 263, "carbonblack": 222, "httpsig": 647, "httpsig hmac": 583,
		"aws": 683, "aws s3": 689, "aws re_sign": 1015,
	}
	plugin := interpret.LoadPlugin(t)
	for name, limit := range limits {
		block := map[string]any{"host": "vendor.example.com"}
		for option, value := range shortOptions[name] {
			block[option] = value
		}
		vendor, mode, _ := strings.Cut(name, " ")
		handler, err := plugin.New(map[string]any{vendor: block}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		if err != nil {
			t.Fatal(err)
		}
		n := 10 * limit
		for range 3 { // a second that begins, or a collection that empties a pool, is none of a request's allocations
			requests, a, next := make([]*http.Request, 102), &shortAnswer{}, 0
			for i := range requests {
				requests[i] = signedFor(mode, shortRequest(t, "GET", "/a?a=1", "", false))
			}
			n = min(n, testing.AllocsPerRun(100, func() {
				handler.ServeHTTP(a, requests[next])
				next++
			}))
		}
		t.Logf("%s: %v", name, n)
		if n > limit {
			t.Errorf("%s: %v allocations, more than %v, in each of three measurements", name, n, limit)
		}
	}
}

// Interpreted, a form is put in order by large steps of the library, not by the loop over bytes that is best compiled: that
// takes four times the allocations. Sign and Canonical are measured together.
func TestTheInterpreterTakesLargeSteps(t *testing.T) {
	sign, err := interpreted(t).Signer("duo", []byte(`{"integration_key":"DIX","secret_key":"canary","signature_version":2}`))
	if err != nil {
		t.Fatal(err)
	}
	form, header := []byte(strings.Repeat("alias=Jane+Doe+%28ops%29&", 36)), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	n := testing.AllocsPerRun(20, func() { sign("POST", "h", "/p", header, form, time.Unix(0, 0), "", "", "") })
	if n > 8000 {
		t.Errorf("a form of 36 pairs: %v allocations, want at most 8000", n)
	}
}
