package tests

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A vendor that is down has not accepted the new credential: requests would be refused, which the previous one serves.
func TestATrialWithoutAVerdictKeepsThePreviousCredential(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for answered, status := range map[string]int{"nothing": 0, "an error of the server": 503, "a full rate": 429} {
			credentials := rotations()["duo"]
			l, knows := rotating(t, d, "duo", credentials[0], credentials[1], "")
			fingerprint := l.used()
			knows(credentials[1])
			if got := l.get() + l.get(); got != "200200" || l.used() == fingerprint {
				t.Fatalf("answered %s before the trial", got)
			}
			l.news()
			vendor := l.vendor
			l.vendor = func(r *http.Request) (int, http.Header, string) {
				if r.Header.Get("Probe") != "" {
					return status, nil, ""
				}
				return vendor(r)
			}
			l.pass(61 * time.Second)
			for range 2 {
				if got := l.get(); got != "200" {
					t.Errorf("%s to the trial: a request was answered %s", answered, got)
				}
			}
			if news := l.news(); news != "" || l.used() == fingerprint {
				t.Errorf("%s to the trial: told %q, and %s is in use", answered, news, l.used())
			}
		}
	})
}

// Ten in a row, and not ten since the start: one that succeeded shows that they are of use.
func TestAnExtraAttemptThatSucceedsIsTheEndOfThoseInVain(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "duo", `{"integration_key":"`+another("DI-SOME")+`","secret_key":"canary"}`, `{"host":"h"}`, nil)
		second := http.StatusUnauthorized
		asked := 0
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			if asked++; asked%2 == 0 && second == http.StatusOK {
				return second, nil, ""
			}
			return 401, http.Header{"Date": {l.now().Add(5 * time.Minute).UTC().Format(http.TimeFormat)}}, `{"code":40105,"stat":"FAIL"}`
		}
		for _, turn := range []struct{ requests, second int }{{9, http.StatusUnauthorized}, {1, http.StatusOK}, {9, http.StatusUnauthorized}} {
			second = turn.second
			for range turn.requests {
				l.get()
			}
			if got := len(l.reached()); got != 2*turn.requests {
				t.Errorf("%d requests, whose second attempt is answered %d, reached the vendor %d times", turn.requests, turn.second, got)
			}
		}
	})
}

// A new credential has an end of its own, and the warning of the former one's said nothing of it.
func TestTheEndOfACredentialFromAChangedFileIsToldAtOnce(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		ends := func(secret string, in time.Duration) string {
			return `{"integration_key":"` + another("DI-END") + `","secret_key":"` + secret + `","expires":"` + time.Now().Add(in).UTC().Format(time.RFC3339) + `"}`
		}
		l := live(t, d, "duo", `{}`, `{"host":"h","credentials_file":"{dir}/c.json"}`, map[string]string{"c.json": ends("canary-1", 6*24*time.Hour+time.Hour)})
		if news := l.news(); !strings.Contains(news, "expires in 6 days") {
			t.Errorf("told %q", news)
		}
		l.write("c.json", ends("canary-2", 30*time.Hour+30*time.Minute), 3*time.Second)
		for range 3 {
			l.pass(time.Second)
			l.get()
		}
		if news := l.news(); !strings.Contains(news, "expires in 30 hours") {
			t.Errorf("told %q of the new one", news)
		}
	})
}

// The vendor's time has nothing to do with the credential: a changed file does not send the clock back to its start.
func TestWhatIsKnownOfTheVendorsTimeOutlivesAChangedFile(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "duo", `{"integration_key":"`+another("DI-TIME")+`","secret_key":"{file.{dir}/skey}"}`, `{"host":"h"}`,
			map[string]string{"skey": "canary-1"})
		ahead := 2 * time.Minute
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			return 200, http.Header{"Date": {l.now().Add(ahead).UTC().Format(http.TimeFormat)}}, ""
		}
		signedAhead := func() time.Duration {
			at, err := http.ParseTime(strings.Replace(l.signedWith("Date"), "-0000", "GMT", 1))
			if err != nil {
				t.Fatal(err)
			}
			return at.Sub(l.now()).Round(time.Minute)
		}
		for range 4 {
			l.pass(6 * time.Second)
			l.get()
		}
		if got := signedAhead(); got != ahead {
			t.Fatalf("signed %v ahead, want %v", got, ahead)
		}
		before := l.used()
		l.write("skey", "canary-2", 3*time.Second)
		for range 3 {
			l.pass(time.Second)
			l.get()
		}
		if got := signedAhead(); l.used() == before || got != ahead {
			t.Errorf("after the change signed %v ahead with %s, before it was %s", got, l.used(), before)
		}
	})
}
