package tests

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

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

// tokenSource is a way to a token.
type tokenSource struct {
	name, vendor, url string // url: the option with the address of the token service
	config            map[string]string
}

var anothers atomic.Int64

// another returns a credential that nothing else in this process has: gates share what they know of one by its options,
// and the port of a service that was closed comes back.
func another(credential string) string {
	return credential + strconv.FormatInt(anothers.Add(1), 10)
}

// tokenSources are the ways to a token, each with another credential.
func tokenSources() []tokenSource {
	return []tokenSource{
		{"ThreatConnect", "threatconnect", "api_url", map[string]string{"token": another("SVCTK:canary:a+b/c==")}},
		{"CSP's OAuth app", "carbonblack", "csp_url", map[string]string{"oauth_app_id": "app", "oauth_app_secret": another("canary & ü")}},
		{"CSP's API token", "carbonblack", "csp_url", map[string]string{"csp_api_token": another("canary+/= ~")}},
	}
}

// fakeTime is a clock that tests set.
type fakeTime struct{ nanos atomic.Int64 }

func (f *fakeTime) now() time.Time          { return time.Unix(0, f.nanos.Load()) }
func (f *fakeTime) advance(d time.Duration) { f.nanos.Add(int64(d)) }

// eachSource runs a test with a gate for each source in both runtimes.
func eachSource(t *testing.T, ttl time.Duration, test sourceTest) {
	both(t, func(t *testing.T, d drive) {
		for _, source := range tokenSources() {
			t.Run(source.name, func(t *testing.T) { withSource(t, d, source, ttl, test) })
		}
	})
}

// sourceTest is a test of one source of tokens.
type sourceTest func(t *testing.T, s *service, clock *fakeTime, sign tokenSignFunc, news *[]string)

// withSource runs a test with a service for the source, whose tokens are good for ttl.
func withSource(t *testing.T, d drive, source tokenSource, ttl time.Duration, test sourceTest) {
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

var quietLog = log.New(io.Discard, "", 0)
