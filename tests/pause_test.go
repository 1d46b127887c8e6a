package tests

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// refusing is a vendor that asks for a pause on the paths that begin with prefix.
func refusing(prefix, seconds string) vendorFunc {
	return func(r *http.Request) (int, http.Header, string) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return 429, http.Header{"Retry-After": {seconds}}, ""
		}
		return 200, nil, ""
	}
}

func TestAPauseOfOnePathHoldsTheOthersBackForAFewSeconds(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", `{"api_id":"`+another("ONEPATH")+`","api_secret_key":"canary"}`, "", nil)
		l.vendor = refusing("/evil", "3600")
		if got := l.request("GET", "/evil?a=1", ""); got != "429" {
			t.Fatalf("answered %s", got)
		}
		for _, want := range []string{"429 vendor-pause: the vendor asked for a pause, which is not over 11", "429 vendor-pause"} {
			if got := l.get(); !strings.HasPrefix(got, want) {
				t.Errorf("another path answered %s, want %s", got, want)
			}
			l.pass(5 * time.Second)
		}
		l.pass(time.Second)
		if got := l.get(); got != "200" {
			t.Errorf("another path after 11 seconds: answered %s", got)
		}
		l.reached()
		for _, target := range []string{"/evil", "/evil?b=2", "/%65vil", "/evil/", "/EVIL"} { // one path to a vendor that is lenient
			l.pass(10 * time.Minute)
			if got := l.request("GET", target, ""); !strings.HasPrefix(got, "429 vendor-pause") {
				t.Errorf("%s answered %s", target, got)
			}
			if got := l.get(); got != "200" {
				t.Errorf("another path answered %s", got)
			}
		}
		if n := len(l.reached()); n != 5 {
			t.Errorf("%d requests reached the vendor, want the 5 of the other path", n)
		}
		l.vendor = refusing("/none", "1")
		l.pass(11 * time.Minute)
		if got := l.request("GET", "/evil", ""); got != "200" {
			t.Errorf("after an hour answered %s", got)
		}
		if news := l.news(); news != "the vendor asks for a pause of 1h0m0s; until then requests for the path that it refused are answered 429 here, and all others for 10s" {
			t.Errorf("told %q", news)
		}
	})
}

// A client has as many paths as it likes, and asks for them as fast as it likes.
func TestManyPathsOfOneClientDoNotKeepOthersOut(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", `{"api_id":"`+another("MANYPATHS")+`","api_secret_key":"canary"}`, "", nil)
		l.vendor = refusing("/evil", "3600")
		answered := 0
		for second := range 1200 {
			for i := range 2 {
				l.request("GET", fmt.Sprintf("/evil/%d/%d", second, i), "")
			}
			if second%2 == 0 && l.get() == "200" {
				answered++
			}
			l.pass(time.Second)
		}
		if answered < 560 {
			t.Errorf("of 600 requests of another client %d were answered", answered)
		}
	})
}

// A vendor that means all requests is left alone, but for a few every five minutes: they find out whether it still does.
func TestAPauseThatIsForAllPathsGrows(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", `{"api_id":"`+another("ALLPATHS")+`","api_secret_key":"canary"}`, "", nil)
		begin := l.now()
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			if left := time.Hour - l.now().Sub(begin); left > 0 {
				return 429, http.Header{"Retry-After": {fmt.Sprint(int(left / time.Second))}}, ""
			}
			return 200, nil, ""
		}
		for second := range 3600 {
			l.request("GET", fmt.Sprintf("/devices/%d", second), "")
			l.pass(time.Second)
		}
		if n := len(l.reached()); n > 60 {
			t.Errorf("%d requests, each for another path, reached the vendor in its pause of an hour", n)
		}
		l.pass(2 * time.Second)
		if got := l.get(); got != "200" {
			t.Errorf("after the pause answered %s", got)
		}
	})
}

// What is on its way at the same moment says nothing of what comes after the pause has begun.
func TestRefusalsOfOneMomentCountOnce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", `{"api_id":"`+another("MOMENT")+`","api_secret_key":"canary"}`, "", nil)
		var here, all sync.WaitGroup
		here.Add(8)
		for i := range 8 {
			all.Go(func() {
				r, _ := http.NewRequest("GET", fmt.Sprintf("http://gateway/evil/%d", i), nil)
				l.send(r, func(*http.Request) (int, http.Header, string) {
					here.Done()
					here.Wait()
					return 429, http.Header{"Retry-After": {"3600"}}, ""
				})
			})
		}
		all.Wait()
		l.pass(12 * time.Second)
		if got := l.get(); got != "200" {
			t.Errorf("after 12 seconds answered %s", got)
		}
	})
}

// The clock is set while pauses are on.
func TestPausesEndWhenTheClockIsSet(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range []time.Duration{-2 * time.Hour, 2 * time.Hour, -365 * 24 * time.Hour, 365 * 24 * time.Hour, -56 * 365 * 24 * time.Hour} {
			l := live(t, d, "carbonblack", `{"api_id":"`+another("SETCLOCK")+`","api_secret_key":"canary"}`, "", nil)
			l.vendor = refusing("/", "3600")
			l.get()
			l.pass(11 * time.Second)
			l.request("GET", "/other", "")
			l.vendor = refusing("/none", "")
			l.pass(jump)
			if got := l.get() + l.request("GET", "/other", "") + l.request("GET", "/third", ""); got != "200200200" {
				t.Errorf("after a jump of %s answered %s", jump, got)
			}
		}
	})
}

// Two routes of one credential share its pauses, and one of them is to send regardless.
func TestAPauseOfOneRouteDoesNotHoldOneThatIgnoresRetryAfter(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		config := `{"integration_key":"` + another("DIPAUSED") + `","secret_key":"canary"}`
		obeys := live(t, d, "duo", config, `{"host":"h"}`, nil)
		ignores := live(t, d, "duo", config, `{"host":"h","retry_after":"ignore"}`, nil)
		obeys.vendor = func(*http.Request) (int, http.Header, string) { return 429, http.Header{"Retry-After": {"30"}}, "" }
		ignores.vendor = func(*http.Request) (int, http.Header, string) { return 200, nil, "" }
		obeys.get()
		if got := obeys.get(); !strings.HasPrefix(got, "429 vendor-pause") {
			t.Errorf("during the pause the route that obeys got %s", got)
		}
		if got := ignores.get(); got != "200" {
			t.Errorf("the route that ignores Retry-After got %s", got)
		}
	})
}
