package tests

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// What is never sent leaves the rate to those who do send.
func TestWhatIsNeverSentCostsNoRate(t *testing.T) {
	request := func(method, target, body string) *http.Request {
		r, err := http.NewRequest(method, "http://gateway"+target, strings.NewReader(body))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	tests := map[string]struct {
		vendor, config, policy string
		request                func() *http.Request
		status                 int // of the vendor; below 0 it could not be reached
		answer                 string
	}{
		"a target that cannot be sent": {request: func() *http.Request {
			r := request("GET", "/", "")
			r.URL.Opaque = "x:y"
			return r
		}, answer: "400 bad-target"},
		"a path that is not allowed": {policy: `,"allow":["GET /devices"]`, request: func() *http.Request { return request("GET", "/other", "") }, answer: "403 not-allowed"},
		"a page in a browser": {request: func() *http.Request {
			r := request("GET", "/devices", "")
			r.Header.Set("Origin", "https://evil.example")
			return r
		}, answer: "403 browser"},
		"a body that ends early": {request: func() *http.Request {
			r := request("POST", "/devices", "abc")
			r.ContentLength = 5
			return r
		}, answer: "400 body-broken"},
		"a body that is too large": {policy: `,"max_body":"1KiB"`, request: func() *http.Request {
			return request("POST", "/devices", strings.Repeat("a", 2000))
		}, answer: "413 body-too-large"},
		"JSON that version 2 does not sign": {vendor: "duo", config: `"integration_key":"DI{id}","secret_key":"canary","signature_version":2`,
			request: func() *http.Request { return request("POST", "/devices", "{}") }, answer: "400 unsignable"},
		"a form of too many parameters": {vendor: "duo", config: `"integration_key":"DI{id}","secret_key":"canary","signature_version":2`,
			request: func() *http.Request {
				r := request("POST", "/devices", strings.Repeat("&", 100000))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				return r
			}, answer: "413 body-too-large"},
		"a token service that does not answer": {vendor: "carbonblack", config: `"oauth_app_id":"{id}","oauth_app_secret":"canary","csp_url":"http://127.0.0.1:1"`,
			request: func() *http.Request { return request("GET", "/devices", "") }, answer: "503 credential-unavailable"},
		"an upstream that cannot be reached": {request: func() *http.Request { return request("GET", "/devices", "") }, status: -1},
		"a client that has left": {request: func() *http.Request {
			ctx, leave := context.WithCancel(context.Background())
			leave()
			return request("GET", "/devices", "").WithContext(ctx)
		}, answer: "429 rate-limited"},
	}
	both(t, func(t *testing.T, d drive) {
		for name, test := range tests {
			vendor := orElse(test.vendor, "darktrace")
			config := "{" + strings.ReplaceAll(orElse(test.config, `"public_token":"{id}","private_token":"canary"`), "{id}", another("UNSENT")) + "}"
			l := live(t, d, vendor, config, `{"host":"vendor.example","rate":["2/1h","3/1h /devices"]`+test.policy+`}`, nil)
			for range 5 {
				status, problem := l.send(test.request(), func(*http.Request) (int, http.Header, string) { return test.status, nil, "" })
				if test.status < 0 {
					if status != test.status || problem != nil {
						t.Fatalf("%s: answered %d, %v", name, status, problem)
					}
				} else if problem == nil || !strings.HasPrefix(l.problem(problem), test.answer) {
					t.Fatalf("%s: answered %d, want %s", name, status, test.answer)
				}
			}
			if vendor == "carbonblack" {
				continue // its requests need the token; that they are not answered 429 is what there is to see
			}
			for _, want := range []string{"200", "200", "429 rate-limited"} {
				if got := l.get(); !strings.HasPrefix(got, want) {
					t.Errorf("%s: afterwards answered %s, want %s", name, got, want)
				}
			}
		}
	})
}

// A request that waits for its turn and is given up leaves its place to the next.
func TestAPlaceInTheQueueIsGivenBack(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "darktrace", `{"public_token":"`+another("GIVEN")+`","private_token":"canary"}`, `{"host":"h","rate":["1/4m queue 210s"]}`, nil)
		if got := l.get(); got != "200" {
			t.Fatalf("answered %s", got)
		}
		l.pass(time.Minute)
		for range 5 { // each waits for the same place
			ctx, leave := context.WithTimeout(context.Background(), 10*time.Millisecond)
			r, _ := http.NewRequestWithContext(ctx, "GET", "http://gateway/devices", nil)
			if _, problem := l.send(r, l.vendor); problem == nil || !strings.Contains(l.problem(problem), "the client left") {
				t.Error("a request whose client left was sent")
			}
			leave()
		}
		l.pass(3 * time.Minute)
		if got := l.get(); got != "200" { // without the last place it would wait for longer than the queue is
			t.Errorf("afterwards answered %s", got)
		}
	})
}

// Of many at once that are sent or not, exactly as many are sent as the rate permits.
func TestPlacesAreTakenAndGivenBackByManyAtOnce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const permitted = 20
		l := live(t, d, "darktrace", `{"public_token":"`+another("MANY")+`","private_token":"canary"}`, `{"host":"h","rate":["20/1h"]}`, nil)
		var all sync.WaitGroup
		var mu sync.Mutex
		sent := 0
		for i := range 80 {
			all.Go(func() {
				for range 10 {
					r, _ := http.NewRequest("GET", "http://gateway/devices", nil)
					status, problem := l.send(r, func(*http.Request) (int, http.Header, string) {
						if i%2 == 0 {
							return -1, nil, ""
						}
						return 200, nil, ""
					})
					if problem == nil && status == 200 {
						mu.Lock()
						sent++
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		for l.get() == "200" { // what was given back last
			sent++
		}
		if sent != permitted {
			t.Errorf("%d were sent, want %d", sent, permitted)
		}
	})
}

// A rate is kept whatever is given back in between.
func TestARateIsKeptWhateverIsGivenBack(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "darktrace", `{"public_token":"`+another("KEPT")+`","private_token":"canary"}`, `{"host":"h","rate":["3/10s"]}`, nil)
		var sent []time.Time
		for i := range 200 {
			r, _ := http.NewRequest("GET", "http://gateway/devices", nil)
			status, _ := l.send(r, func(*http.Request) (int, http.Header, string) {
				if i%3 == 1 {
					return -1, nil, ""
				}
				return 200, nil, ""
			})
			if status == 200 {
				sent = append(sent, l.now())
			}
			l.pass(time.Second)
		}
		if len(sent) < 55 {
			t.Errorf("%d were sent in 200 seconds", len(sent))
		}
		for i := 3; i < len(sent); i++ {
			if within := sent[i].Sub(sent[i-3]); within < 10*time.Second {
				t.Fatalf("four requests within %s", within)
			}
		}
	})
}
