package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func escaped(token string) string { return url.QueryEscape(token) }

// crowd is how many requests come at once.
const crowd = 200

var crowdClient = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: crowd, DisableCompression: true}}

// get sends a request of many and returns the status.
func (g *gateway) get(t testing.TB, r *route) (int, http.Header, string) {
	request, err := http.NewRequest("GET", "http://"+g.addr+"/api/v3/groups?a=1", nil)
	if err != nil {
		t.Error(err)
		return 0, nil, ""
	}
	request.Host = r.name + ".test"
	response, err := crowdClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0, nil, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, response.Header, string(body)
}

// many sends a crowd of requests at once and returns how many got each status.
func (g *gateway) many(t testing.TB, r *route) map[int]int {
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() {
			status, _, _ := g.get(t, r)
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	all.Wait()
	return statuses
}

func wantAll(t testing.TB, what string, statuses map[int]int) {
	t.Helper()
	if statuses[http.StatusOK] != crowd {
		t.Errorf("%s: answered %v", what, statuses)
	}
}

func (v *tokenVendor) wantFetches(t testing.TB, what string, n int64) {
	t.Helper()
	if got := v.fetches.Load(); got != n {
		t.Errorf("%s: %d tokens were asked for, want %d", what, got, n)
	}
}

func TestATokenIsFetchedOnceAndAgainWhenTheVendorHasEndedIt(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		vendors := map[*route]*tokenVendor{}
		for _, m := range tokenModes {
			v := newTokenVendor(t, m, time.Hour)
			vendors[v.route(f, m, "")] = v
		}
		g := tokenGateway(t, f, vendors)
		for r, v := range vendors {
			t.Run(r.name, func(t *testing.T) {
				wantAll(t, "the first requests", g.many(t, r))
				v.wantFetches(t, "the first requests", 1)
				wantAll(t, "more requests", g.many(t, r))
				v.wantFetches(t, "more requests", 1)

				v.kill()
				wantAll(t, "after the vendor ended the token", g.many(t, r)) // each is repeated with the new token
				wantAll(t, "with the second token", g.many(t, r))
				v.wantFetches(t, "with the second token", 2)

				v.kill() // within the same minute: one token in it is enough, whoever asks
				before := v.calls.Load()
				statuses := g.many(t, r)
				if statuses[http.StatusUnauthorized] != crowd {
					t.Errorf("refused tokens: answered %v", statuses)
				}
				if n := v.calls.Load() - before; n != crowd {
					t.Errorf("%d requests were sent %d times", crowd, n)
				}
				v.wantFetches(t, "refused tokens", 2)
			})
		}
	})
}

func TestARenewalLosesNoRequestAndAFailedOneOnlyThoseAfterTheTokensEnd(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		t.Parallel() // most of it is waiting for tokens to end
		vendors := map[*route]*tokenVendor{}
		for _, m := range tokenModes {
			// The gateway is told 15 s, and renews it in the last fifth or tenth of that. The vendor does not end it: what was
			// sent in time and is late must not decide this.
			v := newTokenVendor(t, m, time.Hour)
			v.short, v.always = 15*time.Second, true
			vendors[v.route(f, m, "-short")] = v
		}
		g := tokenGateway(t, f, vendors)
		for r, v := range vendors {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				next := time.NewTicker(20 * time.Millisecond)
				defer next.Stop()
				if status, _, body := g.get(t, r); status != http.StatusOK {
					t.Fatalf("answered %d %s", status, body)
				}
				// The token comes due: one request renews it, and a crowd comes while it does.
				arrived, release := v.hold()
				defer release()
				stop := make(chan struct{})
				var renewing sync.WaitGroup
				renewing.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-next.C:
							if status, _, body := g.get(t, r); status != http.StatusOK {
								t.Errorf("around the renewal: answered %d %s", status, body)
								return
							}
						}
					}
				})
				wait(t, arrived)
				renewed := time.Now()
				close(stop)
				renewing.Go(func() { wantAll(t, "during the renewal", g.many(t, r)) })
				release()
				renewing.Wait()
				if n := v.fetches.Load(); n != 2 && time.Since(renewed) < 10*time.Second { // else the second one has come due
					t.Errorf("one renewal: %d tokens were asked for, want 2", n)
				}

				// The token service goes down. The token serves until it ends.
				v.down.Store(true)
				fetches, good, problem := v.fetches.Load(), 0, false
				deadline := time.Now().Add(2 * patience)
				last, stalled := time.Now(), time.Duration(0)
				for !problem && time.Now().Before(deadline) {
					<-next.C
					status, header, body := g.get(t, r)
					stalled, last = max(stalled, time.Since(last)), time.Now()
					switch status {
					case http.StatusOK:
						if v.fetches.Load() > fetches {
							good++
						}
					case http.StatusServiceUnavailable:
						problem = true
						wait, err := strconv.Atoi(header.Get("Retry-After"))
						if err != nil || wait < 1 || wait > 60 || header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, "#credential-unavailable") {
							t.Errorf("instead of a problem with Retry-After: %v %s", header, body)
						}
						for _, secret := range append(v.tokens(), v.URL, "SVCTK", "secret") {
							if strings.Contains(body, secret) {
								t.Errorf("the problem shows a secret or an address: %s", body)
							}
						}
					default:
						t.Fatalf("answered %d %s", status, body)
					}
				}
				if good == 0 && stalled < time.Second || !problem { // between the failure and the token's end there are 1.5 s at least
					t.Errorf("%d requests went out with the old token after the service had failed, then a problem: %v; %v between two", good, problem, stalled)
				}
				v.down.Store(false)
				for status := 0; status != http.StatusOK; {
					<-next.C
					if status, _, _ = g.get(t, r); time.Now().After(deadline) {
						t.Fatalf("the token service is back, and requests are still answered %d", status)
					}
				}
			})
		}
	})
}

// While a request is under way, the vendor ends its token and another request renews it.
func TestARequestThatARenewalOvertakesIsRepeated(t *testing.T) {
	eachForm(t, func(t *testing.T, f form) {
		vendors := map[*route]*tokenVendor{}
		for _, m := range tokenModes {
			v := newTokenVendor(t, m, time.Hour)
			vendors[v.route(f, m, "-overtaken")] = v
		}
		g := tokenGateway(t, f, vendors)
		for r, v := range vendors {
			t.Run(r.name, func(t *testing.T) {
				if status, _, _ := g.get(t, r); status != http.StatusOK {
					t.Fatalf("answered %d", status)
				}
				arrived, release := v.holdCall()
				defer release()
				overtaken := make(chan int)
				go func() {
					status, _, _ := g.get(t, r)
					overtaken <- status
				}()
				wait(t, arrived)
				v.kill()
				if status, _, _ := g.get(t, r); status != http.StatusOK {
					t.Errorf("the request that found the token ended was answered %d", status)
				}
				if status, _, _ := g.get(t, r); status != http.StatusOK {
					t.Errorf("the request after it was answered %d", status)
				}
				release()
				if status := <-overtaken; status != http.StatusOK {
					t.Errorf("the overtaken request was answered %d", status)
				}
				if status, _, _ := g.get(t, r); status != http.StatusOK {
					t.Errorf("the overtaken request cost the new token: answered %d", status)
				}
				v.wantFetches(t, "one renewal", 2)
			})
		}
	})
}

func (v *tokenVendor) tokens() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.issued...)
}

func wait(t testing.TB, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		t.Fatal("waited in vain")
	}
}

func TestARedirectOfTheTokenServiceIsNotFollowed(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	eachForm(t, func(t *testing.T, f form) {
		vendors := map[*route]*tokenVendor{}
		for _, m := range tokenModes {
			if m.name == "tc" { // it serves until it ends, which was long ago
				m.options = m.options.with(options{"token_expires": "1"})
			}
			v := newTokenVendor(t, m, time.Hour)
			v.redirect = other.URL + "/elsewhere"
			vendors[v.route(f, m, "-redirect")] = v
		}
		g := tokenGateway(t, f, vendors)
		for r, v := range vendors {
			status, _, body := g.get(t, r)
			if status != http.StatusServiceUnavailable || v.calls.Load() != 0 || strings.Contains(body, "elsewhere") {
				t.Errorf("%s: answered %d %s, %d requests went to the vendor", r.name, status, body, v.calls.Load())
			}
			v.wantFetches(t, r.name, 1)
		}
		g.says(t, "status 307", 1)
		if n := elsewhere.Load(); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}
