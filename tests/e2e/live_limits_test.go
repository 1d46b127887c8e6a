package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// limited leads to a vendor with a Duo key of its own, which outlives the gateway that is asked about it no more.
func limited(t testing.TB, f form, name string, more options) *route {
	t.Helper()
	key := options{"integration_key": "DILIMITS" + strings.ToUpper(name), "secret_key": "secret-of-" + name + "-0123456789"}
	return keyRoute(t, f, "duo", name, key.of(t, "duo"), key.with(more))
}

// beside leads to the vendor of another route with its key.
func beside(r *route, name string, more options) *route {
	also := *r
	also.name, also.options = name, r.options.with(more)
	return &also
}

// A vendor asks for a pause: until it is over the gateway answers all requests with that key itself, and no others.
func TestAVendorsPauseIsKept(t *testing.T) {
	const long, short = time.Minute, 2 * time.Second // one is to be seen, and the end of the other
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		statuses := []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}
		var kept, too, ignored, over []*route
		for _, status := range statuses {
			add := func(name string, more options) *route { return limited(t, f, fmt.Sprintf("%s-%d", name, status), more) }
			r := add("kept", nil)
			kept, too = append(kept, r), append(too, beside(r, r.name+"-too", options{"max_body": "1MiB"}))
			ignored, over = append(ignored, add("ignored", options{"retry_after": "ignore"})), append(over, add("over", nil))
		}
		other := limited(t, f, "other", nil)
		g := start(t, f, append(slices.Concat(kept, too, ignored, over), other)...)
		in := request{method: "GET", target: "/api"}
		// asks has the vendor of r answer a request with a status and a pause.
		asks := func(r *route, status int, pause time.Duration) {
			t.Helper()
			knows := *r.vendor.judging.Load()
			r.vendor.judge(func(r *vendorsim.Request) *vendorsim.Answer {
				a := knows(r)
				return &vendorsim.Answer{Status: status, Header: http.Header{"Retry-After": {strconv.Itoa(int(pause / time.Second))}, "Date": a.Header["Date"]}, Body: []byte("busy")}
			})
			if got := g.send(t, r, in); got.status != status || string(got.body) != "busy" {
				t.Errorf("%s: the vendor's answer arrives as %d %s", r.name, got.status, got.body)
			}
			r.vendor.judge(knows)
		}
		for i, status := range statuses {
			isOK(t, kept[i].name, g.send(t, kept[i], in))
			isOK(t, too[i].name, g.send(t, too[i], in))
			asks(kept[i], status, long)
			before := kept[i].vendor.count()
			g.refused(t, kept[i], in, http.StatusTooManyRequests, "vendor-pause")
			if n := kept[i].vendor.count() - before; n != 0 {
				t.Errorf("%s: %d requests reached the vendor in its pause", kept[i].name, n)
			}
			// Another route with the key looks once a second.
			until(t, "the other route's knowledge", func() bool { return g.send(t, too[i], in).status == http.StatusTooManyRequests })
			for _, r := range []*route{kept[i], too[i]} {
				g.refused(t, r, in, http.StatusTooManyRequests, "vendor-pause")
				g.refused(t, r, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")}, http.StatusTooManyRequests, "vendor-pause")
				if n, err := strconv.Atoi(g.send(t, r, in).header.Get("Retry-After")); err != nil || n < 1 || n > int(long/time.Second)+1 {
					t.Errorf("%s: Retry-After is %d, %v", r.name, n, err)
				}
			}
			isOK(t, "another key", g.send(t, other, in))

			asks(ignored[i], status, long)
			isOK(t, ignored[i].name, g.send(t, ignored[i], in))

			begun := time.Now()
			asks(over[i], status, short)
			before = over[i].vendor.count()
			until(t, "the end of the pause", func() bool { return g.send(t, over[i], in).status == http.StatusOK })
			if lasted := time.Since(begun); lasted < short {
				t.Errorf("%s: the pause of %v was over after %v", over[i].name, short, lasted)
			}
			if n := over[i].vendor.count() - before; n != 1 {
				t.Errorf("%s: %d requests reached the vendor in its pause", over[i].name, n-1)
			}
		}
		g.saysTimes(t, "the vendor asks for a pause of 1m0s", len(statuses))
		g.saysTimes(t, "the vendor asks for a pause of 2s", len(statuses))
	})
}

// The rate of a key holds for all routes that use it together.
func TestARateLetsNoMoreThanItsNumberThrough(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		const count = 5
		r := limited(t, f, "rate", options{"rate": []string{fmt.Sprintf("%d/1h", count)}})
		too := beside(r, "rate-too", options{"max_body": "1MiB"})
		paths := limited(t, f, "paths", options{"rate": []string{"1/1h /logs/**"}})
		g := start(t, f, r, too, paths)
		passed := 0
		for n := range 3 * count {
			route := []*route{r, too}[n%2]
			if got := g.send(t, route, request{method: "GET", target: "/api"}); got.status == http.StatusOK {
				passed++
			} else {
				got.isProblem(t, http.StatusTooManyRequests, "rate-limited")
				if wait, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || wait < 1 || wait > 3600 {
					t.Errorf("Retry-After is %d, %v", wait, err)
				}
			}
		}
		if n := r.vendor.count(); passed != count || n != count {
			t.Errorf("%d requests passed and %d reached the vendor, want %d", passed, n, count)
		}
		for _, target := range []string{"/logs/a", "/api", "/api"} {
			isOK(t, target, g.send(t, paths, request{method: "GET", target: target}))
		}
		g.refused(t, paths, request{method: "GET", target: "/logs/b"}, http.StatusTooManyRequests, "rate-limited")
	})
}

// With a queue, requests wait for their turn, as long as the queue says.
func TestAQueueMakesRequestsWaitForTheirTurn(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting
		queued := limited(t, f, "queue", options{"rate": []string{"2/1s queue 1m"}})
		short := limited(t, f, "short", options{"rate": []string{"1/1h queue 1s"}})
		g := start(t, f, queued, short)
		begun := time.Now()
		var all sync.WaitGroup
		var good atomic.Int64
		for range 6 { // at 0 s, 1 s and 2 s
			all.Go(func() {
				if got := g.send(t, queued, request{method: "GET", target: "/api"}); got.status == http.StatusOK {
					good.Add(1)
				}
			})
		}
		all.Wait()
		if lasted := time.Since(begun); good.Load() != 6 || lasted < 2*time.Second {
			t.Errorf("%d of 6 requests passed in %v", good.Load(), lasted)
		}
		isOK(t, "the first", g.send(t, short, request{method: "GET", target: "/api"}))
		g.refused(t, short, request{method: "GET", target: "/api"}, http.StatusTooManyRequests, "rate-limited")
	})
}

// The gateway's own health checks are requests like others to the vendor, and to the rate.
func TestHealthChecksCountInTheRate(t *testing.T) {
	t.Parallel()
	const count = 5
	r := limited(t, caddyTransport, "health", options{"rate": []string{fmt.Sprintf("%d/1h", count)}})
	s := setup{form: caddyTransport, home: newHome(t), global: "\tadmin off\n\tpersist_config off\n\tdebug\n"}
	s.sites = func(port int) string {
		return s.site(t, port, r, "", r.vendor.addr, "\t\thealth_uri /health\n\t\thealth_interval 50ms\n\t\thealth_timeout 1m\n")
	}
	g := s.start(t)
	g.says(t, `"msg":"request refused"`, 3) // health checks that did not go out any more
	// The upstream is not taken away for it: the client is told what it is.
	if got := g.send(t, r, request{method: "GET", target: "/api"}); got.status != http.StatusTooManyRequests || !strings.Contains(string(got.body), "rate-limited") {
		t.Errorf("after the health checks had used up the rate a request is answered %d %s", got.status, got.body)
	}
	for _, a := range r.vendor.signedOrNothing(t, 0, "health") {
		if a.target != "/health" {
			t.Errorf("%s arrived", a.target)
		}
	}
	if n := r.vendor.count(); n != count {
		t.Errorf("%d health checks reached the vendor, want %d", n, count)
	}
}
