package tests

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAVendorsPauseIsKeptTo(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		pausing := func(t *testing.T, policy string, status int, header http.Header) *living {
			l := live(t, d, "carbonblack", `{"api_id":"`+another("PAUSE")+`","api_secret_key":"canary"}`, policy, nil)
			vendor := l.vendor
			l.vendor = func(r *http.Request) (int, http.Header, string) { return status, header, "" }
			if got := l.get(); got != fmt.Sprint(status) {
				t.Errorf("answered %s", got)
			}
			l.vendor = vendor
			l.reached()
			return l
		}
		now := time.Now().UTC()
		for name, test := range map[string]struct {
			policy string
			status int
			header http.Header
			pause  int // seconds
		}{
			"429 with seconds":                {"", 429, http.Header{"Retry-After": {"30"}}, 30},
			"503 with seconds":                {"", 503, http.Header{"Retry-After": {"5"}}, 5},
			"a date by the vendor's clock":    {"", 429, http.Header{"Date": {now.Add(-time.Hour).Format(http.TimeFormat)}, "Retry-After": {now.Add(-time.Hour + 20*time.Second).Format(http.TimeFormat)}}, 20},
			"a year is an hour":               {"", 429, http.Header{"Retry-After": {"31536000"}}, 3600},
			"more seconds than fit":           {"", 429, http.Header{"Retry-After": {"9223372036854775807"}}, 3600},
			"without the header":              {"", 429, nil, 0},
			"nonsense":                        {"", 429, http.Header{"Retry-After": {"soon"}}, 0},
			"a time that is over":             {"", 503, http.Header{"Retry-After": {"-5"}}, 0},
			"another status":                  {"", 200, http.Header{"Retry-After": {"30"}}, 0},
			"a status that could not be seen": {"", 0, http.Header{"Retry-After": {"30"}}, 30},
			"ignored":                         {`{"host":"h","retry_after":"ignore"}`, 429, http.Header{"Retry-After": {"30"}}, 0},
		} {
			l := pausing(t, test.policy, test.status, test.header)
			if test.pause == 0 {
				if got := l.get(); got != "200" {
					t.Errorf("%s: answered %s", name, got)
				}
				continue
			}
			got := l.get()
			if !strings.HasPrefix(got, "429 vendor-pause") || !strings.HasSuffix(got, fmt.Sprint(" ", test.pause+1)) && !strings.HasSuffix(got, fmt.Sprint(" ", test.pause)) {
				t.Errorf("%s: answered %s", name, got)
			}
			l.pass(time.Duration(test.pause-1) * time.Second)
			if got := l.get(); !strings.HasPrefix(got, "429 vendor-pause") {
				t.Errorf("%s: at the end answered %s", name, got)
			}
			if len(l.reached()) != 0 {
				t.Errorf("%s: the vendor was asked during its pause", name)
			}
			l.pass(3 * time.Second)
			if got := l.get(); got != "200" {
				t.Errorf("%s: afterwards answered %s", name, got)
			}
			if news := l.news(); strings.Count(news, "the vendor asks for a pause") != 1 {
				t.Errorf("%s: told %q", name, news)
			}
		}
	})
}

func TestARateKeepsACredentialUnderItsLimit(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		policy := `{"host":"h","rate":["5/1m","2/10m /api/logs/**"]}`
		config := `{"api_id":"` + another("RATE") + `","api_secret_key":"canary"}`
		l := live(t, d, "carbonblack", config, policy, nil)
		other := live(t, d, "carbonblack", config, policy, nil) // another block with the same credential
		ask := func(l *living, target string, want string) {
			t.Helper()
			if got := l.request("GET", target, ""); !strings.HasPrefix(got, want) {
				t.Errorf("%s: answered %s, want %s", target, got, want)
			}
		}
		ask(l, "/api/logs/a", "200")
		ask(other, "/api/logs/b", "200")
		ask(l, "/api/logs/c", "429 rate-limited")
		ask(l, "/api/%6Cogs/c", "429 rate-limited") // the same path to the vendor
		ask(l, "/api/x", "200")
		ask(other, "/api/x", "200")
		ask(l, "/api/x", "200")
		ask(l, "/api/x", "429 rate-limited: the credential's own limit, the option rate, is reached 60")
		ask(other, "/api/x", "429 rate-limited")
		l.pass(61 * time.Second)
		ask(l, "/api/x", "200")
		ask(l, "/api/logs/c", "429 rate-limited") // of the ten minutes one is over
		l.pass(10 * time.Minute)
		ask(l, "/api/logs/c", "200")
		// Never more than five in any minute.
		l.pass(10 * time.Minute)
		l.reached()
		for range 240 {
			l.get()
			l.pass(time.Second)
		}
		if n := len(l.reached()); n != 20 {
			t.Errorf("%d of 240 requests in 4 minutes reached the vendor", n)
		}
	})
}

func TestARequestWaitsForItsTurnAsLongAsTheQueueSays(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "carbonblack", `{"api_id":"`+another("QUEUE")+`","api_secret_key":"canary"}`, `{"host":"h","rate":["1/300ms queue 400ms"]}`, nil)
		if got := l.get(); got != "200" {
			t.Errorf("answered %s", got)
		}
		begin := time.Now()
		if got := l.get(); got != "200" || time.Since(begin) < 250*time.Millisecond {
			t.Errorf("answered %s after %s", got, time.Since(begin))
		}
		if got := l.get(); !strings.HasPrefix(got, "429 rate-limited") { // its turn would be in 600 ms, by the gateway's clock
			t.Errorf("answered %s", got)
		}
		l.pass(time.Second)
		l.get()
		ctx, leave := context.WithCancel(context.Background())
		leave()
		r, _ := http.NewRequestWithContext(ctx, "GET", "http://gateway/", nil)
		if _, problem := l.send(r, l.vendor); problem == nil {
			t.Error("a request whose client left was sent")
		}
	})
}

func TestAWrongRateIsRefusedAtLoad(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, rate := range []string{"", "25", "25/", "/5m", "0/5m", "-1/5m", "25/0s", "25/48h", "25/5x", "25 / 5m", "100001/1h", "25/5m logs", "25/5m queue", "25/5m queue x", "25/5m queue 10m", "25/5m /a?b"} {
			_, err := tryLive(t, d, "carbonblack", credentials["carbonblack"], `{"host":"h","rate":["`+rate+`"]}`, nil)
			if err == nil || !strings.Contains(err.Error(), "carbonblack: rate ") {
				t.Errorf("%q: the error is %v", rate, err)
			}
		}
		for _, rate := range []string{"25/5m", "10/s", "1/h", "25/5m /a/** /b", "25/5m queue 2s", "25/1h30m /a queue 0s"} {
			if _, err := tryLive(t, d, "carbonblack", credentials["carbonblack"], `{"host":"h","rate":["`+rate+`"]}`, nil); err != nil {
				t.Errorf("%q: %v", rate, err)
			}
		}
	})
}

func TestAPauseIsOfOneHostAndEndsWhenTheClockIsSetBack(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		config := `{"api_id":"` + another("HOSTS") + `","api_secret_key":"canary"}`
		l, other := live(t, d, "carbonblack", config, `{"host":"paused"}`, nil), live(t, d, "carbonblack", config, `{"host":"other"}`, nil)
		vendor := l.vendor
		l.vendor = func(r *http.Request) (int, http.Header, string) { return 429, http.Header{"Retry-After": {"3600"}}, "" }
		l.get()
		l.vendor = vendor
		if got := other.get(); got != "200" {
			t.Errorf("another host's pause counts: %s", got)
		}
		if got := l.get(); !strings.HasPrefix(got, "429") {
			t.Errorf("answered %s", got)
		}
		l.pass(-24 * time.Hour)
		if got := l.get(); got != "200" {
			t.Errorf("after the clock was set back answered %s", got)
		}
	})
}

func TestRatesThatAreTheSameCountTogetherHoweverTheyAreSpelt(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		accepted, config := 0, `{"api_id":"`+another("SPELT")+`","api_secret_key":"canary"}`
		for range 4 {
			for _, rate := range []string{"2/1m", "2/1m queue 1ms", "2/60s", "2/m"} {
				l := live(t, d, "carbonblack", config, `{"host":"h","rate":["`+rate+`"]}`, nil)
				if l.get() == "200" {
					accepted++
				}
			}
		}
		if accepted != 2 {
			t.Errorf("%d requests in a minute", accepted)
		}
	})
}

// The vendor's time is looked at again soon after the local clock was set back.
func TestTheVendorsTimeIsLearnedAgainWhenTheClockWasSetBack(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "darktrace", `{"public_token":"`+another("BACK")+`","private_token":"canary"}`, `{"host":"h"}`, nil)
		ahead := 10 * time.Minute // of the local clock
		signed := ""
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			signed = r.Header.Get("Dtapi-Date")
			return 200, http.Header{"Date": {l.now().Add(-ahead).UTC().Format(http.TimeFormat)}}, ""
		}
		run := func() time.Duration { // for a minute; how far the last date is off
			for range 60 {
				l.get()
				l.pass(time.Second)
			}
			at, err := time.Parse("20060102T150405", signed)
			if err != nil {
				t.Fatal(err)
			}
			return l.now().Add(-ahead).UTC().Sub(at).Round(10 * time.Second)
		}
		if off := run(); off != 0 {
			t.Errorf("signed with a date that is %s off", off)
		}
		l.pass(-ahead)
		ahead = 0
		if off := run(); off != 0 {
			t.Errorf("a minute after the clock was set right the date is %s off", off)
		}
	})
}
