package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// jumps are what a local clock may do: by an hour, a day, years, to 1970, and back again.
func jumps() []time.Duration {
	epoch := -time.Since(time.Unix(3600, 0))
	return []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour, epoch}
}

// A rate is neither lost nor does it keep everybody out when the clock is set.
func TestARateOutlivesAJumpOfTheClock(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range jumps() {
			l := live(t, d, "darktrace", `{"public_token":"`+another("JUMP")+`","private_token":"canary"}`, `{"host":"h","rate":["2/1m"]}`, nil)
			l.get()
			l.get()
			l.pass(jump)
			if jump < 0 {
				if got := l.get(); !strings.HasPrefix(got, "429 rate-limited") || !strings.HasSuffix(got, " 60") {
					t.Errorf("%s: at once answered %s", jump, got)
				}
			}
			l.pass(61 * time.Second)
			if got := l.get() + l.get(); got != "200200" {
				t.Errorf("%s: a minute later answered %s", jump, got)
			}
			if got := l.get(); !strings.HasPrefix(got, "429 rate-limited") {
				t.Errorf("%s: the third answered %s", jump, got)
			}
		}
	})
}

// A request is signed with the time that the clock shows when its body is there.
func TestAJumpWhileABodyArrivesIsSignedFor(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range jumps() {
			now := atNoon()
			gate, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(`{"host":"vendor.example"}`), func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			body := &stream{Reader: strings.NewReader("abc")}
			body.onRead = func() { now = atNoon().Add(jump) }
			o := tryGate(t, d, gate, attempt{method: "POST", body: body, length: 3})
			if got, want := o.r.Header.Get("Dtapi-Date"), atNoon().Add(jump).UTC().Format("20060102T150405"); got != want {
				t.Errorf("%s: signed with %s, want %s", jump, got, want)
			}
		}
	})
}

// What was learned of the vendor's time is dropped when it turns out to be wrong by more than may be corrected.
func TestAnOffsetIsGivenUpWhenTheClockIsSetByMoreThanItsBound(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "darktrace", `{"public_token":"`+another("BOUND")+`","private_token":"canary"}`, `{"host":"h"}`, nil)
		ahead := 10 * time.Minute // of the vendor's clock
		signed := ""
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			signed = r.Header.Get("Dtapi-Date")
			return 200, http.Header{"Date": {l.now().Add(ahead).UTC().Format(http.TimeFormat)}}, ""
		}
		off := func() time.Duration { // of the local clock, a minute later
			for range 60 {
				l.get()
				l.pass(time.Second)
			}
			at, err := time.Parse("20060102T150405", signed)
			if err != nil {
				t.Fatal(err)
			}
			return at.Sub(l.now().UTC()).Round(10 * time.Second)
		}
		if got := off(); got != ahead {
			t.Fatalf("signed with a time that is %s ahead", got)
		}
		for _, jump := range []time.Duration{time.Hour, -24 * time.Hour} {
			l.pass(jump)
			ahead -= jump
			if got := off(); got != 0 {
				t.Errorf("after a jump of %s signed with a time that is %s ahead", jump, got)
			}
		}
	})
}

// A token that the vendor refuses is renewed, whenever the clock was set.
func TestATokenIsRenewedAfterAJumpOfTheClock(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range jumps() {
			var issued atomic.Int64
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Write([]byte(`{"access_token":"token-` + strings.Repeat("i", int(issued.Add(1))) + `","expires_in":1800,"scope":""}`))
			}))
			l := live(t, d, "carbonblack", `{"oauth_app_id":"`+another("JUMPED")+`","oauth_app_secret":"canary","csp_url":"`+service.URL+`"}`, `{"host":"h"}`, nil)
			refuse := func(*http.Request) (int, http.Header, string) { return 401, nil, "" }
			accept := l.vendor
			l.vendor = refuse
			l.get() // the first is given up
			l.vendor = accept
			l.pass(jump)
			l.get()
			l.pass(2 * time.Second)
			before := issued.Load()
			l.vendor = refuse
			if jump > 0 {
				l.pass(time.Minute)
			}
			l.get()
			l.vendor = accept
			if got := l.get(); got != "200" || issued.Load() == before {
				t.Errorf("%s: answered %s, and %d tokens were issued after %d", jump, got, issued.Load(), before)
			}
			service.Close()
		}
	})
}

// A token service that failed is asked again soon after the clock was set back.
func TestAFailedRenewalIsTriedAgainAfterAJumpOfTheClock(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range jumps() {
			var fails atomic.Bool
			fails.Store(true)
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if fails.Load() {
					w.Header().Set("Retry-After", "600")
					w.WriteHeader(503)
					return
				}
				w.Write([]byte(`{"access_token":"token","expires_in":1800,"scope":""}`))
			}))
			l := live(t, d, "carbonblack", `{"oauth_app_id":"`+another("FAILED")+`","oauth_app_secret":"canary","csp_url":"`+service.URL+`"}`, `{"host":"h"}`, nil)
			if got := l.get(); !strings.HasPrefix(got, "503") {
				t.Errorf("answered %s", got)
			}
			fails.Store(false)
			l.pass(jump)
			if got := l.get(); got != "200" {
				t.Errorf("%s: answered %s", jump, got)
			}
			service.Close()
		}
	})
}

// A changed file is read soon, whenever the clock was set.
func TestAChangedFileIsReadAfterAJumpOfTheClock(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, jump := range jumps() {
			l := live(t, d, "carbonblack", `{"api_id":"`+another("FILES")+`","api_secret_key":"file:{dir}/key"}`, "", map[string]string{"key": "first"})
			l.get()
			l.write("key", "", 0) // not to be used, and tried again later
			l.get()
			l.pass(3 * time.Second)
			l.get()
			l.pass(jump)
			l.get()
			l.write("key", "second", 0)
			for range 15 {
				l.pass(time.Second)
				l.get()
			}
			if got := l.signedWith("X-Auth-Token"); !strings.HasPrefix(got, "second/") {
				t.Errorf("%s: signed with %s", jump, got)
			}
		}
	})
}

// A token is a header's value: what is longer than that, or breaks lines, is not used.
func TestATokenThatNoHeaderCanHoldIsNotUsed(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for token, want := range map[string]string{
			strings.Repeat("t", 900000):   "503 credential-unavailable",
			strings.Repeat("t", 16<<10+1): "503 credential-unavailable",
			strings.Repeat("t", 16<<10):   "200",
			`a\r\nInjected: yes`:          "503 credential-unavailable",
			`a\u0000`:                     "503 credential-unavailable",
			`a\u007f`:                     "503 credential-unavailable",
			`a\tb`:                        "503 credential-unavailable",
		} {
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Write([]byte(`{"access_token":"` + token + `","expires_in":1800,"scope":""}`))
			}))
			l := live(t, d, "carbonblack", `{"oauth_app_id":"`+another("LONG")+`","oauth_app_secret":"canary","csp_url":"`+service.URL+`"}`, `{"host":"h"}`, nil)
			if got := l.get(); !strings.HasPrefix(got, want) {
				t.Errorf("%.20q of %d bytes: answered %s, want %s", token, len(token), got, want)
			}
			service.Close()
		}
	})
}
