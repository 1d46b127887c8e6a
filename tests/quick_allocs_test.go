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
		"darktrace": 289, "darktrace spaced": 289, "darktrace allow": 393, "duo": 461, "duo 4": 449, "duo 2": 653, "duo x-duo-date": 538, "threatconnect": 289,
		"threatconnect token": 229, "cortex": 446, "cortex standard": 254, "carbonblack": 212, "httpsig": 629, "httpsig hmac": 567,
		"aws": 658, "aws s3": 664, "aws re_sign": 958,
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

// The first request of a second makes the snapshot of that second. Of a thousand routes under load, each does so with every few requests.
func TestTheNextSecondTakesFewAllocations(t *testing.T) {
	const runs, limit = 50, 112
	plugin := interpret.LoadPlugin(t)
	// No sample of the vendor's time comes due.
	block := map[string]any{"host": "vendor.example.com", "publicToken": "pub", "privateToken": "key", "clock": "local"}
	upstream := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	a, handlers := &shortAnswer{}, make([]http.Handler, runs+1)
	for i := range handlers {
		var err error
		if handlers[i], err = plugin.New(map[string]any{"darktrace": block}, upstream); err != nil {
			t.Fatal(err)
		}
		for range 21 { // answers to a new credential are looked at
			handlers[i].ServeHTTP(a, shortRequest(t, "GET", "/a?a=1", "", false))
		}
	}
	each := func() float64 {
		requests, next := make([]*http.Request, runs+1), 0
		for i := range requests {
			requests[i] = shortRequest(t, "GET", "/a?a=1", "", false)
		}
		return testing.AllocsPerRun(runs, func() {
			handlers[next].ServeHTTP(a, requests[next])
			next++
		})
	}
	first, others := 1e9, 1e9
	for range 2 { // a collection that empties a pool is none of a request's allocations
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		first, others = min(first, each()), min(others, each())
	}
	t.Logf("%v, and %v in the same second", first, others)
	if first-others > limit || first == others {
		t.Errorf("the first request of a second takes %v allocations more than the others, want at most %v, and some", first-others, limit)
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
