package tests

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// rotating is a gate with a new credential and the one before, and a vendor that knows what knows says.
func rotating(t *testing.T, d drive, vendor string, newer, older map[string]string, more string) (l *living, knows func(which ...map[string]string)) {
	t.Helper()
	object := func(options map[string]string) string {
		var fields []string
		for name, value := range options {
			fields = append(fields, `"`+name+`":"`+value+`"`)
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	l = live(t, d, vendor, object(newer), `{"host":"vendor.example","clock":"local","previous":`+object(older)+more+`}`, nil)
	knows = func(which ...map[string]string) {
		var simulators []vendorFunc
		for _, credential := range which {
			simulators = append(simulators, l.simulated(vendor, credential))
		}
		l.vendor = func(r *http.Request) (status int, header http.Header, body string) {
			status, body = http.StatusUnauthorized, `{"code":40102,"message":"Invalid integration key in request credentials","stat":"FAIL"}`
			for _, simulator := range simulators {
				if status, header, body = simulator(r); status < 400 {
					return status, header, body
				}
			}
			return status, header, body
		}
	}
	return l, knows
}

// rotations are a new and an old credential of every vendor, other ones in each call.
func rotations() map[string][2]map[string]string {
	salt := another("")
	id, secret := func(name string) string { return name + salt }, func(name string) string { return "canary-" + name + salt }
	return map[string][2]map[string]string{
		"carbonblack":   {{"api_id": id("NEW"), "api_secret_key": secret("new")}, {"api_id": id("OLD"), "api_secret_key": secret("old")}},
		"cortex":        {{"api_key_id": "8", "api_key": secret("new")}, {"api_key_id": "7", "api_key": secret("old")}},
		"darktrace":     {{"public_token": id("new"), "private_token": secret("new")}, {"public_token": id("old"), "private_token": secret("old")}},
		"duo":           {{"integration_key": id("DINEW"), "secret_key": secret("new")}, {"integration_key": id("DINEW"), "secret_key": secret("old")}},
		"threatconnect": {{"access_id": id("43"), "secret_key": secret("new")}, {"access_id": id("42"), "secret_key": secret("old")}},
	}
}

func TestTheCredentialBeforeServesWhereTheVendorDoesNotTakeTheNewOneYet(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, credentials := range rotations() {
			t.Run(vendor, func(t *testing.T) {
				newer, older := credentials[0], credentials[1]
				l, knows := rotating(t, d, vendor, newer, older, "")
				fingerprint := l.used()
				accepted := func(when string) {
					t.Helper()
					for _, r := range []struct{ method, body string }{{"GET", ""}, {"POST", `{"a":1}`}, {"GET", ""}} {
						if got := l.request(r.method, "/api/v3/things", r.body); got != "200" {
							t.Errorf("%s: %s answered %s", when, r.method, got)
						}
					}
				}
				knows(older)
				accepted("the vendor knows the old one")
				if news := l.news(); strings.Count(news, "the previous one is in use") != 1 || strings.Contains(news, "canary") {
					t.Errorf("told %q", news)
				}
				if l.used() == fingerprint {
					t.Error("the new one is said to be in use")
				}
				if asked := len(l.reached()); asked > 3+1+2 {
					t.Errorf("3 requests reached the vendor %d times", asked)
				}
				l.pass(59 * time.Second)
				accepted("before the minute is over")
				if asked := len(l.reached()); asked != 3 {
					t.Errorf("3 requests reached the vendor %d times", asked)
				}
				l.pass(2 * time.Second)
				accepted("when the new one is tried again")
				if asked := len(l.reached()); asked != 4 {
					t.Errorf("3 requests reached the vendor %d times, one of them to try", asked)
				}
				l.news()
				knows(newer)
				l.pass(61 * time.Second)
				accepted("the vendor knows the new one")
				if news := l.news(); news != "the vendor accepts the new credential; it is in use" {
					t.Errorf("told %q", news)
				}
				if l.used() != fingerprint {
					t.Error("the new one is not said to be in use")
				}
				if asked := len(l.reached()); asked != 5 { // the first was refused for the old one, and a probe has settled it
					t.Errorf("3 requests reached the vendor %d times", asked)
				}
			})
		}
	})
}

// The vendor goes over at once, under load: all requests of one moment are accepted.
func TestRequestsAtTheSameTimeAllFindTheCredentialThatServes(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, credentials := range rotations() {
			l, knows := rotating(t, d, vendor, credentials[0], credentials[1], "")
			knows(credentials[1])
			burst := func() {
				t.Helper()
				var all sync.WaitGroup
				for range 40 {
					all.Go(func() {
						if got := l.get(); got != "200" {
							t.Errorf("%s: answered %s", vendor, got)
						}
					})
				}
				all.Wait()
			}
			burst()
			l.reached()
			l.pass(61 * time.Second)
			burst()
			if asked := len(l.reached()); asked != 41 {
				t.Errorf("%s: 40 requests reached the vendor %d times, one of them to try the new one", vendor, asked)
			}
		}
	})
}

// The vendor ends the previous credential before the new one is due to be tried again.
func TestTheNewCredentialServesAsSoonAsThePreviousOneIsRefused(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, credentials := range rotations() {
			newer, older := credentials[0], credentials[1]
			l, knows := rotating(t, d, vendor, newer, older, "")
			fingerprint := l.used()
			accepted := func(when string, newIsUsed bool) {
				t.Helper()
				for range 2 {
					if got := l.get(); got != "200" {
						t.Errorf("%s: %s: answered %s", vendor, when, got)
					}
				}
				if used := l.used(); (used == fingerprint) != newIsUsed {
					t.Errorf("%s: %s: %s is in use", vendor, when, used)
				}
			}
			knows(older)
			accepted("the vendor knows the old one", false)
			l.news()
			knows(newer)
			accepted("the vendor has gone over", true)
			if news := l.news(); news != "the vendor no longer accepts the previous credential; the new one is in use again" {
				t.Errorf("%s: told %q", vendor, news)
			}
			l.reached()
			knows() // neither: no going back and forth
			for range 3 {
				l.get()
			}
			if asked := len(l.reached()); asked != 3 || l.used() != fingerprint {
				t.Errorf("%s: 3 requests that are refused anyway reached the vendor %d times", vendor, asked)
			}
		}
	})
}

// A client can have requests refused, for rights, paths or bodies. It cannot make the gateway change the credential.
func TestClientsCannotBringThePreviousCredentialBack(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, credentials := range rotations() {
			newer, older := credentials[0], credentials[1]
			l, knows := rotating(t, d, vendor, newer, older, "")
			knows(newer, older)
			good := l.vendor
			fingerprint := l.used()
			for _, refusal := range []struct {
				status int
				body   string
			}{{401, "unauthorized"}, {403, "access denied"}, {400, "API SIGNATURE ERROR"}, {401, `{"code":40103,"message":"Invalid signature","stat":"FAIL"}`}, {429, ""}, {500, "40102"}, {404, "40102"}, {401, "40102"}, {403, `{"code":0,"message_detail":"/users/40102","stat":"FAIL"}`}, {403, `{"code":40102}`}} {
				l.vendor = func(r *http.Request) (int, http.Header, string) {
					if strings.HasPrefix(r.URL.Path, "/evil") {
						return refusal.status, nil, refusal.body
					}
					return good(r)
				}
				for range 5 {
					l.request("GET", "/evil", "")
					l.pass(20 * time.Second)
				}
				if got := l.get(); got != "200" || l.used() != fingerprint {
					t.Errorf("%s: after %d %s the credential is %s, answered %s", vendor, refusal.status, refusal.body, l.used(), got)
				}
			}
			if news := l.news(); news != "" {
				t.Errorf("%s: told %q", vendor, news)
			}
		}
	})
}

func TestNeitherCredentialIsTried(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l, knows := rotating(t, d, "duo", rotations()["duo"][0], map[string]string{"integration_key": another("DIOTHER"), "secret_key": "canary"}, "")
		knows()
		for range 4 {
			if got := l.get(); got != "401" {
				t.Errorf("answered %s", got)
			}
		}
		if news := l.news(); !strings.HasSuffix(news, "the vendor accepts neither the new credential nor the previous one") {
			t.Errorf("told %q", news)
		}
		if asked := len(l.reached()); asked != 5 {
			t.Errorf("4 requests reached the vendor %d times, one of them twice", asked)
		}
	})
}

// A probe without an answer proves nothing of a credential: neither that the previous one serves, nor that the new one does.
func TestAProbeThatIsNotAnsweredChangesNoCredential(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		credentials := rotations()["duo"]
		l, knows := rotating(t, d, "duo", credentials[0], credentials[1], "")
		used := l.used()
		silent := func(vendor vendorFunc, about int) vendorFunc { // answers no probe that it would answer with that status
			return func(r *http.Request) (int, http.Header, string) {
				status, header, body := vendor(r)
				if r.Header.Get("Probe") != "" && status == about {
					return 0, nil, ""
				}
				return status, header, body
			}
		}
		knows(credentials[1])
		l.vendor = silent(l.vendor, 200)
		if got := l.get(); got != "401" || l.used() != used || strings.Contains(l.news(), "is in use") {
			t.Errorf("answered %s, with %s instead of %s", got, l.used(), used)
		}
		knows(credentials[1])
		l.pass(61 * time.Second)
		if got := l.get() + l.get(); got != "200200" || l.used() == used {
			t.Fatalf("answered %s with %s", got, l.used())
		}
		used = l.used()
		l.news()
		knows()
		l.vendor = silent(l.vendor, 401)
		l.pass(61 * time.Second)
		for range 2 {
			if got := l.get(); got != "401" || l.used() != used || l.news() != "" {
				t.Errorf("answered %s, with %s instead of %s", got, l.used(), used)
			}
		}
	})
}

// The previous credential is in use, and the vendor takes neither any more: the new one is not put in its place.
func TestThePreviousCredentialStaysInUseIfTheNewOneIsRefusedToo(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		credentials := rotations()["duo"]
		l, knows := rotating(t, d, "duo", credentials[0], credentials[1], "")
		knows(credentials[1])
		if got := l.get() + l.get(); got != "200200" {
			t.Fatalf("answered %s", got)
		}
		used := l.used()
		l.news()
		knows()
		for range 3 {
			if got, news := l.get(), l.news(); got != "401" || l.used() != used || news != "" {
				t.Errorf("answered %s, with %s instead of %s: %s", got, l.used(), used, news)
			}
			l.pass(20 * time.Second)
		}
	})
}

// The vendor's clock is off and its key is another one: still one more attempt, not two.
func TestThereIsOneExtraAttemptForAllCausesTogether(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "duo", `{"integration_key":"`+another("DIX")+`","secret_key":"canary"}`, `{"host":"h","previous":{"integration_key":"DIOLD","secret_key":"canary"}}`, nil)
		answers := []string{`{"code":40105,"stat":"FAIL"}`, `{"code":40102,"stat":"FAIL"}`, `{"code":40102,"stat":"FAIL"}`}
		n := 0
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			n++
			header := http.Header{"Date": {l.now().Add(5 * time.Minute).UTC().Format(http.TimeFormat)}}
			return 401, header, answers[min(n-1, 2)]
		}
		if got := l.get(); got != "401" || n != 2 {
			t.Errorf("answered %s after %d attempts", got, n)
		}
	})
}

func TestTenExtraAttemptsInVainStopThemForAMinute(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "duo", `{"integration_key":"`+another("DI-VAIN")+`","secret_key":"canary"}`, `{"host":"h"}`, nil)
		refuse := func(r *http.Request) (int, http.Header, string) { // for the clock, whatever it says
			return 401, http.Header{"Date": {l.now().Add(5 * time.Minute).UTC().Format(http.TimeFormat)}}, `{"code":40105,"stat":"FAIL"}`
		}
		l.vendor = refuse
		asked := func(requests int) int {
			for range requests {
				l.get()
			}
			return len(l.reached())
		}
		if got := asked(10); got != 20 {
			t.Errorf("10 requests reached the vendor %d times", got)
		}
		if got := asked(10); got != 10 {
			t.Errorf("10 more reached the vendor %d times", got)
		}
		l.pass(61 * time.Second)
		if got := asked(3); got != 6 {
			t.Errorf("after a minute 3 reached the vendor %d times", got)
		}
	})
}

func TestAnEndOfTheCredentialIsToldAWeekAhead(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		in := func(ahead time.Duration) string { return time.Now().Add(ahead).UTC().Format(time.RFC3339) }
		day := func(at time.Time) string { return at.UTC().Format("2006-01-02") }
		today := day(time.Now())
		for expires, want := range map[string]string{
			in(9 * 24 * time.Hour):            "",
			in(6*24*time.Hour + time.Hour):    "the credential expires in 6 days; make a new one at the vendor",
			in(30*time.Hour + 30*time.Minute): "the credential expires in 30 hours; make a new one at the vendor",
			in(-time.Hour):                    "the credential has expired, by its option expires; make a new one at the vendor",
			today:                             "hours; make a new one",
			"2100-12-31":                      "",
		} {
			l := live(t, d, "duo", credentials["duo"], `{"host":"h","expires":"`+expires+`"}`, nil)
			if expires == today && day(l.now()) != today {
				continue // it has just ended
			}
			if news := l.news(); !strings.Contains(news, want) || want == "" && news != "" {
				t.Errorf("%s: told %q, want %q", expires, news, want)
			}
			l.get()
			if news := l.news(); news != "" {
				t.Errorf("%s: told again: %q", expires, news)
			}
			l.pass(13 * time.Hour)
			if l.get(); want != "" && l.news() == "" {
				t.Errorf("%s: not told again half a day later", expires)
			}
		}
		if _, err := tryLive(t, d, "duo", credentials["duo"], `{"host":"h","expires":"soon"}`, nil); err == nil || !strings.Contains(err.Error(), "duo: expires must be a day") {
			t.Errorf("the error is %v", err)
		}
	})
}

// What a vendor answers without looking at the credential says nothing of it.
func TestAnswersOfOpenEndpointsDoNotSpeakForACredential(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, credentials := range rotations() {
			l, knows := rotating(t, d, vendor, credentials[0], credentials[1], "")
			knows(credentials[1])
			closed := l.vendor
			l.vendor = func(r *http.Request) (int, http.Header, string) {
				switch r.URL.Path {
				case "/open":
					return 200, nil, ""
				case "/wrong":
					return 404, nil, ""
				case "/users/40102":
					return 403, nil, `{"code":40301,"message_detail":"/users/40102","stat":"FAIL"}`
				}
				return closed(r)
			}
			for range 20 {
				for _, path := range []string{"/open", "/wrong", "/users/40102"} {
					l.request("GET", path, "")
				}
				for range 3 {
					if got := l.get(); got != "200" {
						t.Errorf("%s: answered %s: %s", vendor, got, l.news())
					}
				}
				l.pass(25 * time.Second)
			}
		}
	})
}

func TestARefusalForTheClockIsRepeatedWithTheVendorsTime(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for vendor, id := range map[string]string{"duo": "integration_key", "threatconnect": "access_id"} {
			for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
				credential := map[string]string{id: another("1234"), "secret_key": "canary"}
				l := live(t, d, vendor, `{"`+id+`":"`+credential[id]+`","secret_key":"canary"}`, `{"host":"vendor.example"}`, nil)
				simulator, err := vendorsim.New(vendor, vendorsim.Config{Credential: credential, Now: func() time.Time { return l.now().Add(off) }})
				if err != nil {
					t.Fatal(err)
				}
				l.vendor = served(simulator)
				for _, r := range []struct{ method, body string }{{"GET", ""}, {"POST", `{"a":1}`}} {
					if got := l.request(r.method, "/api/v3/things", r.body); got != "200" {
						t.Errorf("%s, %s off: %s answered %s", vendor, off, r.method, got)
					}
					if n := len(l.reached()); n != 2 {
						t.Errorf("%s, %s off: %s reached the vendor %d times", vendor, off, r.method, n)
					}
				}
			}
		}
	})
}

// Duo names the key, too, when a request is for another API than the application is for. So a client can cause that answer,
// whichever credential serves, and must not move the credential by it.
func TestARefusalOfTheKeyIsNotRepeatedWithTheVendorsTime(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		l := live(t, d, "duo", `{"integration_key":"`+another("DI-REFUSED")+`","secret_key":"canary"}`, `{"host":"h"}`, nil)
		l.vendor = func(r *http.Request) (int, http.Header, string) {
			return 401, http.Header{"Date": {l.now().Add(5 * time.Minute).UTC().Format(http.TimeFormat)}}, `{"code":40102,"stat":"FAIL"}`
		}
		if got, asked := l.get(), len(l.reached()); got != "401" || asked != 1 {
			t.Errorf("answered %s after %d attempts", got, asked)
		}
	})
}

func TestARequestForAnotherAPIChangesNoCredential(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for i := range 3 { // the vendor takes both credentials, the new one, or the previous one
			credentials := rotations()["duo"]
			l, knows := rotating(t, d, "duo", credentials[0], credentials[1], "")
			knows([][]map[string]string{{credentials[0], credentials[1]}, {credentials[0]}, {credentials[1]}}[i]...)
			good := l.vendor
			l.vendor = func(r *http.Request) (int, http.Header, string) {
				if strings.HasPrefix(r.URL.Path, "/evil") {
					return 401, nil, `{"code":40102,"message":"Invalid integration key in request credentials","stat":"FAIL"}`
				}
				return good(r)
			}
			if got := l.get() + l.get(); got != "200200" {
				t.Fatalf("answered %s", got)
			}
			used := l.used()
			l.news()
			l.reached()
			for range 30 {
				l.request("GET", "/evil", "")
				if got := l.get(); got != "200" || l.used() != used {
					t.Fatalf("answered %s with %s instead of %s: %s", got, l.used(), used, l.news())
				}
				l.pass(7 * time.Second)
			}
			probes := 0
			for _, r := range l.reached() {
				if r.Header.Get("Probe") != "" {
					probes++
				}
			}
			if probes > 12 {
				t.Errorf("the client caused %d probes in three and a half minutes", probes)
			}
		}
	})
}

// Clients that use up a rate cannot keep the previous credential, which may have leaked, in service.
func TestAFullRateDoesNotKeepThePreviousCredentialInService(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		credentials := rotations()["carbonblack"]
		l, knows := rotating(t, d, "carbonblack", credentials[0], credentials[1], `,"rate":["6/1m"]`)
		fingerprint := l.used()
		knows(credentials[1])
		if got := l.get() + l.get(); got != "200200" || l.used() == fingerprint {
			t.Fatalf("answered %s", got)
		}
		knows(credentials[0], credentials[1])
		for range 600 {
			l.get()
			l.pass(200 * time.Millisecond)
		}
		if l.used() != fingerprint {
			t.Error("two minutes later the previous credential is still in use")
		}
	})
}
