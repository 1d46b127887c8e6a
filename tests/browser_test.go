package tests

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// What browsers add to a request that a page caused, what they never write so, and what is no sign of a page. The request
// asks for gateway.example, over plain http unless tls is set.
var pageTests = []struct {
	name              string
	header            http.Header
	tls               bool
	deny, same_origin string
}{
	{"a page of another site", http.Header{"Origin": {"https://evil.example"}}, false, browserRefused, browserRefused},
	{"a sandboxed page", http.Header{"Origin": {"null"}}, false, browserRefused, browserRefused},
	{"an empty origin", http.Header{"Origin": {""}}, false, browserRefused, browserRefused},
	{"the site's own page", http.Header{"Origin": {"http://gateway.example"}, "Sec-Fetch-Site": {"same-origin"}}, false, browserRefused, signedVerdict},
	{"the site's own page, over plain http", http.Header{"Origin": {"http://gateway.example"}}, false, browserRefused, signedVerdict},
	{"the site's own page, over TLS", http.Header{"Origin": {"https://gateway.example"}}, true, browserRefused, signedVerdict},
	{"the site's plain page to its TLS", http.Header{"Origin": {"http://gateway.example"}}, true, browserRefused, browserRefused},
	{"the site's TLS page to its plain http", http.Header{"Origin": {"https://gateway.example"}}, false, browserRefused, browserRefused},
	{"a page on another port", http.Header{"Origin": {"http://gateway.example:3000"}}, false, browserRefused, browserRefused},
	{"an origin that begins alike", http.Header{"Origin": {"http://gateway.example.evil.example"}}, false, browserRefused, browserRefused},
	{"an origin with a path", http.Header{"Origin": {"http://gateway.example/"}}, false, browserRefused, browserRefused},
	{"two origins", http.Header{"Origin": {"http://gateway.example", "http://gateway.example"}}, false, browserRefused, browserRefused},
	{"two origins in a line", http.Header{"Origin": {"http://gateway.example, https://evil.example"}}, false, browserRefused, browserRefused},
	{"the own origin and another site", http.Header{"Origin": {"http://gateway.example"}, "Sec-Fetch-Site": {"cross-site"}}, false, browserRefused, browserRefused},
	{"another origin and the own site", http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"same-origin"}}, false, browserRefused, browserRefused},

	{"a cross-site GET, which has no origin", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false, browserRefused, browserRefused},
	{"a sister site", http.Header{"Sec-Fetch-Site": {"same-site"}}, false, browserRefused, browserRefused},
	{"the own site", http.Header{"Sec-Fetch-Site": {"same-origin"}}, false, browserRefused, signedVerdict},
	{"the address bar", http.Header{"Sec-Fetch-Site": {"none"}}, false, signedVerdict, signedVerdict},
	{"an unknown site", http.Header{"Sec-Fetch-Site": {"same-party"}}, false, browserRefused, browserRefused},
	{"an odd letter case", http.Header{"Sec-Fetch-Site": {"None"}}, false, browserRefused, browserRefused},
	{"an empty site", http.Header{"Sec-Fetch-Site": {""}}, false, browserRefused, browserRefused},
	{"two sites", http.Header{"Sec-Fetch-Site": {"none", "cross-site"}}, false, browserRefused, browserRefused},
	{"the same site twice", http.Header{"Sec-Fetch-Site": {"none", "none"}}, false, browserRefused, browserRefused},
	{"two sites in a line", http.Header{"Sec-Fetch-Site": {"none, cross-site"}}, false, browserRefused, browserRefused},
	{"a site with parameters", http.Header{"Sec-Fetch-Site": {"none;a=b"}}, false, browserRefused, browserRefused},

	{"a link on another site, over plain http", http.Header{"Referer": {"http://wiki.internal/page"}}, false, browserRefused, browserRefused},
	{"another site's origin as referrer", http.Header{"Referer": {"https://evil.example/"}}, false, browserRefused, browserRefused},
	{"a referrer on another port", http.Header{"Referer": {"http://gateway.example:3000/"}}, false, browserRefused, browserRefused},
	{"a referrer that begins alike", http.Header{"Referer": {"http://gateway.example.evil.example/"}}, false, browserRefused, browserRefused},
	{"a referrer with the name as user", http.Header{"Referer": {"http://gateway.example@evil.example/"}}, false, browserRefused, browserRefused},
	{"a referrer with a user", http.Header{"Referer": {"http://user@gateway.example/"}}, false, browserRefused, browserRefused},
	{"a referrer with a backslash", http.Header{"Referer": {`http://evil.example\@gateway.example/`}}, false, browserRefused, browserRefused},
	{"a referrer without a host", http.Header{"Referer": {"/page"}}, false, browserRefused, browserRefused},
	{"a referrer without a scheme", http.Header{"Referer": {"//gateway.example/page"}}, false, browserRefused, browserRefused},
	{"an app", http.Header{"Referer": {"android-app://gateway.example/"}}, false, browserRefused, browserRefused},
	{"an empty referrer", http.Header{"Referer": {""}}, false, browserRefused, browserRefused},
	{"a referrer that is no address", http.Header{"Referer": {"http://[::1/"}}, false, browserRefused, browserRefused},
	{"two referrers", http.Header{"Referer": {"http://gateway.example/", "http://gateway.example/"}}, false, browserRefused, browserRefused},
	{"the own host as referrer", http.Header{"Referer": {"http://gateway.example/a?b"}}, false, signedVerdict, signedVerdict},
	{"the own host and port as referrer", http.Header{"Referer": {"http://GATEWAY.example:80"}}, false, signedVerdict, signedVerdict},
	{"the own host over TLS as referrer", http.Header{"Referer": {"https://gateway.example/"}}, true, signedVerdict, signedVerdict},
	{"the own host as referrer, from another origin", http.Header{"Referer": {"http://gateway.example/"}, "Origin": {"null"}}, false, browserRefused, browserRefused},

	{"no browser", http.Header{"User-Agent": {"curl/8"}}, false, signedVerdict, signedVerdict},
	{"a client that looks like a browser", http.Header{"User-Agent": {"Mozilla/5.0"}, "Sec-Ch-Ua": {`"Chromium";v="140"`}, "Accept-Language": {"en"},
		"Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "X-Requested-With": {"XMLHttpRequest"}, "Upgrade-Insecure-Requests": {"1"}}, false, signedVerdict, signedVerdict},
}

func TestPagesInABrowserAreRefusedUnlessAllowed(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range pageTests {
			for option, want := range map[string]string{"": test.deny, "deny": test.deny, "same_origin": test.same_origin, "allow": signedVerdict} {
				for _, forwarded := range []string{"drop", "keep"} {
					a := attempt{header: test.header.Clone(), policy: `{"host":"vendor.example","browser":"` + option + `","forwarded":"` + forwarded + `"}`,
						change: func(r *http.Request) {
							if test.tls {
								r.TLS = &tls.ConnectionState{HandshakeComplete: true}
							}
						}}
					if o := try(t, d, a); o.verdict() != want {
						t.Errorf("%s with browser %q: %s, want %s", test.name, option, o.verdict(), want)
					}
				}
			}
		}
	})
}

// Over TLS a browser leaves the port 443 out of Host and Origin; any other stands in both.
func TestAnOwnOriginHasThePortThatTheClientAskedFor(t *testing.T) {
	tests := []struct{ host, header, value, verdict string }{
		{"gateway.example:8080", "Origin", "http://gateway.example:8080", signedVerdict},
		{"gateway.example:8080", "Origin", "http://gateway.example", browserRefused},
		{"gateway.example:8080", "Referer", "http://gateway.example:8080/", signedVerdict},
		{"gateway.example:8080", "Referer", "http://gateway.example/", browserRefused},
		{"[::1]:8080", "Origin", "http://[::1]:8080", signedVerdict},
		{"[::1]:8080", "Referer", "http://[::1]:8080/", signedVerdict},
		{"[::1]:8080", "Referer", "http://[::2]:8080/", browserRefused},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			a := attempt{host: test.host, header: http.Header{test.header: {test.value}}, policy: `{"host":"vendor.example","browser":"same_origin"}`}
			if o := try(t, d, a); o.verdict() != test.verdict {
				t.Errorf("%s, %s %s: %s, want %s", test.host, test.header, test.value, o.verdict(), test.verdict)
			}
		}
		a := attempt{header: http.Header{"Origin": {"http://"}}, policy: `{"host":"vendor.example","browser":"same_origin"}`,
			change: func(r *http.Request) { r.Host = "" }}
		if o := try(t, d, a); o.verdict() != browserRefused {
			t.Errorf("no Host and an origin without one: %s, want %s", o.verdict(), browserRefused)
		}
	})
}

// The plugin's short way must not take what tells a page.
func TestTheShortWayRefusesPagesToo(t *testing.T) {
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		for _, forwarded := range []string{"drop", "keep"} {
			var got *http.Request
			block := map[string]any{"host": "vendor.example", "publicToken": "pub", "privateToken": "key", "forwarded": forwarded}
			middleware, err := p.New(map[string]any{"darktrace": block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
			if err != nil {
				t.Fatal(err)
			}
			for _, test := range pageTests {
				if test.tls {
					continue
				}
				got = nil
				r := shortRequest(t, "GET", "/devices", "", false)
				r.Host = "gateway.example"
				for name, values := range test.header {
					r.Header[name] = values
				}
				a := &shortAnswer{}
				middleware.ServeHTTP(a, r)
				if signed := got != nil; signed != (test.deny == signedVerdict) {
					t.Errorf("%s: signed is %v, want %s", test.name, signed, test.deny)
				}
			}
		}
	})
}
