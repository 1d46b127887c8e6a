package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/vendorsim"
)

// tokenMode is a credential that tokens are fetched for.
type tokenMode struct {
	name, signer, url string // url: the option with the address of the token service
	options           options
}

var tokenModes = []tokenMode{
	{"tc", "threatconnect", "api_url", options{"token": "SVCTK:configured:a+b/c=="}},
	{"oauth", "carbonblack", "csp_url", options{"oauth_app_id": "app", "oauth_app_secret": "oauth-secret+/="}},
	{"apitoken", "carbonblack", "csp_url", options{"csp_api_token": "api-token-secret+/="}},
}

// held is a request that waits: it closes arrived, and goes on after release.
type held struct{ arrived, release chan struct{} }

// tokenVendor is a simulated vendor with its token service, which can fail.
type tokenVendor struct {
	*httptest.Server
	fetches atomic.Int64
	calls   atomic.Int64 // of the API itself
	ahead   atomic.Int64 // nanoseconds that the vendor's clock is ahead
	down    atomic.Bool  // the token service answers 503

	mu       sync.Mutex
	issued   []string
	short    time.Duration // if set, the next token is said to end so soon, which the vendor does not make true
	always   bool          // not only the next one
	cache    string        // a folder for the tokens, where Traefik needs one
	redirect string        // where the token service sends its callers
	fetch    *held         // if set, the next request for a token waits
	call     *held         // if set, the next request to the API waits
}

func newTokenVendor(t testing.TB, m tokenMode, ttl time.Duration) *tokenVendor {
	t.Helper()
	v := &tokenVendor{cache: t.TempDir()}
	credential := map[string]string{}
	for name, value := range m.options {
		credential[name] = value.(string)
	}
	simulator, err := vendorsim.New(m.signer, vendorsim.Config{Credential: credential, TokenTTL: ttl,
		Now: func() time.Time { return time.Now().Add(time.Duration(v.ahead.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		service := strings.HasSuffix(r.URL.Path, "/appAuth") || strings.HasPrefix(r.URL.Path, "/csp/")
		if !service {
			v.calls.Add(1)
			v.waits(&v.call)
		} else if !v.serves(w, r) {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		a := simulator.Check(&vendorsim.Request{Method: r.Method, Host: r.Host, Target: r.RequestURI, Header: r.Header, Body: body})
		if len(a.Leaks) > 0 {
			t.Errorf("foreign credentials arrived at %s: %s", r.URL.Path, a.Leaks)
		}
		if service && a.Status == http.StatusOK {
			a.Body = v.remember(t, a)
		}
		for name, values := range a.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body)
	}))
	t.Cleanup(v.Close)
	return v
}

// serves lets the token service do what the test wants of it, and reports whether it goes on as usual.
func (v *tokenVendor) serves(w http.ResponseWriter, r *http.Request) bool {
	v.fetches.Add(1)
	v.mu.Lock()
	redirect := v.redirect
	v.mu.Unlock()
	v.waits(&v.fetch)
	switch {
	case redirect != "":
		http.Redirect(w, r, redirect+"?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
	case v.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		return true
	}
	return false
}

// remember notes the token of an answer, and returns the answer as it is to be sent.
func (v *tokenVendor) remember(t testing.TB, a *vendorsim.Answer) []byte {
	body := a.Body
	var answer struct {
		APIToken    string `json:"apiToken"`
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.APIToken+answer.AccessToken == "" {
		t.Errorf("no token in the simulator's answer: %v", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.issued = append(v.issued, answer.APIToken+answer.AccessToken)
	if v.short == 0 {
		return body
	}
	date, err := http.ParseTime(a.Header.Get("Date"))
	changed := expiresIn.ReplaceAll(body, []byte(fmt.Sprintf(`"expires_in":%d`, v.short/time.Second)))
	changed = expiresAt.ReplaceAll(changed, []byte(fmt.Sprintf(`"apiTokenExpires":"%d"`, date.Add(v.short).Unix())))
	if err != nil || bytes.Equal(changed, body) {
		t.Errorf("the simulator does not say how long the token lives: %v", err)
	}
	if !v.always {
		v.short = 0
	}
	return changed
}

var expiresIn, expiresAt = regexp.MustCompile(`"expires_in":\s*\d+`), regexp.MustCompile(`"apiTokenExpires":\s*"\d+"`)

// waits lets a request wait if it is to be held.
func (v *tokenVendor) waits(next **held) {
	v.mu.Lock()
	h := *next
	*next = nil
	v.mu.Unlock()
	if h != nil {
		close(h.arrived)
		<-h.release
	}
}

// hold makes the next request for a token wait, and holdCall the next one to the API. arrived is closed when it is
// there; release lets it go on.
func (v *tokenVendor) hold() (arrived <-chan struct{}, release func())     { return v.holds(&v.fetch) }
func (v *tokenVendor) holdCall() (arrived <-chan struct{}, release func()) { return v.holds(&v.call) }

func (v *tokenVendor) holds(next **held) (arrived <-chan struct{}, release func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	h := &held{make(chan struct{}), make(chan struct{})}
	*next = h
	return h.arrived, sync.OnceFunc(func() { close(h.release) })
}

// kill ends all tokens: two hours pass at the vendor.
func (v *tokenVendor) kill() { v.ahead.Add(int64(2 * time.Hour)) }

// route leads to the vendor.
func (v *tokenVendor) route(f form, m tokenMode, suffix string) *route {
	host := "api." + m.signer + ".example"
	if f == caddyTransport { // it compares with the address that is dialled
		host = "127.0.0.1"
	}
	all := m.options.with(options{"host": host, "insecure_upstream": true, m.url: v.URL})
	if f == traefik {
		all["observe"] = "on"
		if m.name == "tc" {
			all["token_cache"] = v.cache
		}
	}
	return &route{name: m.name + suffix, signer: m.signer, options: all, vendor: &vendor{addr: v.Listener.Addr().String()}}
}

// tokenGateway starts a gateway with its debug log, in which no token may stand at the end.
func tokenGateway(t *testing.T, f form, vendors map[*route]*tokenVendor) *gateway {
	t.Helper()
	s := setup{form: f, global: "\tadmin off\n\tpersist_config off\n\tdebug\n"}
	for r := range vendors {
		s.routes = append(s.routes, r)
	}
	g := s.start(t)
	t.Cleanup(func() { // while it still runs: all that a test waits for has been logged
		log := g.log.String()
		tokens := 0
		for _, v := range vendors {
			v.mu.Lock()
			for _, token := range v.issued {
				tokens++
				if strings.Contains(log, token) || strings.Contains(log, escaped(token)) {
					t.Error("the log shows a token")
				}
			}
			v.mu.Unlock()
		}
		if strings.Contains(log, "appAuth") || strings.Contains(log, "expiredToken") || strings.Contains(log, "Bearer ") {
			t.Error("the log shows what was sent to the token service or with a token")
		}
		if log == "" {
			t.Error("there is no log")
		}
		t.Logf("%d tokens, %d bytes of log", tokens, len(log))
	})
	return g
}
