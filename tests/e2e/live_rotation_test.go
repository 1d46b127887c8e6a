package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// rotating leads to a vendor for which the gateway has a new key, and the one before.
func rotating(t testing.TB, f form, signer string, j judge) *route {
	t.Helper()
	k := keys[signer]
	more := k.newer.with(options{"previous": k.older})
	if f == traefik {
		more["observe"] = "on"
	}
	return keyRoute(t, f, signer, "rotating-"+signer, j, more)
}

// press sends requests on a route without a pause until stop is called. Each must be answered 200. Bodies only go to
// vendors whose signature covers them: others stream, and what was streamed cannot be sent again. between does something
// while no request is under way: one that was refused with the new key before a vendor went over, and then goes out with
// the old one, finds neither taken.
func press(t *testing.T, g *gateway, r *route) (stop func() int64, between func(do func())) {
	t.Helper()
	requests := []request{{method: "GET", target: "/api?b=1&a=2"}}
	if r.signer == "duo" || r.signer == "darktrace" || r.signer == "aws" {
		requests = append(requests, request{method: "POST", target: "/api", header: []string{asForm}, body: []byte("a=1")})
	}
	var sent atomic.Int64
	var way sync.RWMutex // a request is under way
	done := make(chan struct{})
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			for {
				for _, in := range requests {
					select {
					case <-done:
						return
					default:
					}
					in.target, in.header = fmt.Sprintf("/api?n=%d", sent.Add(1)), append(in.header, "Connection: close")
					way.RLock()
					got, err := exchange(g.addr, string(append(in.head(r.name+".test"), in.body...)))
					way.RUnlock()
					if err != nil || !strings.HasPrefix(got, "HTTP/1.1 200 ") {
						t.Errorf("%s: %s %s is answered %.300q, %v", r.name, in.method, in.target, got, err)
						return
					}
				}
			}
		})
	}
	stop = func() int64 {
		close(done)
		workers.Wait()
		return sent.Load()
	}
	return stop, func(do func()) {
		way.Lock()
		defer way.Unlock()
		do()
	}
}

// taken waits until the vendor of r has accepted n more requests that were signed with a key.
func taken(t testing.TB, r *route, key options, n int) {
	t.Helper()
	from := r.vendor.count()
	until(t, r.name+" accepts "+key.id(), func() bool {
		count := 0
		for _, a := range r.vendor.since(from) {
			if a.answer != nil && a.answer.Accepted && a.key() == key.id() {
				count++
			}
		}
		return count >= n || t.Failed()
	})
}

// onceMore checks that no request went out more than twice, and returns how many did.
func onceMore(t testing.TB, r *route) (repeated int) {
	t.Helper()
	attempts := map[string]int{}
	for _, a := range r.vendor.since(0) {
		if a.fault != nil {
			t.Fatalf("%s: %v", r.name, a.fault)
		}
		if strings.HasPrefix(a.target, "/api?n=") {
			attempts[a.target]++
		}
	}
	for target, n := range attempts {
		if n > 2 {
			t.Errorf("%s: %s went out %d times", r.name, target, n)
		}
		repeated += n - 1
	}
	return repeated
}

const (
	serves  = "the previous one is in use"
	forward = "the vendor no longer accepts the previous credential; the new one is in use again"
	taking  = "the vendor accepts the new credential; it is in use"
)

// The vendor knows only the old key when the gateway has the new one already, and at some moment only the new one.
func TestAKeyIsRotatedUnderLoadAndNoRequestIsRefused(t *testing.T) {
	for _, f := range forms {
		t.Run(string(f), func(t *testing.T) {
			var routes []*route
			for signer, k := range keys {
				routes = append(routes, rotating(t, f, signer, k.older.of(t, signer)))
			}
			g := start(t, f, routes...)
			for _, r := range routes {
				t.Run(r.signer, func(t *testing.T) {
					k := keys[r.signer]
					stop, between := press(t, g, r)
					taken(t, r, k.older, 1+rand.IntN(100))
					between(func() { r.vendor.judge(k.newer.of(t, r.signer)) })
					taken(t, r, k.newer, 50)
					sent := stop()
					t.Logf("%d requests, %d of them twice, %d probes", sent, onceMore(t, r), r.vendor.count()-int(sent)-onceMore(t, r))
				})
			}
			g.says(t, serves, len(routes))
			g.says(t, forward, len(routes))
			if n := strings.Count(g.log.String(), "takes neither"); n != 0 {
				t.Errorf("the log says %d times that no key is taken", n)
			}
		})
	}
}

// As vendors let people rotate: both keys are good for a while. The new one is tried again a minute after it was
// refused, which this test waits for.
func TestTheNewKeyIsTriedAgainAfterAMinute(t *testing.T) {
	t.Parallel()
	if !long {
		t.Skip("it takes more than a minute; VENDORSIGN_LONG=1 runs it")
	}
	var gateways []*gateway
	ways := map[*route]*gateway{}
	for _, f := range forms { // all wait at the same time
		var routes []*route
		for signer, k := range keys {
			routes = append(routes, rotating(t, f, signer, k.older.of(t, signer)))
		}
		g := start(t, f, routes...)
		gateways = append(gateways, g)
		for _, r := range routes {
			ways[r] = g
		}
	}
	serving := func(r *route) string {
		from := r.vendor.count()
		isOK(t, r.name, ways[r].send(t, r, request{method: "GET", target: "/api"}))
		arrivals := r.vendor.since(from)
		return arrivals[len(arrivals)-1].key()
	}
	for r := range ways {
		k := keys[r.signer]
		if serving(r) != k.older.id() {
			t.Fatalf("%s: the old key does not serve", r.name)
		}
		r.vendor.judge(anyOf(k.older.of(t, r.signer), k.newer.of(t, r.signer)))
	}
	for r := range ways {
		for since := time.Now(); serving(r) != keys[r.signer].newer.id(); time.Sleep(100 * time.Millisecond) {
			if time.Since(since) > 2*patience {
				t.Fatalf("%s: the new key is not tried again", r.name)
			}
		}
	}
	for r, g := range ways {
		stop, between := press(t, g, r)
		between(func() { r.vendor.judge(keys[r.signer].newer.of(t, r.signer)) })
		taken(t, r, keys[r.signer].newer, 50)
		stop()
	}
	for _, g := range gateways {
		g.says(t, taking, len(keys))
	}
}

// What a client asks for never changes the key, however often a vendor answers as if the credential were wrong (T21).
func TestAClientsBadRequestsChangeNoKey(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		var routes []*route
		for signer, k := range keys {
			both := anyOf(k.newer.of(t, signer), k.older.of(t, signer))
			wrong := k.newer.with(nil)
			for _, name := range secretOptions {
				if secret, ok := wrong[name].(string); ok {
					wrong[name] = "x" + secret
				}
			}
			refuses := wrong.of(t, signer) // as if the secret were wrong
			routes = append(routes, rotating(t, f, signer, func(r *vendorsim.Request) *vendorsim.Answer {
				a := both(r)
				if !strings.HasPrefix(r.Target, "/forbidden") || !a.Accepted {
					return a
				}
				return refuses(r)
			}))
		}
		g := start(t, f, routes...)
		for _, r := range routes {
			newer, begun := keys[r.signer].newer, time.Now()
			var all sync.WaitGroup
			for worker := range 4 {
				all.Go(func() {
					for n := range 25 {
						got := g.send(t, r, request{method: "GET", target: fmt.Sprintf("/forbidden?n=%d", 100*worker+n)})
						if got.status != http.StatusUnauthorized && got.status != http.StatusForbidden && got.status != http.StatusBadRequest {
							t.Errorf("%s: a forbidden path is answered %d", r.name, got.status)
						}
					}
				})
			}
			all.Wait()
			isOK(t, r.name, g.send(t, r, request{method: "GET", target: "/api"}))
			probes := 0
			for _, a := range r.vendor.since(0) {
				if a.fault != nil {
					t.Fatal(a.fault)
				}
				asked := strings.HasPrefix(a.target, "/forbidden") || a.target == "/api"
				if !asked {
					probes++
				}
				if asked && a.key() != newer.id() {
					t.Errorf("%s: %s was signed with %s", r.name, a.target, a.key())
				}
			}
			if most := 2 * (1 + int(time.Since(begun)/time.Minute)); probes > most { // one of each key a minute
				t.Errorf("%s: 100 bad requests cost %d probes", r.name, probes)
			}
			t.Logf("%s: %d probes", r.name, probes)
		}
		if log := g.log.String(); strings.Contains(log, serves) {
			t.Error("the previous key serves")
		}
	})
}
