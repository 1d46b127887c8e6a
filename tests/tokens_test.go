package tests

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/vectors"
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
		{"no HTTP", func(w http.ResponseWriter, r *http.Request) { writeRaw(w, "ICY "+r.URL.RawQuery+"\r\n\r\n") }, "the answer is not HTTP"},
		{"a header that is none", func(w http.ResponseWriter, r *http.Request) {
			writeRaw(w, "HTTP/1.1 200 OK\r\n"+r.URL.RawQuery+"\r\n\r\n")
		}, "the answer is not HTTP"},
		{"nothing", func(w http.ResponseWriter, r *http.Request) { writeRaw(w, "") }, "the connection broke"},
		{"half of it", func(w http.ResponseWriter, r *http.Request) {
			writeRaw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+r.URL.RawQuery)
		}, "ended early"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			var asked atomic.Int64
			token := another("SVCTK:canary")
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.URL.Path != "/api/appAuth" || r.URL.RawQuery != "expiredToken="+url.QueryEscape(token) {
					t.Errorf("%s: asked for %s", test.name, r.URL.Path)
				}
				test.answer(w, r)
			}))
			var news []string
			sign, err := d.Tokens("threatconnect", []byte(`{"token": "`+token+`", "api_url": "`+server.URL+`/api", "token_expires": 1}`),
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
		sign, err := d.Tokens("threatconnect", []byte(`{"token": "`+another("SVCTK:canary")+`", "api_url": "http://127.0.0.1:1", "token_expires": 1}`),
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
			sign, err := d.Tokens("carbonblack", []byte(`{"oauth_app_id": "`+another("app")+`", "oauth_app_secret": "canary", "csp_url": "`+test.csp+`"}`), []byte(test.policy), time.Now, func(said string) { news = append(news, said) })
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

func writeCertificate(t *testing.T, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
