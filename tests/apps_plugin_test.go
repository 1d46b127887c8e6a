package tests

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// duoClient signs as Duo's Python client does with version 5: without X-Duo headers. The query must be in its canonical form.
type duoClient struct{ ikey, skey string }

func (c duoClient) proof(method, host, target, date, body string) string {
	path, query, _ := strings.Cut(target, "?")
	sum, none := sha512.Sum512([]byte(body)), sha512.Sum512(nil)
	mac := hmac.New(sha512.New, []byte(c.skey))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%s\n%x\n%x", date, method, host, path, query, sum, none)
	return hex.EncodeToString(mac.Sum(nil))
}

// request is a signed request whose date is so far from now.
func (c duoClient) request(method, target, body string, age time.Duration) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, target, nil)
	}
	r.Host = "duo.internal:8443"
	date := time.Now().Add(-age).UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000")
	r.Header.Set("Date", date)
	proof := c.proof(method, "duo.internal", target, date, body)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.ikey+":"+proof)))
	return r
}

var (
	duoApp  = duoClient{"DIAPPBILLING00000000", "app-secret-billing-0000000000000000000000"}
	duoReal = duoClient{"DIXREAL0000000000000", "canary"}
)

func duoApps(more map[string]any) map[string]any {
	options := map[string]any{
		"integrationKey": duoReal.ikey, "secretKey": duoReal.skey, "host": "api-1.vendor.example", "allow": []any{"* /admin/v1/users/** /admin/v1/logs"},
		"apps": []any{
			map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": duoApp.skey, "allow": []any{"GET|POST /admin/v1/users/** /admin/v1/admins"}},
			map[string]any{"name": "soar", "keyId": "DIAPPSOAR00000000000", "secret": "app-secret-soar-000000000000000000000000x", "rate": "2/1h"},
			map[string]any{"name": "gone", "keyId": "DIAPPGONE00000000000", "secret": "app-secret-gone", "revoked": "true"},
		},
	}
	for name, value := range more {
		options[name] = value
	}
	return map[string]any{"duo": options}
}

// The app's date is ahead: what is dated before the gateway's start may have been used before.
const ahead = -20 * time.Second

func TestThePluginVerifiesAnAppAndSignsForTheVendor(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		handler, err := p.New(duoApps(nil), recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"", `{"a":1}`} {
			method := http.MethodGet
			if body != "" {
				method = http.MethodPost
			}
			w := httptest.NewRecorder()
			got = received{}
			handler.ServeHTTP(w, duoApp.request(method, "/admin/v1/users/DU1?a=1&limit=10", body, ahead))
			if w.Code != http.StatusTeapot {
				t.Fatalf("%s: %d %s", method, w.Code, w.Body)
			}
			proof := duoReal.proof(method, "api-1.vendor.example", "/admin/v1/users/DU1?a=1&limit=10", got.Header.Get("Date"), body)
			want := "Basic " + base64.StdEncoding.EncodeToString([]byte(duoReal.ikey+":"+proof))
			if got.Header.Get("Authorization") != want || got.Host != "api-1.vendor.example" || got.body != body {
				t.Errorf("%s: sent %q to %s with %q", method, got.Header, got.Host, got.body)
			}
		}
	})
}

func TestThePluginRefusesWhatIsNoAppsOwnRequest(t *testing.T) {
	soar := duoClient{"DIAPPSOAR00000000000", "app-secret-soar-000000000000000000000000x"}
	tests := []struct {
		name   string
		r      func() *http.Request
		status int
		detail string
	}{
		{"no signature", func() *http.Request { return httptest.NewRequest("GET", "/admin/v1/users/1", nil) }, 401, "no app signed this request"},
		{"an unknown key", func() *http.Request { return duoClient{"DIX", "x"}.request("GET", "/admin/v1/users/1", "", 0) }, 401, "no app signed this request"},
		{"the real key", func() *http.Request { return duoReal.request("GET", "/admin/v1/users/1", "", 0) }, 401, "no app signed this request"},
		{"a wrong secret", func() *http.Request { return duoClient{duoApp.ikey, "x"}.request("GET", "/admin/v1/users/1", "", 0) }, 401, "no app signed this request"},
		{"another method", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			r.Method = "POST"
			return r
		}, 401, "no app signed this request"},
		{"another host", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			r.Host = "other.internal"
			return r
		}, 401, "no app signed this request"},
		{"an added body", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			with := httptest.NewRequest("GET", "/admin/v1/users/1", strings.NewReader("x"))
			with.Host, with.Header = r.Host, r.Header
			return with
		}, 401, "no app signed this request"},
		{"an added header that the scheme covers", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			r.Header.Set("X-Duo-Other", "1")
			return r
		}, 401, "no app signed this request"},
		{"two signatures", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
			return r
		}, 401, "no app signed this request"},
		{"an old signature", func() *http.Request { return duoApp.request("GET", "/admin/v1/users/1", "", 2*time.Minute) }, 403, "clock: "},
		{"a revoked key", func() *http.Request {
			return duoClient{"DIAPPGONE00000000000", "app-secret-gone"}.request("GET", "/admin/v1/users/1", "", 0)
		}, 403, "revoked: "},
		{"a path that is not the app's", func() *http.Request { return duoApp.request("GET", "/admin/v1/logs", "", 0) }, 403, "rights: "},
		{"a path that is not the credential's", func() *http.Request { return duoApp.request("GET", "/admin/v1/admins", "", 0) }, 403, "matches no allow entry of this credential"},
		{"a write from before the start", func() *http.Request { return duoApp.request("POST", "/admin/v1/users/2", "", 50*time.Second) }, 403, "replay: "},
		{"a body above the limit", func() *http.Request {
			return duoApp.request("POST", "/admin/v1/users/2", strings.Repeat("x", 2000), ahead)
		}, 413, "max_body"},
		{"the first of two", func() *http.Request { return soar.request("GET", "/admin/v1/users/1", "", 0) }, 418, ""},
		{"the second of two", func() *http.Request { return soar.request("GET", "/admin/v1/users/1", "", 0) }, 418, ""},
		{"a third", func() *http.Request { return soar.request("GET", "/admin/v1/users/1", "", 0) }, 429, "its option rate"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		// No other test has this window, so the memory of signatures begins here.
		handler, err := p.New(duoApps(map[string]any{"maxBody": "1000B", "window": "62s"}), recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			got = received{}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, test.r())
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.detail) || (got.Request != nil) != (test.status == 418) {
				t.Errorf("%s: %d %s, sent: %v; want %d %s", test.name, w.Code, w.Body, got.Request != nil, test.status, test.detail)
			}
			for _, secret := range []string{"app-secret", "canary", duoApp.ikey} {
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("%s: the answer shows %s", test.name, secret)
				}
			}
		}
	})
}

// With explain a developer sees in the answer what is otherwise in the log alone.
func TestThePluginExplainsToDevelopersWhyNoAppSigned(t *testing.T) {
	tests := []struct {
		name, detail string
		r            func() *http.Request
	}{
		{"no signature", ": unsigned: ", func() *http.Request { return httptest.NewRequest("GET", "/admin/v1/users/1", nil) }},
		{"an unknown key", ": key: no app has the key", func() *http.Request { return duoReal.request("GET", "/admin/v1/users/1", "", 0) }},
		{"a wrong secret", ": signature: it was made with another secret", func() *http.Request {
			return duoClient{duoApp.ikey, "x"}.request("GET", "/admin/v1/users/1", "", 0)
		}},
		{"a date that is none", ": date: ", func() *http.Request {
			r := duoApp.request("GET", "/admin/v1/users/1", "", 0)
			r.Header.Set("Date", "yesterday")
			return r
		}},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, explain := range []string{"true", "false"} {
			var got received
			handler, err := p.New(duoApps(map[string]any{"explain": explain}), recorder(&got))
			if err != nil {
				t.Fatal(err)
			}
			for _, test := range tests {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, test.r())
				detail := `"detail":"no app signed this request"`
				if explain == "true" {
					detail = `"detail":"no app signed this request` + test.detail
				}
				body := w.Body.String()
				if w.Code != 401 || !strings.Contains(body, detail) || strings.Contains(body, "billing") || strings.Contains(body, "yesterday") ||
					strings.Contains(body, duoReal.ikey) {
					t.Errorf("explain %s: %s: %d %s, want %s", explain, test.name, w.Code, body, detail)
				}
			}
		}
	})
}

func TestThePluginRefusesAReplayAcrossReloadsAndRoutes(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		r := duoApp.request("POST", "/admin/v1/users/"+strings.ToLower(path.Base(t.Name())), `{}`, ahead)
		var codes []int
		for range 3 {
			handler, err := p.New(duoApps(nil), recorder(&got))
			if err != nil {
				t.Fatal(err)
			}
			again := httptest.NewRequest("POST", r.RequestURI, strings.NewReader(`{}`))
			again.Host, again.Header = r.Host, r.Header.Clone()
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, again)
			codes = append(codes, w.Code)
		}
		if fmt.Sprint(codes) != "[418 403 403]" {
			t.Errorf("%v", codes)
		}
	})
}

// An SDK repeats the same bytes after a 429.
func TestThePluginGivesBackTheSignatureOfARequestThatItDoesNotSend(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		own := strings.ToLower(path.Base(t.Name()))
		handler, err := p.New(duoApps(map[string]any{"rate": "1/1s " + "/admin/v1/users/" + own + "*", "window": "67s"}), recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		send := func(r *http.Request) int {
			again := httptest.NewRequest(r.Method, r.RequestURI, strings.NewReader(`{}`))
			again.Host, again.Header = r.Host, r.Header.Clone()
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, again)
			return w.Code
		}
		first, second := duoApp.request("POST", "/admin/v1/users/"+own+"1", `{}`, ahead), duoApp.request("POST", "/admin/v1/users/"+own+"2", `{}`, ahead)
		codes := []int{send(first)}
		begin := time.Now()
		codes = append(codes, send(second))
		time.Sleep(time.Until(begin.Add(1100 * time.Millisecond)))
		codes = append(codes, send(second), send(second))
		if fmt.Sprint(codes) != "[418 429 418 403]" {
			t.Errorf("the answers are %v", codes)
		}
		outside := duoApp.request("POST", "/admin/v1/admins", `{}`, ahead)
		if codes := []int{send(outside), send(outside)}; fmt.Sprint(codes) != "[403 403]" {
			t.Errorf("outside of the credential's allow: %v", codes)
		}
	})
}

// Neither the app nor the credential has a rate here.
func TestThePluginGivesBackTheSignatureOfARequestThatReachesNoUpstream(t *testing.T) {
	tests := []struct{ name, method, body, observe string }{
		{"with a body", "POST", `{}`, "off"},
		{"with a body, and its answer is observed", "POST", `{}`, "on"},
		{"without a body, which is signed in the short way", "GET", "", "off"},
		{"without a body, and its answer is observed", "GET", "", "on"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for i, test := range tests {
			reached := false
			options := map[string]any{"observe": test.observe, "replay": "refuse"}
			handler, err := p.New(duoApps(options), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if reached {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
					trace.GetConn("api-1.vendor.example:443")
				}
				w.WriteHeader(http.StatusBadGateway)
			}))
			if err != nil {
				t.Fatal(err)
			}
			user := fmt.Sprint("/admin/v1/users/", i, strings.ToLower(path.Base(t.Name())))
			send := func(r *http.Request) int {
				body := io.Reader(http.NoBody)
				if test.body != "" {
					body = strings.NewReader(test.body)
				}
				again := httptest.NewRequest(test.method, r.RequestURI, body)
				again.Host, again.Header = r.Host, r.Header.Clone()
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, again)
				return w.Code
			}
			for n := range 2 { // the short way is open from the second request on
				send(duoApp.request(test.method, fmt.Sprint(user, n), test.body, ahead))
			}
			var codes []int
			r := duoApp.request(test.method, user, test.body, ahead)
			for _, reached = range []bool{false, false, true, true} {
				codes = append(codes, send(r))
			}
			if fmt.Sprint(codes) != "[502 502 418 403]" {
				t.Errorf("%s: the answers are %v", test.name, codes)
			}
		}
	})
}

func TestThePluginDoesNotLoadAppsThatCannotBeRight(t *testing.T) {
	app := func(more map[string]any) map[string]any {
		one := map[string]any{"name": "billing", "keyId": "DIX", "secret": "s"}
		for name, value := range more {
			one[name] = value
		}
		return map[string]any{"apps": []any{one}}
	}
	tests := []struct {
		more map[string]any
		want string
	}{
		{app(map[string]any{"secret": "canary"}), "duo: app billing: secret is the credential's own; give the app a local key"},
		{app(map[string]any{"previous": "canary"}), "duo: app billing: secret is the credential's own"},
		{app(map[string]any{"ikey": "x"}), "duo: apps[0]: unknown option ikey; did you mean keyId"},
		{app(map[string]any{"allow": "GET"}), "duo: app billing: allow takes methods"},
		{app(map[string]any{"expires": "soon"}), "duo: apps[0]: expires must be a day"},
		{app(map[string]any{"secret": "env:HOME"}), "duo: apps[0]: secret: "},
		{map[string]any{"apps": "x"}, "duo: apps must be a list of blocks, as in apps[0].name"},
		{map[string]any{"replay": "never"}, "duo: replay must be unsafe, refuse or allow"},
		{map[string]any{"window": "soon"}, "window must be a time such as 5m"},
		{map[string]any{"apps": nil, "requireApp": "true"}, "requireApp needs apps"},
		{map[string]any{"apps": nil, "window": "5m"}, "duo: there is no app, so that every request would get a 401: give apps, or appsFile"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range tests {
			config := duoApps(test.more)
			if given, ok := test.more["apps"]; ok && given == nil {
				delete(config["duo"].(map[string]any), "apps")
			}
			_, err := p.New(config, http.NotFoundHandler())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v: %v, want %s", test.more, err, test.want)
			}
		}
	})
}

// Veracode's keys are the same with a region's prefix and without, and hexadecimal in either case.
func TestAnAppMayNotHaveTheCredentialsSecretInAnotherSpelling(t *testing.T) {
	const secret = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	other := strings.Replace(secret, "0a", "0b", 1)
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, test := range []struct {
			credential, app, previous string
			same                      bool
		}{
			{secret, secret, "", true},
			{"vera01es-" + secret, secret, "", true},
			{secret, "vera01es-" + secret, "", true},
			{"vera01es-" + secret, strings.ToUpper(secret), "", true},
			{"vera01es-" + secret, other, secret, true},
			{"vera01es-" + secret, other, "", false},
			{"vera01es-" + secret, "vera01es-" + other, "", false},
		} {
			app := map[string]any{"name": "billing", "keyId": "3ddaeeb10ca690df3fee5e3bd1c329fa", "secret": test.app}
			if test.previous != "" {
				app["previous"] = test.previous
			}
			_, err := p.New(map[string]any{"veracode": map[string]any{"apiId": "vera01ei-1ddaeeb10ca690df3fee5e3bd1c329fa", "apiKey": test.credential,
				"host": "api.veracode.com", "requireApp": "true", "apps": []any{app}}}, http.NotFoundHandler())
			if test.same != (err != nil && strings.Contains(err.Error(), "app billing: secret is the credential's own")) {
				t.Errorf("credential %s, app %s %s: %v", test.credential, test.app, test.previous, err)
			}
		}
	})
}

// The vendor may still accept the previous credential: an app with its secret could do without the gateway.
func TestAnAppMayNotHaveTheSecretOfThePreviousCredential(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for secret, refused := range map[string]bool{"canary-new": true, "canary-old": true, "local": false} {
			_, err := p.New(map[string]any{"duo": map[string]any{"integrationKey": "DIX", "secretKey": "canary-new", "host": "vendor.example", "observe": "on",
				"previous": map[string]any{"integrationKey": "DIY", "secretKey": "canary-old"},
				"apps":     []any{map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": secret}}}}, http.NotFoundHandler())
			if refused != (err != nil && strings.Contains(err.Error(), "app billing: secret is the credential's own")) {
				t.Errorf("%s: %v", secret, err)
			}
		}
	})
}

// Without rules for paths the interpreted plugin has a short way to sign, which verifies nobody: apps close it.
func TestThePluginVerifiesAppsWhereTheCredentialMayDoAll(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		var got received
		options := duoApps(map[string]any{"apps": []any{map[string]any{"name": "billing", "keyId": duoApp.ikey, "secret": duoApp.skey}}})
		delete(options["duo"].(map[string]any), "allow")
		handler, err := p.New(options, recorder(&got))
		if err != nil {
			t.Fatal(err)
		}
		stranger := httptest.NewRequest("GET", "/admin/v1/users", nil)
		stranger.Host = "duo.internal:8443"
		for name, tt := range map[string]struct {
			r    *http.Request
			want int
		}{
			"nobody's":     {stranger, http.StatusUnauthorized},
			"a guess":      {duoClient{duoApp.ikey, "another secret"}.request("GET", "/admin/v1/users", "", ahead), http.StatusUnauthorized},
			"the app's":    {duoApp.request("GET", "/admin/v1/users", "", ahead), http.StatusTeapot},
			"the vendor's": {duoReal.request("GET", "/admin/v1/users", "", ahead), http.StatusUnauthorized},
		} {
			w := httptest.NewRecorder()
			got = received{}
			handler.ServeHTTP(w, tt.r)
			if w.Code != tt.want || (got.Request != nil) != (tt.want == http.StatusTeapot) {
				t.Errorf("%s: %d, sent: %v", name, w.Code, got.Request != nil)
			}
		}
	})
}
