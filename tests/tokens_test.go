package tests

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
	"github.com/vendorsign/vendorsign/tests/vectors"
	"github.com/vendorsign/vendorsign/vendorsim"
)

// reproduceToken fetches the token of a vector and signs with it.
func reproduceToken(t *testing.T, d drive, v *vectors.Vector) {
	t.Helper()
	c, err := v.TokenCase()
	if err != nil {
		t.Errorf("%s: %v", v.ID(), err)
		return
	}
	config, err := json.Marshal(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	request, parse, _, err := d.Exchange(c.Vendor, config)
	if err != nil {
		t.Errorf("%s: %v", v.ID(), err)
		return
	}
	method, url, header, body := request(c.Current)
	if method != c.WantMethod || url != c.WantURL || body != c.WantBody {
		t.Errorf("%s: asks with %s %s and %q, want %s %s and %q", v.ID(), method, url, body, c.WantMethod, c.WantURL, c.WantBody)
	}
	diffHeader(t, v.ID(), header, c.WantHeader)
	token, expires, err := parse(c.Status, nil, c.Answer, c.Time)
	if (err != nil) != c.WantError || token != c.WantToken || !expires.Equal(c.WantExpires) {
		t.Errorf("%s: the answer is %q until %v, %v, want %q until %v, an error: %v", v.ID(), token, expires, err, c.WantToken, c.WantExpires, c.WantError)
	}
	if err != nil {
		showsNothing(t, v.ID(), err, c.Current, string(c.Answer), "invalid_", "appSecret1", "apiTok1")
		return
	}
	sign, err := d.Signer(c.Vendor, config)
	if err != nil {
		t.Fatal(err)
	}
	signed, target, _, _, err := sign(c.Method, c.Host, c.Target, nil, nil, c.Time, "", "", token)
	if err != nil || target != c.Target {
		t.Errorf("%s: target %q, %v", v.ID(), target, err)
	}
	diffHeader(t, v.ID(), signed, c.WantSigned)
}

func showsNothing(t *testing.T, name string, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows %q: %v", name, secret, err)
		}
	}
}

const (
	renewable = `{"token": "SVCTK:canary", "api_url": "https://tc.example/api"}`
	oauthApp  = `{"oauth_app_id": "app", "oauth_app_secret": "canary"}`
)

func TestAnAnswerWithoutATokenIsAnErrorThatShowsNothing(t *testing.T) {
	tests := []struct {
		name, vendor, config string
		status               int
		body                 string
	}{
		{"a login page", "threatconnect", renewable, 200, "<html>canary</html>"},
		{"nothing", "threatconnect", renewable, 200, ""},
		{"an empty object", "threatconnect", renewable, 200, "{}"},
		{"success without a token", "threatconnect", renewable, 200, `{"success":true,"apiTokenExpires":"1735693200"}`},
		{"a token without success", "threatconnect", renewable, 200, `{"apiToken":"canary","apiTokenExpires":"1735693200"}`},
		{"a token without an expiry", "threatconnect", renewable, 200, `{"success":true,"apiToken":"canary"}`},
		{"an expiry that is no number", "threatconnect", renewable, 200, `{"success":true,"apiToken":"canary","apiTokenExpires":"soon"}`},
		{"a token with a line break", "threatconnect", renewable, 200, `{"success":true,"apiToken":"canary\r\nX: 1","apiTokenExpires":"1735693200"}`},
		{"another status", "threatconnect", renewable, 201, `{"success":true,"apiToken":"canary","apiTokenExpires":"1735693200"}`},
		{"a redirect", "threatconnect", renewable, 302, ""},
		{"a login page", "carbonblack", oauthApp, 200, "<html>canary</html>"},
		{"nothing", "carbonblack", oauthApp, 200, ""},
		{"null", "carbonblack", oauthApp, 200, "null"},
		{"no token", "carbonblack", oauthApp, 200, `{"scope":"openid"}`},
		{"a scope that is null", "carbonblack", oauthApp, 200, `{"access_token":"canary","scope":null}`},
		{"a token that is a number", "carbonblack", oauthApp, 200, `{"access_token":1,"scope":"openid"}`},
		{"a token with a line break", "carbonblack", oauthApp, 200, `{"access_token":"canary\n","scope":"openid"}`},
		{"another status", "carbonblack", oauthApp, 500, `{"access_token":"canary","scope":"openid"}`},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			_, parse, _, err := d.Exchange(test.vendor, []byte(test.config))
			if err != nil {
				t.Fatal(err)
			}
			token, _, err := parse(test.status, nil, []byte(test.body), time.Unix(0, 0))
			if err == nil || token != "" {
				t.Errorf("%s from %s is taken for a token", test.name, test.vendor)
			}
			showsNothing(t, test.name, err, "canary", "html")
		}
	})
}

func TestTheExpiryIsByTheVendorsClock(t *testing.T) {
	now := time.Unix(1735689600, 0)
	tests := []struct {
		name, vendor, config, date, body string
		want                             time.Time
	}{
		{"ThreatConnect's clock is an hour ahead", "threatconnect", renewable, "Wed, 01 Jan 2025 01:00:00 GMT", `{"success":true,"apiToken":"t","apiTokenExpires":1735694000}`, now.Add(800 * time.Second)},
		{"ThreatConnect's clock is an hour behind", "threatconnect", renewable, "Tue, 31 Dec 2024 23:00:00 GMT", `{"success":true,"apiToken":"t","apiTokenExpires":1735687000}`, now.Add(1000 * time.Second)},
		{"CSP tells a duration", "carbonblack", oauthApp, "Wed, 01 Jan 2025 01:00:00 GMT", `{"access_token":"t","scope":"","expires_in":60}`, now.Add(time.Minute)},
		{"CSP tells none", "carbonblack", oauthApp, "", `{"access_token":"t","scope":""}`, time.Time{}},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			_, parse, _, err := d.Exchange(test.vendor, []byte(test.config))
			if err != nil {
				t.Fatal(err)
			}
			token, expires, err := parse(200, http.Header{"Date": {test.date}}, []byte(test.body), now)
			if err != nil || token != "t" || !expires.Equal(test.want) {
				t.Errorf("%s: %q until %v, %v, want %v", test.name, token, expires, err, test.want)
			}
		}
	})
}

func TestATokenServiceIsAskedOverHTTPSOnlyExceptOnThisMachine(t *testing.T) {
	tests := []struct {
		url  string
		good bool
	}{
		{"https://tc.example/api", true}, {"https://tc.example:8443/api/", true}, {"http://127.0.0.1:8080/api", true}, {"http://[::1]:8080", true}, {"http://localhost", true},
		{"http://tc.example/api", false}, {"http://127.tc.example/api", false}, {"http://127.0.0.1.tc.example", false}, {"ftp://127.0.0.1/", false}, {"tc.example/api", false},
		{"https://user:canary@tc.example/api", false}, {"https://tc.example/api?", false}, {"https://tc.example/api?a=canary", false}, {"https://tc.example/api#", false},
		{"https://:443/api", false}, {"https://tc.example/a b", false}, {"https://tc.example/\n", false}, {"https:///api", false},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			for vendor, config := range map[string]map[string]string{
				"threatconnect": {"token": "t", "api_url": test.url},
				"carbonblack":   {"csp_api_token": "t", "csp_url": test.url},
			} {
				text, err := json.Marshal(config)
				if err != nil {
					t.Fatal(err)
				}
				_, _, _, err = d.Exchange(vendor, text)
				if (err == nil) != test.good {
					t.Errorf("%s with %q: %v", vendor, test.url, err)
				}
				showsNothing(t, test.url, err, "canary")
			}
		}
	})
}

func TestOnlyARenewalOfThreatConnectEndsTheTokenBefore(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct {
			vendor, config string
			want           bool
		}{{"threatconnect", renewable, true}, {"carbonblack", oauthApp, false}} {
			if _, _, replaces, err := d.Exchange(test.vendor, []byte(test.config)); err != nil || replaces != test.want {
				t.Errorf("%s: %v, %v", test.vendor, replaces, err)
			}
		}
		if _, _, _, err := d.Exchange("threatconnect", []byte(`{"token": "t"}`)); err == nil {
			t.Error("a token without api_url is renewed")
		}
	})
}

// service is a vendor with its token service on this machine, judged by vendorsim.
type service struct {
	*httptest.Server
	renewals atomic.Int64  // and other requests for a token
	down     atomic.Bool   // the token service answers 503
	arrived  chan struct{} // if set, a request for a token tells it
	release  chan struct{} // if set, a request for a token waits for it
}

func newService(t *testing.T, vendor string, credential map[string]string, ttl time.Duration, now func() time.Time) *service {
	t.Helper()
	s := &service{}
	simulator, err := vendorsim.New(vendor, vendorsim.Config{Credential: credential, TokenTTL: ttl, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/appAuth") || strings.HasPrefix(r.URL.Path, "/csp/") {
			s.renewals.Add(1)
			if s.arrived != nil {
				s.arrived <- struct{}{}
			}
			if s.release != nil {
				<-s.release
			}
			if s.down.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		a := simulator.Check(&vendorsim.Request{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header, Body: body})
		if len(a.Leaks) > 0 {
			t.Errorf("foreign credentials arrived at %s: %s", r.URL.Path, a.Leaks)
		}
		for name, values := range a.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.Status)
		w.Write(a.Body)
	}))
	t.Cleanup(s.Close)
	return s
}

// send sends a signed request to the service and returns the status.
func (s *service) send(t *testing.T, r *http.Request) int {
	t.Helper()
	out, err := http.NewRequest(r.Method, s.URL+r.URL.RequestURI(), nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Header = r.Header
	response, err := s.Client().Do(out)
	if err != nil {
		t.Error(err)
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// tokenSources are the ways to a token. Each has a credential that no other test has: tokens are shared.
var tokenSources = []struct {
	name, vendor, url string // url: the option with the address of the token service
	renews            bool
	config            map[string]string
}{
	{"ThreatConnect", "threatconnect", "api_url", true, map[string]string{"token": "SVCTK:canary:a+b/c=="}},
	{"CSP's OAuth app", "carbonblack", "csp_url", false, map[string]string{"oauth_app_id": "app", "oauth_app_secret": "canary & ü"}},
	{"CSP's API token", "carbonblack", "csp_url", false, map[string]string{"csp_api_token": "canary+/= ~"}},
}

// fakeTime is a clock that tests set.
type fakeTime struct{ nanos atomic.Int64 }

func (f *fakeTime) now() time.Time          { return time.Unix(0, f.nanos.Load()) }
func (f *fakeTime) advance(d time.Duration) { f.nanos.Add(int64(d)) }

// eachSource runs a test with a gate for each source in both runtimes.
func eachSource(t *testing.T, ttl time.Duration, test func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, news *[]string)) {
	both(t, func(t *testing.T, d drive) {
		for _, source := range tokenSources {
			t.Run(source.name, func(t *testing.T) {
				clock := new(fakeTime)
				clock.nanos.Store(1735689600e9)
				s := newService(t, source.vendor, source.config, ttl, clock.now)
				config := map[string]string{source.url: s.URL}
				for name, value := range source.config {
					config[name] = value
				}
				text, err := json.Marshal(config)
				if err != nil {
					t.Fatal(err)
				}
				var mu sync.Mutex
				var news []string
				sign, err := d.Tokens(source.vendor, text, []byte(`{"host": ["vendor.example"]}`), clock.now, func(said string) {
					mu.Lock()
					defer mu.Unlock()
					news = append(news, said)
				})
				if err != nil {
					t.Fatal(err)
				}
				test(t, s, clock, sign, &news)
				for _, said := range news {
					showsNothing(t, "the news", errors.New(said), "canary", "SVCTK", "appAuth", "simulated")
				}
			})
		}
	})
}

// sent signs a request and sends it.
func sent(t *testing.T, s *service, sign tokenSignFunc) (status int, learn func(int) bool) {
	t.Helper()
	r := httptest.NewRequest("GET", "/api/v3/groups?a=1", nil)
	learn, problem := sign(r)
	if problem != nil {
		return problem.StatusCode, nil
	}
	return s.send(t, r), learn
}

func wantSent(t *testing.T, s *service, sign tokenSignFunc, status int, renewals int64) func(int) bool {
	t.Helper()
	got, learn := sent(t, s, sign)
	if got != status || s.renewals.Load() != renewals {
		t.Fatalf("answered %d after %d renewals, want %d after %d", got, s.renewals.Load(), status, renewals)
	}
	return learn
}

func TestATokenIsFetchedByTheFirstRequestAndRenewedBeforeItEnds(t *testing.T) {
	eachSource(t, time.Hour, func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, _ *[]string) {
		wantSent(t, s, sign, 200, 1)
		wantSent(t, s, sign, 200, 1)
		clock.advance(47 * time.Minute)
		wantSent(t, s, sign, 200, 1)
		clock.advance(8 * time.Minute)
		wantSent(t, s, sign, 200, 2)
		wantSent(t, s, sign, 200, 2)
		clock.advance(54 * time.Minute)
		wantSent(t, s, sign, 200, 3)
	})
}

func TestManyRequestsAtOnceShareOneRenewal(t *testing.T) {
	eachSource(t, time.Hour, func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, _ *[]string) {
		for renewal := int64(1); renewal <= 2; renewal++ {
			s.arrived, s.release = make(chan struct{}, 1), make(chan struct{})
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if status, _ := sent(t, s, sign); status != 200 {
						t.Errorf("answered %d", status)
					}
				})
			}
			<-s.arrived
			close(s.release)
			all.Wait()
			if n := s.renewals.Load(); n != renewal {
				t.Errorf("%d renewals, want %d", n, renewal)
			}
			clock.advance(55 * time.Minute)
		}
	})
}

func TestWhileTheServiceIsDownTheOldTokenServesAndThenNothingIsSent(t *testing.T) {
	eachSource(t, time.Hour, func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, news *[]string) {
		wantSent(t, s, sign, 200, 1)
		s.down.Store(true)
		clock.advance(55 * time.Minute)
		wantSent(t, s, sign, 200, 2)
		wantSent(t, s, sign, 200, 2) // it waits before it asks again
		clock.advance(6 * time.Minute)
		r := httptest.NewRequest("GET", "/api", nil)
		_, problem := sign(r)
		if problem == nil || problem.StatusCode != 503 || problem.Header.Get("Retry-After") != "3" || problem.Header.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("instead of a problem: %+v", problem)
		}
		body, err := io.ReadAll(problem.Body)
		if err != nil {
			t.Fatal(err)
		}
		showsNothing(t, "the problem", errors.New(string(body)), "canary", "SVCTK", "127.0.0.1")
		if len(*news) != 1 || !strings.Contains((*news)[0], "status 503") {
			t.Errorf("the operator was told %q", *news)
		}
		s.down.Store(false)
		clock.advance(3 * time.Second) // two, and up to a quarter more
		wantSent(t, s, sign, 200, 4)
	})
}

func TestARefusalOfTheTokenIsWorthOneRepetitionAMinute(t *testing.T) {
	eachSource(t, time.Hour, func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, _ *[]string) {
		learn := wantSent(t, s, sign, 200, 1)
		overtaken := wantSent(t, s, sign, 200, 1)
		if learn(403) || learn(200) {
			t.Error("an answer that refuses no token is worth a repetition")
		}
		if !learn(401) {
			t.Error("a refusal is worth no repetition")
		}
		learn = wantSent(t, s, sign, 200, 2)
		if !overtaken(401) { // its token is the old one
			t.Error("a request that was overtaken by the renewal is not repeated")
		}
		if learn(401) {
			t.Error("a second token was given up within a minute")
		}
		wantSent(t, s, sign, 200, 2)
		clock.advance(time.Minute)
		if !learn(401) {
			t.Error("the second token is kept for more than a minute")
		}
		wantSent(t, s, sign, 200, 3)
	})
}

func TestAFailureOfTheTokenServiceIsToldWithoutWhatItSaid(t *testing.T) {
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		}, "status 307"},
		{"a redirect to what is no address", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://%zz/?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		}, "status 302"},
		{"no HTTP", func(w http.ResponseWriter, r *http.Request) { writeRaw(w, "ICY "+r.URL.RawQuery+"\r\n\r\n") }, "no HTTP"},
		{"a header that is none", func(w http.ResponseWriter, r *http.Request) {
			writeRaw(w, "HTTP/1.1 200 OK\r\n"+r.URL.RawQuery+"\r\n\r\n")
		}, "no HTTP"},
		{"nothing", func(w http.ResponseWriter, r *http.Request) { writeRaw(w, "") }, "the connection broke"},
		{"half of it", func(w http.ResponseWriter, r *http.Request) {
			writeRaw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+r.URL.RawQuery)
		}, "ended early"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.URL.Path != "/api/appAuth" || r.URL.RawQuery != "expiredToken=SVCTK%3Acanary" {
					t.Errorf("%s: asked for %s", test.name, r.URL.Path)
				}
				test.answer(w, r)
			}))
			var news []string
			sign, err := d.Tokens("threatconnect", []byte(`{"token": "SVCTK:canary", "api_url": "`+server.URL+`/api", "token_expires": 1}`),
				[]byte(`{"host": ["vendor.example"]}`), time.Now, func(said string) { news = append(news, said) })
			if err != nil {
				t.Fatal(err)
			}
			if _, problem := sign(httptest.NewRequest("GET", "/", nil)); problem == nil || problem.StatusCode != 503 {
				t.Errorf("%s: instead of a problem: %+v", test.name, problem)
			}
			server.Close()
			if asked.Load() != 1 || len(news) != 1 || !strings.Contains(news[0], test.want) || strings.Contains(news[0], "canary") || strings.Contains(news[0], "expiredToken") {
				t.Errorf("%s: asked %d times, and told %q, want one with %q", test.name, asked.Load(), news, test.want)
			}
		}
		var news []string
		sign, err := d.Tokens("threatconnect", []byte(`{"token": "SVCTK:canary", "api_url": "http://127.0.0.1:1", "token_expires": 1}`),
			[]byte(`{"host": ["vendor.example"]}`), time.Now, func(said string) { news = append(news, said) })
		if err != nil {
			t.Fatal(err)
		}
		if _, problem := sign(httptest.NewRequest("GET", "/", nil)); problem == nil || len(news) != 1 || !strings.Contains(news[0], "refused") || strings.Contains(news[0], "canary") {
			t.Errorf("nobody listens: told %q", news)
		}
	})
}

func writeRaw(w http.ResponseWriter, text string) {
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	out.WriteString(text)
	out.Flush()
	conn.Close()
}

func TestTheTokenServiceIsReachedThroughItsProxyAndWithItsAuthority(t *testing.T) {
	var through atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Host != "127.0.0.1:1" || string(body) != "grant_type=client_credentials" {
			t.Errorf("%s %s with %q, %v", r.Method, r.Host, body, err)
		}
		fmt.Fprint(w, `{"access_token":"t","scope":"","expires_in":60}`)
	}))
	defer proxy.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"access_token":"t","scope":"","expires_in":60}`)
	}))
	defer secure.Close()
	secure.Config.ErrorLog = quietLog
	authority := writeCertificate(t, secure.Certificate().Raw)
	tests := []struct{ name, csp, policy, want string }{
		{"through a proxy", "http://127.0.0.1:1", `{"host": ["h"], "token_proxy": "` + proxy.URL + `"}`, ""},
		{"with its authority", secure.URL, `{"host": ["h"], "token_ca": "` + authority + `"}`, ""},
		{"with another authority", secure.URL + "/", `{"host": ["h"]}`, "certificate"},
	}
	both(t, func(t *testing.T, d drive) {
		before := through.Load()
		for _, test := range tests {
			var news []string
			sign, err := d.Tokens("carbonblack", []byte(`{"oauth_app_id": "`+url.QueryEscape(t.Name())+`", "oauth_app_secret": "canary", "csp_url": "`+test.csp+`"}`), []byte(test.policy), time.Now, func(said string) { news = append(news, said) })
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/", nil)
			_, problem := sign(r)
			if test.want == "" && (problem != nil || r.Header.Get("Authorization") != "Bearer t") {
				t.Errorf("%s: %+v, %q", test.name, problem, news)
			}
			if test.want != "" && (problem == nil || len(news) != 1 || !strings.Contains(news[0], test.want)) {
				t.Errorf("%s: %+v, told %q", test.name, problem, news)
			}
		}
		if n := through.Load() - before; n != 1 {
			t.Errorf("%d requests went through the proxy", n)
		}
		for _, policy := range []string{`{"host": ["h"], "token_proxy": "proxy"}`, `{"host": ["h"], "token_ca": "/nowhere"}`, `{"host": ["h"], "token_ca": "tokens_test.go"}`, `{"host": ["h"], "token_ca": "/dev/zero"}`} {
			if _, err := d.Tokens("carbonblack", []byte(oauthApp), []byte(policy), time.Now, nil); err == nil || !strings.Contains(err.Error(), "token_") {
				t.Errorf("%s: %v", policy, err)
			}
		}
	})
}

// The whole plugin, as Traefik configures it, in front of the simulated vendor.
func TestThePluginFetchesAndRenewsTokens(t *testing.T) {
	tests := []struct {
		name, vendor, url string
		config            map[string]string
		options           map[string]any
	}{
		{"ThreatConnect", "threatconnect", "apiUrl", map[string]string{"token": "SVCTK:canary"}, map[string]any{"token": "SVCTK:canary"}},
		{"ThreatConnect with an expiry", "threatconnect", "apiUrl", map[string]string{"token": "SVCTK:canary2"}, map[string]any{"token": "SVCTK:canary2", "tokenExpires": "1735689600"}},
		{"CSP's OAuth app", "carbonblack", "cspUrl", map[string]string{"oauth_app_id": "app2", "oauth_app_secret": "canary"}, map[string]any{"oauthAppId": "app2", "oauthAppSecret": "canary"}},
		{"CSP's API token", "carbonblack", "cspUrl", map[string]string{"csp_api_token": "canary"}, map[string]any{"cspApiToken": "canary"}},
	}
	cache := t.TempDir()
	t.Setenv("VENDORSIGN_TOKEN_DIR", cache)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s := newService(t, test.vendor, test.config, 0, nil)
				host := strings.TrimPrefix(s.URL, "http://")
				options := map[string]any{test.url: s.URL, "host": host, "insecureUpstream": "true", "observe": "on", "tokenCache": cache}
				for name, value := range test.options {
					options[name] = value
				}
				var refuse atomic.Bool
				var next http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					status := s.send(t, r)
					if refuse.CompareAndSwap(true, false) {
						status = http.StatusUnauthorized
					}
					w.WriteHeader(status)
				})
				handler, err := p.New(map[string]any{test.vendor: options}, next)
				if err != nil {
					t.Fatal(err)
				}
				second, err := p.New(map[string]any{test.vendor: options}, next) // another router, or a reload
				if err != nil {
					t.Fatal(err)
				}
				round := func(renewals int64) {
					t.Helper()
					var all sync.WaitGroup
					for n := range 40 {
						all.Go(func() {
							h := handler
							if n%2 == 1 {
								h = second
							}
							w := httptest.NewRecorder()
							h.ServeHTTP(w, httptest.NewRequest("GET", "/api/v3/groups?a=1", nil))
							if w.Code != http.StatusOK {
								t.Errorf("answered %d %s", w.Code, w.Body)
							}
						})
					}
					all.Wait()
					if n := s.renewals.Load(); n != renewals {
						t.Errorf("%d renewals, want %d", n, renewals)
					}
				}
				round(1)
				refuse.Store(true)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				if w.Code != http.StatusOK { // with another token, once more
					t.Errorf("answered %d", w.Code)
				}
				round(2)
				s.down.Store(true)
				refuse.Store(true)
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
				round(2) // within a minute no other token is given up
				w = httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest("GET", "/api/appAuth?expiredToken=x", nil))
				if test.vendor == "threatconnect" && w.Code != http.StatusForbidden {
					t.Errorf("a client may renew the token: %d", w.Code)
				}
			})
		}
		t.Run("nothing is sent without a token", func(t *testing.T) {
			options := map[string]any{"cspApiToken": "canary", "cspUrl": "http://127.0.0.1:1", "host": "vendor.example"}
			handler, err := p.New(map[string]any{"carbonblack": options}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("sent") }))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if w.Code != 503 || w.Header().Get("Retry-After") != "2" || bytes.Contains(w.Body.Bytes(), []byte("127.0.0.1")) {
				t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	})
}

var quietLog = log.New(io.Discard, "", 0)

func writeCertificate(t *testing.T, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
