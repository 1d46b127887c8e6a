package tests

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// tokenVector says how a token comes about, and what is sent with it.
type tokenVector struct {
	ID, Signer, Kind string
	Config           map[string]any
	Request          struct{ Method, URL string }
	Time             time.Time
	Nonce            string
	Flow             []struct {
		Request struct {
			Method, URL, Body string
			Headers           map[string]string
		}
		Answer struct {
			Status  int
			Body    string
			Headers map[string]string
		}
		Token *struct {
			Text      string
			More      map[string]string
			ExpiresIn *float64 `json:"expires_in"`
		}
	}
	Expect struct {
		Headers map[string]string
	}
}

func headerOf(texts map[string]string) http.Header {
	header := make(http.Header)
	for name, value := range texts {
		header.Set(name, value)
	}
	return header
}

// start makes the flow of a vector.
func (v *tokenVector) start(t *testing.T, d drive) (flowNext, flowParse, flowSign, string) {
	t.Helper()
	u, err := url.Parse(v.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	host := u.Host
	config := make(map[string]any)
	for name, value := range v.Config {
		if name == "host" {
			host = value.(string)
			continue
		}
		config[name] = value
	}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	next, parse, sign, err := d.Flow(v.Signer, text, host, v.Time, v.Nonce)
	if err != nil {
		t.Errorf("%s: %v", v.ID, err)
	}
	return next, parse, sign, u.RequestURI()
}

func TestTokensComeAboutAsTheVectorsSay(t *testing.T) {
	all := vectorsOf[tokenVector](t, "breadth-tokens")
	both(t, func(t *testing.T, d drive) {
		ran := 0
		var absent []string
		for _, v := range all {
			if v.Kind == "unit" { // of a part of a scheme
				continue
			}
			if !slices.Contains(signers.Names(), v.Signer) {
				absent = append(absent, v.Signer)
				continue
			}
			next, parse, sign, target := v.start(t, d)
			if next == nil {
				continue
			}
			ran++
			status, header, body := 0, http.Header(nil), ""
			for i, x := range v.Flow {
				method, address, asked, sent, more, err := next(status, header, body)
				if err != nil || !more || method != x.Request.Method || address != x.Request.URL || sent != x.Request.Body {
					t.Errorf("%s, request %d: %s %s %q, more: %v, %v; want %s %s %q", v.ID, i+1, method, address, sent, more, err, x.Request.Method, x.Request.URL, x.Request.Body)
				}
				for name, want := range x.Request.Headers {
					if got := asked.Get(name); got != want {
						t.Errorf("%s, request %d: %s is %q, want %q", v.ID, i+1, name, got, want)
					}
				}
				status, header, body = x.Answer.Status, headerOf(x.Answer.Headers), x.Answer.Body
			}
			if _, _, _, _, more, err := next(status, header, body); more || err != nil {
				t.Errorf("%s: one more request is sent, or %v", v.ID, err)
			}
			text, extra, expires, err := parse()
			if err != nil {
				t.Errorf("%s: %v", v.ID, err)
				continue
			}
			if n := len(v.Flow); n > 0 && v.Flow[n-1].Token != nil {
				want := v.Flow[n-1].Token
				end := time.Time{}
				if want.ExpiresIn != nil {
					end = v.Time.Add(time.Duration(*want.ExpiresIn) * time.Second)
				}
				if text != want.Text || !expires.Equal(end) {
					t.Errorf("%s: the token is %q until %v, want %q until %v", v.ID, text, expires, want.Text, end)
				}
				for name, value := range want.More {
					if extra[name] != value {
						t.Errorf("%s: %s is %q, want %q", v.ID, name, extra[name], value)
					}
				}
			}
			signed, err := sign(v.Request.Method, target)
			if err != nil {
				t.Errorf("%s: %v", v.ID, err)
			}
			for name, want := range v.Expect.Headers {
				if got := signed.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", v.ID, name, got, want)
				}
			}
		}
		if ran < 4 {
			t.Errorf("%d vectors ran", ran)
		}
		t.Logf("%d vectors; not among the vendors are %s", ran, strings.Join(absent, " "))
	})
}

const ownLogin = `{"secrets": {"password": "canary"}, "options": {"user": "api"}, "operations": ["header X-Sid = [[token|reveal]]", "header? X-Org = [[token.org|reveal]]"],
	"login": {"steps": [
		{"method": "POST", "url": "https://[[host]]/login", "body": "[[opt.password|reveal]]", "take": ["token = json:a.b", "expires_in = json:life", "expires_at = json:end"]},
		{"method": "GET", "url": "https://[[host]]/whoami", "operations": ["header X-Sid = [[token|reveal]]"], "take": ["more.org = header:X-Org"]}],
	"lifetime": "1h"}}`

// What a token service answers is somebody else's text: none of it may be taken for a token that is not one, and none of it may be
// shown.
func TestWhatATokenServiceAnswersIsTakenOrRefused(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)
	deep := strings.Repeat(`{"a":`, 17) + `{"b":"canary"}` + strings.Repeat("}", 17)
	tests := []struct {
		name   string
		status int
		header http.Header
		body   string
		life   time.Duration
		token  string
		want   string // of the error
	}{
		{name: "a number of seconds", status: 200, body: `{"a":{"b":"T"},"life":600}`, token: "T", life: 10 * time.Minute},
		{name: "any success counts", status: 201, body: `{"a":{"b":"T"},"life":600}`, token: "T", life: 10 * time.Minute},
		{name: "seconds as a text", status: 200, body: `{"a":{"b":"T"},"life":"600"}`, token: "T", life: 10 * time.Minute},
		{name: "a token that is a number", status: 200, body: `{"a":{"b":12345678901234567890}}`, token: "12345678901234567890", life: time.Hour},
		{name: "an end by the service's clock", status: 200, header: http.Header{"Date": {"Sat, 28 Nov 2026 08:20:15 GMT"}}, body: `{"a":{"b":"T"},"end":"2026-11-28T08:50:15Z"}`, token: "T", life: 30 * time.Minute},
		{name: "an end in milliseconds", status: 200, body: `{"a":{"b":"T"},"end":1795855215000}`, token: "T", life: 10 * time.Minute},
		{name: "an end in seconds", status: 200, body: `{"a":{"b":"T"},"end":1795855215}`, token: "T", life: 10 * time.Minute},
		{name: "an end in seconds with a fraction", status: 200, body: `{"a":{"b":"T"},"end":1795855215.75}`, token: "T", life: 10 * time.Minute},
		{name: "an end as Java writes it", status: 200, body: `{"a":{"b":"T"},"end":"2026-11-28T09:40:15.000+0100"}`, token: "T", life: 10 * time.Minute},
		{name: "an end as Python writes it", status: 200, body: `{"a":{"b":"T"},"end":"2026-11-28 08:40:15+00:00"}`, token: "T", life: 10 * time.Minute},
		{name: "an end without a zone", status: 200, body: `{"a":{"b":"T"},"end":"2026-11-28T08:40:15.000001"}`, token: "T", life: 10*time.Minute + time.Microsecond},
		{name: "an end that is none", status: 200, body: `{"a":{"b":"T"},"end":"NaN"}`, token: "T", life: time.Hour},
		{name: "an end in nanoseconds", status: 200, body: `{"a":{"b":"T"},"end":1795855215000000000}`, token: "T", life: time.Hour},
		{name: "a lifetime beyond the declared one", status: 200, body: `{"a":{"b":"T"},"life":86400}`, token: "T", life: time.Hour},
		{name: "a lifetime that is negative", status: 200, body: `{"a":{"b":"T"},"life":-1}`, token: "T", life: time.Hour},
		{name: "a lifetime without end", status: 200, body: `{"a":{"b":"T"},"life":1e300}`, token: "T", life: time.Hour},
		{name: "a lifetime that is none", status: 200, body: `{"a":{"b":"T"},"life":"soon"}`, token: "T", life: time.Hour},
		{name: "an end that is over", status: 200, body: `{"a":{"b":"T"},"end":"2001-01-01T00:00:00Z"}`, token: "T", life: time.Hour},
		{name: "a number above all", status: 200, body: `{"a":{"b":"T"},"life":600,"more":[1e400,-1e999]}`, token: "T", life: 10 * time.Minute},
		{name: "a life above all", status: 200, body: `{"a":{"b":"T"},"life":1e400}`, token: "T", life: time.Hour},
		{name: "a byte order mark", status: 200, body: "\ufeff" + `{"a":{"b":"T"},"life":600}`, token: "T", life: 10 * time.Minute},
		{name: "a refusal with the status of a success", status: 200, body: `{"error":"invalid_client","error_description":"canary"}`, want: "no token: a.b is missing in its JSON (invalid_client)"},
		{name: "a page", status: 200, body: "<html>canary</html>", want: "no token: a.b is missing in its JSON"},
		{name: "nothing", status: 200, want: "no token"},
		{name: "another type", status: 200, body: `{"a":{"b":["canary"]}}`, want: "no token"},
		{name: "an empty token", status: 200, body: `{"a":{"b":""}}`, want: "no token"},
		{name: "blanks for a token", status: 200, body: `{"a":{"b":"  "}}`, want: "no token"},
		{name: "two documents", status: 200, body: `{"a":{"b":"canary"}}{}`, want: "no token"},
		{name: "too deep", status: 200, body: strings.Replace(`{"a":{"b":"canary"},"x":DEEP}`, "DEEP", deep, 1), want: "no token"},
		{name: "many values", status: 200, body: `{"a":{"b":"T"},"x":[0` + strings.Repeat(",0", 10_000) + `]}`, token: "T", life: time.Hour},
		{name: "too many values", status: 200, body: `{"a":{"b":"canary"},"x":[0` + strings.Repeat(",0", 20_000) + `]}`, want: "no token"},
		{name: "an end in less than a second", status: 200, header: http.Header{"Date": {"Sat, 28 Nov 2026 08:20:15 GMT"}}, body: `{"a":{"b":"T"},"end":"2026-11-28T08:20:15.9Z"}`, token: "T", life: time.Hour},
		{name: "an end in a second", status: 200, header: http.Header{"Date": {"Sat, 28 Nov 2026 08:20:15 GMT"}}, body: `{"a":{"b":"T"},"end":"2026-11-28T08:20:16Z"}`, token: "T", life: time.Second},
		{name: "a line end in the token", status: 200, body: `{"a":{"b":"canary\r\nX: 1"}}`, want: "cannot be sent in a header"},
		{name: "a redirect", status: 302, header: http.Header{"Location": {"https://evil.example/canary?token=canary"}}, want: "redirects to evil.example, which is not followed"},
		{name: "a redirect to what is no host", status: 302, header: http.Header{"Location": {"https://ev\x7fil/canary"}}, want: "redirects, which is not followed"},
		{name: "a refusal", status: 401, body: `{"error":"invalid_client","error_description":"canary"}`, want: "answered 401 (invalid_client)"},
		{name: "a refusal with a code that is none", status: 400, body: `{"error":"canary"}`, want: "answered 400"},
		{name: "a failure", status: 503, body: "canary", want: "answered 503"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			next, parse, sign, err := d.Flow("login", []byte(ownLogin), "vendor.example", now, "")
			if err != nil {
				t.Fatal(err)
			}
			_, address, _, body, _, err := next(0, nil, "")
			if err != nil || address != "https://vendor.example/login" || body != "canary" {
				t.Fatalf("%s: asks %s with %q, %v", test.name, address, body, err)
			}
			_, _, asked, _, more, err := next(test.status, test.header, test.body)
			if err != nil || more != (test.want == "") {
				t.Errorf("%s: a second request is sent: %v, %v", test.name, more, err)
			}
			if more {
				if asked.Get("X-Sid") != test.token {
					t.Errorf("%s: the second request has %q", test.name, asked)
				}
				next(200, http.Header{"X-Org": {"O1"}}, "")
			}
			token, extra, expires, err := parse()
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "step 1: ") || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: the error is %v, want %q in it, and no canary", test.name, err, test.want)
				}
				continue
			}
			if err != nil || token != test.token || extra["org"] != "O1" || !expires.Equal(now.Add(test.life)) {
				t.Errorf("%s: token %q with %v until %v, %v; want %q for %v", test.name, token, extra, expires, err, test.token, test.life)
			}
			header, err := sign("GET", "/x")
			if err != nil || header.Get("X-Sid") != test.token || header.Get("X-Org") != "O1" {
				t.Errorf("%s: signed %v, %v", test.name, header, err)
			}
		}
	})
}

// The address of a token endpoint may have a query, which must be kept (RFC 6749, 3.2), as that of Apigee's guides has. It is sent where
// the secret goes, and is compared with the operator's hosts without its query.
func TestTheQueryOfATokenEndpointIsKept(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct{ address, want string }{
			{"https://org-prod.apigee.example/oauth/client_credential/accesstoken?grant_type=client_credentials", ""},
			{"https://idp.example/t?a=%2F+&b", ""},
			{"https://idp.example?tenant=1", ""},
			{"https://idp.example/t?a=b#c", "token_url must be a URL such as https://host/path"},
			{"https://idp.example/t?a=b c", "token_url must be a URL such as https://host/path"},
			{"https://idp..example/t", "token_url: its host must have 1 to 63 characters between its dots"},
			{"https://idp.example:99999/t", "token_url: its host must have a port from 1 to 65535"},
			{"https://[2001:db8::1]:0/t", "token_url: its host must have a port from 1 to 65535"},
			{"http://idp.example/t?a=b", "token_url must begin with https://"},
		} {
			next, _, _, err := d.Flow("oauth2", []byte(`{"client_id": "a", "client_secret": "b", "token_url": "`+test.address+`"}`), "api.example", time.Unix(0, 0), "")
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v, want %s", test.address, err, test.want)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", test.address, err)
				continue
			}
			if _, address, _, body, _, err := next(0, nil, ""); err != nil || address != test.address || body != "grant_type=client_credentials" {
				t.Errorf("%s: asks %s with %s, %v", test.address, address, body, err)
			}
		}
	})
}

// A service may delete the cookie of another path in the same answer, or delete the session of a login that failed with a 200.
func TestACookieThatIsDeletedIsNoSession(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)
	both(t, func(t *testing.T, d drive) {
		for _, test := range []struct {
			cookies     []string
			token, want string
		}{
			{[]string{"JSESSIONID=S0", "JSESSIONID=S1; Path=/; HttpOnly"}, "S1", ""},
			{[]string{"JSESSIONID=S1; Path=/; Max-Age=1800", "JSESSIONID=; Path=/old; Max-Age=0"}, "S1", ""},
			{[]string{"JSESSIONID=S1", "JSESSIONID=deleteMe; Path=/old; Max-Age=0; Expires=Fri, 27-Nov-2026 08:30:15 GMT"}, "S1", ""},
			{[]string{"JSESSIONID=S1", "JSESSIONID=deleted; Path=/old; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "S1", ""},
			{[]string{"JSESSIONID=S1; Expires=Sat, 28 Nov 2026 09:30:15 GMT"}, "S1", ""},
			{[]string{"JSESSIONID=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "", "cookie JSESSIONID is missing"},
		} {
			next, parse, sign, err := d.Flow("cybereason", []byte(`{"username": "u", "password": "p"}`), "x.cybereason.net", now, "")
			if err != nil {
				t.Fatal(err)
			}
			next(0, nil, "")
			next(200, http.Header{"Set-Cookie": test.cookies}, "")
			token, _, _, err := parse()
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%q: %q, %v, want %s", test.cookies, token, err, test.want)
				}
				continue
			}
			if header, err := sign("GET", "/rest/x"); err != nil || token != test.token || header.Get("Cookie") != "JSESSIONID="+test.token {
				t.Errorf("%q: token %q, sends %q, %v; want %s", test.cookies, token, header, err, test.token)
			}
		}
	})
}

// RFC 8705, section 2: the certificate is all that the request has of the client.
func TestAClientThatACertificateProvesHasOne(t *testing.T) {
	const config = `{"client_id": "a", "token_url": "https://idp.example/t", "client_auth": "tls_client_auth"}`
	both(t, func(t *testing.T, d drive) {
		_, err := d.Gate("oauth2", []byte(config), []byte(`{"host":"vendor.example"}`), atNoon)
		if err == nil || !strings.Contains(err.Error(), "token_client_certificate and token_client_key are required") {
			t.Errorf("without a certificate: %v", err)
		}
	})
	values := signers.Values{"client_id": {"a"}, "token_url": {"https://idp.example/t"}, "client_auth": {"tls_client_auth"}, "host": {"h"}}
	if faults := outbound.Check("oauth2", values); len(faults) != 1 || faults[0].Option != "token_client_certificate" {
		t.Errorf("check without a certificate: %v", faults)
	}
	values["token_client_certificate"], values["token_client_key"] = []string{"/run/c.pem"}, []string{"/run/k.pem"}
	if faults := outbound.Check("oauth2", values); len(faults) != 0 {
		t.Errorf("check with a certificate: %v", faults)
	}
}

func TestDeclarationsOfTokensAreRefusedWithTheReason(t *testing.T) {
	wrap := func(login string) string {
		return `{"secrets": {"p": "x"}, "operations": ["header X-Sid = [[token|reveal]]"], "login": ` + login + `}`
	}
	step := func(fields string) string { return wrap(`{"steps": [{` + fields + `}]}`) }
	tests := []struct{ name, vendor, config, want string }{
		{"no step", "login", wrap(`{"steps": []}`), "steps must be 1 to 4 requests"},
		{"five steps", "login", wrap(`{"steps": [{}, {}, {}, {}, {}]}`), "steps must be 1 to 4 requests"},
		{"nothing is taken", "login", step(`"method": "POST", "url": "https://[[host]]/"`), "no step takes the token"},
		{"an odd method", "login", step(`"method": "DELETE", "url": "https://[[host]]/", "take": ["token = body"]`), "method must be GET, POST or PUT"},
		{"plain http", "login", step(`"method": "POST", "url": "http://[[host]]/", "take": ["token = body"]`), "must begin with https://"},
		{"a host from an option", "login", step(`"method": "POST", "url": "https://[[opt.p|reveal]]/", "take": ["token = body"]`), "the host must be"},
		{"a host that is built", "login", step(`"method": "POST", "url": "https://[[host]].evil.example/", "take": ["token = body"]`), "the host must be"},
		{"a user before the host", "login", step(`"method": "POST", "url": "https://a@evil.example/", "take": ["token = body"]`), "the host must be"},
		{"a secret that is not revealed", "login", step(`"method": "POST", "url": "https://[[host]]/", "body": "[[opt.p]]", "take": ["token = body"]`), "body: would show a secret"},
		{"a secret in the address", "login", step(`"method": "POST", "url": "https://[[host]]/?[[opt.p]]", "take": ["token = body"]`), "url: would show a secret"},
		{"a client's request", "login", step(`"method": "POST", "url": "https://[[host]]/[[path]]", "take": ["token = body"]`), "there is no client request"},
		{"a template that does not close", "login", step(`"method": "POST", "url": "https://[[host]]/", "body": "[[now|unix", "take": ["token = body"]`), "not closed"},
		{"an unknown key", "login", step(`"method": "POST", "uri": "https://[[host]]/", "take": ["token = body"]`), "uri"},
		{"a take from nowhere", "login", step(`"method": "POST", "url": "https://[[host]]/", "take": ["token = xml:a"]`), "take must end in"},
		{"a take for nothing", "login", step(`"method": "POST", "url": "https://[[host]]/", "take": ["sid = body"]`), "take must begin with"},
		{"a rule that is none", "login", wrap(`{"steps": [{"method": "POST", "url": "https://[[host]]/", "take": ["token = body"]}], "refused": ["401"]}`), "refused must be of"},
		{"a lifetime that is none", "login", wrap(`{"steps": [{"method": "POST", "url": "https://[[host]]/", "take": ["token = body"]}], "idle": "soon"}`), "idle must be a duration"},
		{"a login that is no JSON", "login", `{"secrets": {"p": "x"}, "operations": ["header X = [[token|reveal]]"], "login": "{"}`, "login must be an object of JSON"},
		{"a secret too few", "oauth2", `{"client_id": "a", "token_url": "https://idp.example/t"}`, "client_secret is required with client_auth client_secret_basic"},
		{"a key too few", "oauth2", `{"client_id": "a", "token_url": "https://idp.example/t", "client_auth": "private_key_jwt"}`, "private_key is required with client_auth private_key_jwt"},
		{"a secret too many", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "client_auth": "tls_client_auth"}`, "client_secret is of no use with client_auth tls_client_auth"},
		{"a key's id with a secret", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "key_id": "k"}`, "key_id needs client_auth private_key_jwt"},
		{"an audience of no assertion", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "assertion_audience": "x"}`, "assertion_audience needs client_auth private_key_jwt"},
		{"an ID that a colon ends", "oauth2", `{"client_id": "a:b", "client_secret": "c", "token_url": "https://idp.example/t", "basic_encoding": "raw"}`, `client_id contains ":", which ends it with basic_encoding raw`},
		{"a token service over plain http", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "http://idp.example/t"}`, "token_url must begin with https://"},
		{"a parameter without a value", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "parameters": ["x"]}`, "parameters must be of the form NAME=VALUE"},
		{"a parameter that is sent already", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "parameters": ["grant_type=password"]}`, "parameters: grant_type is sent already"},
		{"an ID that the body has", "oauth2", `{"client_id": "a", "client_secret": "b", "client_auth": "client_secret_post", "token_url": "https://idp.example/t", "parameters": ["x=1", "client_id=c"]}`, "parameters: client_id is sent already"},
		{"a scope beside the scope", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "scope": "r", "parameters": ["scope=w"]}`, "parameters: scope is sent already"},
		{"a member of JSON twice", "oauth2", `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "format": "json", "parameters": ["a=1", "a=2"]}`, "parameters: an object of JSON has each name once"},
		{"a key that is none", "oauth2", `{"client_id": "a", "private_key": "canary", "token_url": "https://idp.example/t", "client_auth": "private_key_jwt"}`, "private_key must be a private key in PEM or as a JWK"},
		{"no claims", "jwt", `{"shared_secret": "s", "algorithm": "HS256"}`, "claims is required"},
		{"a claim that reads a key", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["x=[[opt.shared_secret|reveal]]"]}`, "and no other [[ ]]"},
		{"a key of another algorithm", "jwt", `{"shared_secret": "s", "claims": ["iss=a"]}`, "private_key is required with algorithm RS256"},
		{"a life that is none", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iss=a"], "expires_in": "0"}`, "expires_in must be a duration"},
		{"a life of less than a second", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iss=a"], "expires_in": "900ms"}`, "expires_in must be a duration"},
		{"an end as text", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iss=a", "exp=4102444800"]}`, "claims: exp must be [[expires]]"},
		{"an end that has come", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["exp=[[now]]"]}`, "claims: exp must be [[expires]]"},
		{"a beginning to come", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["nbf=[[expires]]"]}`, "claims: nbf must be [[now]]"},
		{"a time in a text", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iat = at [[now]]"]}`, "claims: iat must be [[now]]"},
		{"a claim twice", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["sub=a", "iss=a", "sub=b"]}`, "claims: a name is there twice"},
		{"a beginning at the end", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iss=a"], "expires_in": "1m", "backdate": "60s"}`, "jwt: backdate must be shorter than expires_in"},
		{"a beginning before the end", "jwt", `{"shared_secret": "s", "algorithm": "HS256", "claims": ["iss=a"], "expires_in": "1m", "backdate": "2m"}`, "backdate must be"},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			_, _, _, err := d.Flow(test.vendor, []byte(test.config), "vendor.example", time.Unix(1e9, 0), "")
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: the error is %v, want %q in it", test.name, err, test.want)
			}
		}
	})
}

// RFC 6749 lets a parameter come once; RFC 8707, section 2, lets resource come several times.
func TestAParameterOfTheOperatorsMayComeTwiceInAForm(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		const config = `{"client_id": "a", "client_secret": "b", "token_url": "https://idp.example/t", "parameters": ["resource=x", "resource=y", "scope=r", "client_id=a"]}`
		next, _, _, err := d.Flow("oauth2", []byte(config), "vendor.example", time.Unix(1e9, 0), "")
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, body, _, err := next(0, nil, "")
		if want := "grant_type=client_credentials&resource=x&resource=y&scope=r&client_id=a"; err != nil || body != want {
			t.Errorf("the body is %q, %v, want %q", body, err, want)
		}
	})
}
