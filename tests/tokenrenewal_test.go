package tests

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

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

// While the service hangs, 5,000 requests wait for it; the others get a 503 at once.
func TestOnlySoManyRequestsWaitForTheTokenService(t *testing.T) {
	crowd := func(t *testing.T, s *service, _ *fakeTime, sign tokenSignFunc, _ *[]string) {
		s.arrived, s.release = make(chan struct{}, 1), make(chan struct{})
		const more = 50
		var all sync.WaitGroup
		var good atomic.Int64
		refused := make(chan int, more)
		for range 1 + 5000 + more {
			all.Go(func() {
				if status, _ := sent(t, s, sign); status == 200 {
					good.Add(1)
				} else {
					refused <- status
				}
			})
		}
		for range more {
			if status := <-refused; status != http.StatusServiceUnavailable {
				t.Errorf("answered %d", status)
			}
		}
		<-s.arrived
		close(s.release)
		all.Wait()
		if good.Load() != 5001 || s.renewals.Load() != 1 {
			t.Errorf("%d requests are sent after %d renewals", good.Load(), s.renewals.Load())
		}
	}
	// The sources differ in what is sent, not in how requests wait.
	both(t, func(t *testing.T, d drive) { withSource(t, d, tokenSources()[0], time.Hour, crowd) })
}

func TestWhileTheServiceIsDownTheOldTokenServesAndThenNothingIsSent(t *testing.T) {
	eachSource(t, time.Hour, func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, news *[]string) {
		wantSent(t, s, sign, 200, 1)
		s.down.Store(true)
		clock.advance(55 * time.Minute)
		wantSent(t, s, sign, 200, 2)
		wantSent(t, s, sign, 200, 2) // it waits before it asks again
		clock.advance(6 * time.Minute)
		begun := time.Now()
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
		clock.advance(3*time.Second + time.Since(begun)) // two, up to a quarter more, and what the renewal took
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

// The whole plugin, as Traefik configures it, in front of the simulated vendor.
func TestThePluginFetchesAndRenewsTokens(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("VENDORSIGN_TOKEN_DIR", cache)
	t.Setenv("VENDORSIGN_ALLOWED_HOSTS", "vendor.example,127.0.0.1")
	t.Setenv("VENDORSIGN_INSECURE_UPSTREAM", "127.0.0.1")
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		token := another("SVCTK:canary")
		tests := []struct {
			name, vendor, url string
			config            map[string]string
			options           map[string]any
		}{
			{"ThreatConnect", "threatconnect", "apiUrl", map[string]string{"token": token}, map[string]any{"token": token}},
			{"ThreatConnect with an expiry", "threatconnect", "apiUrl", map[string]string{"token": token + "2"}, map[string]any{"token": token + "2", "tokenExpires": "1735689600"}},
			{"CSP's OAuth app", "carbonblack", "cspUrl", map[string]string{"oauth_app_id": "app", "oauth_app_secret": token}, map[string]any{"oauthAppId": "app", "oauthAppSecret": token}},
			{"CSP's API token", "carbonblack", "cspUrl", map[string]string{"csp_api_token": token}, map[string]any{"cspApiToken": token}},
		}
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
			options := map[string]any{"cspApiToken": another("canary"), "cspUrl": "http://127.0.0.1:1", "host": "vendor.example"}
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
