package vendorsim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// tokenPreset is a preset file with a token that X-Token sends, and options that are secret if their name begins with secret.
func tokenPreset(token string, options ...string) []byte {
	var list []map[string]any
	for _, o := range options {
		name, optional := strings.CutSuffix(o, "?")
		list = append(list, map[string]any{"name": name, "secret": strings.HasPrefix(name, "secret"), "required": !optional,
			"lines": strings.Contains(name, "key"), "list": name == "scope"})
	}
	data, _ := json.Marshal(map[string]any{"preset": 1, "name": "acme", "options": list, "token": json.RawMessage(token),
		"operations": []string{"header Authorization = Bearer [[token|reveal]]"},
		"refusals":   []map[string]any{{"status": 401, "contains": "bad token", "means": "unclear"}}})
	return data
}

// tokenSim is a simulator of a preset, and a clock that tests set.
type tokenSim struct {
	*Simulator
	t   *testing.T
	now time.Time
}

func newTokenSim(t *testing.T, preset []byte, ttl time.Duration, credential map[string]string) *tokenSim {
	t.Helper()
	s := &tokenSim{t: t, now: time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC)}
	var err error
	s.Simulator, err = NewPreset(preset, Config{Credential: credential, TokenTTL: ttl, Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request; headers are NAME: VALUE.
func (s *tokenSim) ask(method, target, body string, headers ...string) *Answer {
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return s.Check(&Request{Method: method, Host: "vendor.example", Target: target, Header: h, Body: []byte(body)})
}

// token is what an answer of a token endpoint hands out.
func (s *tokenSim) token(a *Answer) string {
	s.t.Helper()
	var body struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || a.Status != 200 || body.Token == "" {
		s.t.Fatalf("no token: %d %s, %s", a.Status, a.Body, a.Reason)
	}
	return body.Token
}

func (s *tokenSim) want(name string, a *Answer, status int, part string) {
	s.t.Helper()
	if a.Status != status || !strings.Contains(string(a.Body)+a.Reason, part) {
		s.t.Errorf("%s: %d %s(%s), want %d with %q", name, a.Status, a.Body, a.Reason, status, part)
	}
}

const form = "Content-Type: application/x-www-form-urlencoded"

func basic(id, secret string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestATokenEndpointTakesTheCredentialAsThePresetDeclares(t *testing.T) {
	credential := map[string]string{"client_id": "a b", "secret": "s:+/"}
	declare := func(rest string) string {
		return `{"oauth2": {"token_url": "https://[[host]]/oauth2/token", "client_secret": "secret"` + rest + `}}`
	}
	tests := []struct {
		name, token, body string
		headers           []string
		status            int
		want              string
	}{
		{"basic, form-encoded", declare(""), "grant_type=client_credentials", []string{form, basic("a+b", "s%3A%2B%2F")}, 200, ""},
		{"basic, %20 for a blank", declare(""), "grant_type=client_credentials", []string{form, basic("a%20b", "s%3a%2b%2f")}, 200, ""},
		{"basic, not encoded", declare(""), "grant_type=client_credentials", []string{form, basic("a b", "s:+/")}, 401, `"invalid_client"`},
		{"basic, raw", declare(`, "basic_encoding": "raw"`), "grant_type=client_credentials", []string{form, basic("a b", "s:+/")}, 200, ""},
		{"basic, a wrong secret", declare(""), "grant_type=client_credentials", []string{form, basic("a+b", "S")}, 401, `"invalid_client"`},
		{"basic, id and secret swapped", declare(""), "grant_type=client_credentials", []string{form, basic("s%3A%2B%2F", "a+b")}, 401, `"invalid_client"`},
		{"basic, in the body", declare(""), "grant_type=client_credentials&client_id=a+b&client_secret=s%3A%2B%2F", []string{form}, 401, `"invalid_client"`},
		{"basic and in the body", declare(""), "grant_type=client_credentials&client_id=a+b&client_secret=s%3A%2B%2F",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_request"`},
		{"post", declare(`, "client_auth": "client_secret_post"`), "client_secret=s%3A%2B%2F&client_id=a+b&grant_type=client_credentials", []string{form}, 200, ""},
		{"post, a wrong id", declare(`, "client_auth": "client_secret_post"`), "grant_type=client_credentials&client_id=a&client_secret=s%3A%2B%2F",
			[]string{form}, 401, `"invalid_client"`},
		{"post, JSON", declare(`, "client_auth": "client_secret_post", "format": "json"`),
			`{"grant_type": "client_credentials", "client_id": "a b", "client_secret": "s:+/"}`, []string{"Content-Type: application/json"}, 200, ""},
		{"post, a form where JSON is wanted", declare(`, "client_auth": "client_secret_post", "format": "json"`),
			"grant_type=client_credentials&client_id=a+b&client_secret=s%3A%2B%2F", []string{form}, 400, `"invalid_request"`},
		{"no form", declare(""), "grant_type=client_credentials", []string{basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_request"`},
		{"no grant", declare(""), "", []string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_request"`},
		{"another grant", declare(""), "grant_type=password", []string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"unsupported_grant_type"`},
		{"a parameter twice", declare(""), "grant_type=client_credentials&grant_type=client_credentials",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_request"`},
		{"a certificate", declare(`, "client_auth": "tls_client_auth"`), "grant_type=client_credentials&client_id=a+b", []string{form}, 200, ""},
		{"a certificate, another client", declare(`, "client_auth": "tls_client_auth"`), "grant_type=client_credentials&client_id=b",
			[]string{form}, 401, `"invalid_client"`},
		{"a scope in another order", declare(`, "scope": "read write"`), "grant_type=client_credentials&scope=write+read",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 200, ""},
		{"a scope too few", declare(`, "scope": "read write"`), "grant_type=client_credentials&scope=read",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_scope"`},
		{"a scope too many", declare(""), "grant_type=client_credentials&scope=read", []string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_scope"`},
		{"an audience", declare(`, "audience": "api"`), "grant_type=client_credentials&audience=api", []string{form, basic("a+b", "s%3A%2B%2F")}, 200, ""},
		{"no audience", declare(`, "audience": "api"`), "grant_type=client_credentials", []string{form, basic("a+b", "s%3A%2B%2F")}, 400, "the parameter audience"},
		{"a parameter", declare(`, "parameters": ["org = x[[opt.client_id]]"]`), "grant_type=client_credentials&org=xa+b",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 200, ""},
		{"a parameter that is another", declare(`, "parameters": ["org = x[[opt.client_id]]"]`), "grant_type=client_credentials&org=x",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 400, "the parameter org"},
		{"a header", declare(`, "headers": ["header X-Key = [[opt.secret|reveal]]"]`), "grant_type=client_credentials",
			[]string{form, basic("a+b", "s%3A%2B%2F"), "X-Key: s:+/"}, 200, ""},
		{"a header that is missing", declare(`, "headers": ["header X-Key = [[opt.secret|reveal]]"]`), "grant_type=client_credentials",
			[]string{form, basic("a+b", "s%3A%2B%2F")}, 400, `"invalid_request"`},
	}
	for _, test := range tests {
		s := newTokenSim(t, tokenPreset(test.token, "client_id", "secret"), 0, credential)
		a := s.ask("POST", "/oauth2/token", test.body, test.headers...)
		s.want(test.name, a, test.status, test.want)
		if strings.Contains(a.Reason, "s:+/") {
			t.Errorf("%s: the reason shows the secret", test.name)
		}
		if test.status != 200 {
			continue
		}
		s.want(test.name+", used", s.ask("GET", "/v1/x", "", "Authorization: Bearer "+s.token(a)), 200, "simulated")
	}
}

func TestOnlyATokenThatWasIssuedAndLivesIsTaken(t *testing.T) {
	s := newTokenSim(t, tokenPreset(`{"oauth2": {"token_url": "https://login.example/[[opt.client_id]]/token", "client_secret": "secret"}}`,
		"client_id", "secret"), 3*time.Second, map[string]string{"client_id": "id", "secret": "geheim"})
	a := s.ask("POST", "/id/token", "grant_type=client_credentials", form, basic("id", "geheim"))
	if !strings.Contains(string(a.Body), `"expires_in":3`) {
		t.Errorf("the answer says %s", a.Body)
	}
	token := s.token(a)
	s.want("no token", s.ask("GET", "/v1/x", ""), 401, "is missing")
	s.want("another token", s.ask("GET", "/v1/x", "", "Authorization: Bearer simulated-X"), 401, "not issued here")
	s.want("another scheme", s.ask("GET", "/v1/x", "", "Authorization: Token "+token), 401, "bad token")
	s.want("a prefix of the token", s.ask("GET", "/v1/x", "", "Authorization: Bearer "+token[:20]), 401, "not issued here")
	s.now = s.now.Add(2 * time.Second)
	s.want("alive", s.ask("GET", "/v1/x", "", "Authorization: Bearer "+token), 200, "simulated")
	s.now = s.now.Add(time.Second)
	s.want("expired", s.ask("GET", "/v1/x", "", "Authorization: Bearer "+token), 401, "has expired")
	s.want("a path that is near", s.ask("POST", "/id/tokens", "grant_type=client_credentials", form, basic("id", "geheim")), 401, "bad token")
	if a := s.ask("POST", "/id/token", "grant_type=client_credentials", form, basic("id", "geheim")); len(a.Leaks) != 0 {
		t.Errorf("the client's own credential counts as a leak: %v", a.Leaks)
	}
}

func testKey(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func signRS256(key, header, claims string) string {
	text := part(header) + "." + part(claims)
	signature, err := signWith("rsa_sha256", key, text)
	if err != nil {
		panic(err)
	}
	return text + "." + part(signature)
}

func TestAnAssertionIsVerified(t *testing.T) {
	_, key := testKey(t)
	_, other := testKey(t)
	now := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC).Unix()
	claims := func(iss, sub, aud string, exp int64, jti string) string {
		return fmt.Sprintf(`{"iss":"%s","sub":"%s","aud":"%s","iat":%d,"exp":%d,"jti":"%s"}`, iss, sub, aud, now, exp, jti)
	}
	aud := "https://vendor.example/token"
	tests := []struct {
		name, key, header, claims string
		status                    int
		want                      string
	}{
		{"a right one", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", aud, now+300, "1"), 200, ""},
		{"a list of one audience", key, `{"alg":"RS256","kid":"k1"}`, strings.Replace(claims("id", "id", aud, now+300, "1"), `"`+aud+`"`, `["`+aud+`"]`, 1), 200, ""},
		{"another key", other, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", aud, now+300, "1"), 401, "its signature is wrong"},
		{"another key's id", key, `{"alg":"RS256","kid":"k2"}`, claims("id", "id", aud, now+300, "1"), 401, "its key id"},
		{"no algorithm", key, `{"alg":"none","kid":"k1"}`, claims("id", "id", aud, now+300, "1"), 401, "its algorithm"},
		{"another issuer", key, `{"alg":"RS256","kid":"k1"}`, claims("x", "id", aud, now+300, "1"), 401, "its claim iss"},
		{"another subject", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "x", aud, now+300, "1"), 401, "its claim sub"},
		{"another audience", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", "https://vendor.example", now+300, "1"), 401, "its claim aud"},
		{"expired", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", aud, now, "1"), 401, "it has expired"},
		{"for a day", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", aud, now+86400, "1"), 401, "too far in the future"},
		{"no jti", key, `{"alg":"RS256","kid":"k1"}`, claims("id", "id", aud, now+300, ""), 401, "its claim jti"},
		{"no exp", key, `{"alg":"RS256","kid":"k1"}`, `{"iss":"id","sub":"id","aud":"` + aud + `","jti":"1"}`, 401, "exp is no time"},
		{"from the future", key, `{"alg":"RS256","kid":"k1"}`, strings.Replace(claims("id", "id", aud, now+300, "1"),
			fmt.Sprint(`"iat":`, now), fmt.Sprint(`"iat":`, now+120), 1), 401, "iat is in the future"},
	}
	preset := tokenPreset(`{"oauth2": {"token_url": "https://[[host]]/token", "client_auth": "private_key_jwt", "private_key": "secret_key"}}`,
		"client_id", "secret_key", "key_id?")
	for _, test := range tests {
		s := newTokenSim(t, preset, 0, map[string]string{"client_id": "id", "secret_key": key, "key_id": "k1"})
		body := "grant_type=client_credentials&client_id=id&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer" +
			"&client_assertion=" + signRS256(test.key, test.header, test.claims)
		s.want(test.name, s.ask("POST", "/token", body, form), test.status, test.want)
		if test.status == 200 {
			s.want(test.name+", again", s.ask("POST", "/token", body, form), 401, "it was used before")
		}
	}
}

func TestAJWTIsTraded(t *testing.T) {
	_, key := testKey(t)
	now := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC).Unix()
	s := newTokenSim(t, tokenPreset(`{"jwt": {"key": "secret_key", "expires_in": "1h", "claims": ["iss = [[opt.client_id]]", "iat = [[now]]",
		"exp = [[expires]]"]}, "oauth2": {"token_url": "https://oauth2.example/token", "client_auth": "none"}}`, "client_id", "secret_key"), 0,
		map[string]string{"client_id": "id", "secret_key": key})
	ask := func(grant, iss string) *Answer {
		return s.ask("POST", "/token", "grant_type="+grant+"&assertion="+signRS256(key, `{"alg":"RS256","typ":"JWT"}`,
			fmt.Sprintf(`{"iss":"%s","iat":%d,"exp":%d}`, iss, now, now+3600)), form)
	}
	const bearer = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
	s.want("another issuer", ask(bearer, "other"), 400, `"invalid_grant"`)
	s.want("another grant", ask("client_credentials", "id"), 400, `"unsupported_grant_type"`)
	s.want("used", s.ask("GET", "/x", "", "Authorization: Bearer "+s.token(ask(bearer, "id"))), 200, "simulated")
}

func TestAJWTThatIsTheTokenIsVerified(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 30, 15, 0, time.UTC).Unix()
	sign := func(secret, claims string) string {
		text := part(`{"alg":"HS256"}`) + "." + part(claims)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		return "Authorization: Bearer " + text + "." + part(string(mac.Sum(nil)))
	}
	preset := tokenPreset(`{"jwt": {"algorithm": "HS256", "key": "secret", "expires_in": "10m", "claims": ["iss = [[opt.client_id]]", "iat = [[now]]",
		"exp = [[expires]]", "jti = [[nonce]]"]}}`, "client_id", "secret")
	s := newTokenSim(t, preset, 0, map[string]string{"client_id": "id", "secret": "geheim"})
	right := fmt.Sprintf(`{"iss":"id","iat":%d,"exp":%d,"jti":"1"}`, now, now+600)
	for range 2 {
		s.want("a right one", s.ask("GET", "/x", "", sign("geheim", right)), 200, "simulated")
	}
	s.want("another secret", s.ask("GET", "/x", "", sign("other", right)), 401, "its signature is wrong")
	s.want("another issuer", s.ask("GET", "/x", "", sign("geheim", strings.Replace(right, "id", "di", 1))), 401, "its claim iss")
	s.want("no JWT", s.ask("GET", "/x", "", "Authorization: Bearer abc"), 401, "no JWT")
	s.now = s.now.Add(10 * time.Minute)
	s.want("expired", s.ask("GET", "/x", "", sign("geheim", right)), 401, "it has expired")
}

const twoSteps = `{"login": {"steps": [
	{"method": "POST", "url": "https://[[host]]/login?v=1", "operations": ["header Content-Type = application/json", "let ms = [[now|unix_ms]]"],
	 "body": "{\"user\":[[opt.user|json]],\"password\":[[opt.secret|json|reveal]],\"at\":\"[[ms]]\"}",
	 "take": ["token = json:a.b", "more.cookie = cookie:SID", "expires_in = json:life"]},
	{"method": "GET", "url": "https://[[host]]/whoami", "operations": ["header Cookie = SID=[[token.cookie|reveal]]", "header X-Token = [[token|reveal]]"],
	 "take": ["more.org = header:X-Org"]}],
	"idle": "5m", "lifetime": "10m", "refused": ["status 440", "body session over"],
	"logout": {"method": "DELETE", "url": "https://[[host]]/login/[[token|urlencode|reveal]]"}}}`

func TestALoginOfTwoStepsIsPlayed(t *testing.T) {
	preset := []byte(strings.Replace(string(tokenPreset(twoSteps, "user", "secret")), `"header Authorization = Bearer [[token|reveal]]"`,
		`"header X-Token = [[token|reveal]]", "header X-Org = [[token.org|reveal]]"`, 1))
	s := newTokenSim(t, preset, 0, map[string]string{"user": "u", "secret": "geheim"})
	login := func(password string, at time.Time) *Answer {
		return s.ask("POST", "/login?v=1", fmt.Sprintf(`{ "password":"%s","at":"%d","user":"u" }`, password, at.UnixMilli()), "Content-Type: application/json")
	}
	s.want("a wrong password", login("other", s.now), 401, "body")
	s.want("too old", login("geheim", s.now.Add(-time.Hour)), 401, "")
	a := login("geheim", s.now)
	var body struct {
		A    struct{ B string }
		Life int
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || body.A.B == "" || body.Life != 600 {
		t.Fatalf("the first step: %d %s %s", a.Status, a.Body, a.Reason)
	}
	token, cookie := body.A.B, (&http.Response{Header: a.Header}).Cookies()[0].Value
	s.want("half a session", s.ask("GET", "/x", "", "X-Token: "+token, "X-Org: "), 440, "session over")
	s.want("another cookie", s.ask("GET", "/whoami", "", "X-Token: "+token, "Cookie: SID=1"), 401, "")
	a = s.ask("GET", "/whoami", "", "X-Token: "+token, "Cookie: SID="+cookie)
	org := a.Header.Get("X-Org")
	if org == "" {
		t.Fatalf("the second step: %d %s %s", a.Status, a.Body, a.Reason)
	}
	use := func() *Answer { return s.ask("GET", "/x", "", "X-Token: "+token, "X-Org: "+org) }
	s.want("used", use(), 200, "simulated")
	s.want("another organisation", s.ask("GET", "/x", "", "X-Token: "+token, "X-Org: 1"), 401, "bad token")
	s.now = s.now.Add(4 * time.Minute)
	s.want("used after four minutes", use(), 200, "simulated")
	s.now = s.now.Add(4 * time.Minute)
	s.want("used after four more", use(), 200, "simulated")
	s.want("logged out", s.ask("DELETE", "/login/"+token, ""), 200, "")
	s.want("used after the logout", use(), 440, "session over")

	var other struct{ A struct{ B string } }
	a = login("geheim", s.now)
	if err := json.Unmarshal(a.Body, &other); err != nil {
		t.Fatal(err)
	}
	a = s.ask("GET", "/whoami", "", "X-Token: "+other.A.B, "Cookie: SID="+(&http.Response{Header: a.Header}).Cookies()[0].Value)
	token, org = other.A.B, a.Header.Get("X-Org")
	s.want("a second login", use(), 200, "simulated")
	s.now = s.now.Add(5 * time.Minute)
	s.want("idle", use(), 440, "session over")
}

func TestTokensComeWhereTakesLookForThem(t *testing.T) {
	for _, c := range []struct {
		take string
		read func(a *Answer) string
	}{
		{"token = body", func(a *Answer) string { return string(a.Body) }},
		{"token = json:", func(a *Answer) (text string) { _ = json.Unmarshal(a.Body, &text); return text }},
		{"token = header:X-Auth", func(a *Answer) string { return a.Header.Get("X-Auth") }},
		{"token = cookie:JSESSIONID", func(a *Answer) string { return (&http.Response{Header: a.Header}).Cookies()[0].Value }},
	} {
		s := newTokenSim(t, tokenPreset(`{"login": {"steps": [{"method": "POST", "url": "https://[[host]]/login", "body": "[[opt.secret|reveal]]", "take": ["`+
			c.take+`"]}]}}`, "secret"), 0, map[string]string{"secret": "geheim"})
		s.want(c.take, s.ask("GET", "/x", "", "Authorization: Bearer "+c.read(s.ask("POST", "/login", "geheim"))), 200, "simulated")
	}
}

func TestALoginFormAnswersWithARedirect(t *testing.T) {
	s := newTokenSim(t, tokenPreset(`{"login": {"steps": [{"method": "POST", "url": "https://[[host]]/login", "body": "p=[[opt.secret|form|reveal]]",
		"moved": "error", "take": ["token = cookie:SID"]}]}}`, "secret"), 0, map[string]string{"secret": "a b"})
	a := s.ask("POST", "/login", "p=wrong")
	if a.Status != 302 || !strings.Contains(a.Header.Get("Location"), "error") || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong password: %d %v", a.Status, a.Header)
	}
	a = s.ask("POST", "/login", "p=a+b")
	if a.Status != 302 || strings.Contains(a.Header.Get("Location"), "error") {
		t.Fatalf("a right one: %d %v", a.Status, a.Header)
	}
	s.want("used", s.ask("GET", "/x", "", "Authorization: Bearer "+(&http.Response{Header: a.Header}).Cookies()[0].Value), 200, "simulated")
}

func TestTheSchemesForAnyVendorAreSimulated(t *testing.T) {
	values := map[string]string{"token_url": "https://idp.example/t?x=1", "client_id": "id", "client_secret": "s", "client_auth": "client_secret_post",
		"parameters": "org=a'b|c,x=[[y]]", "scope": "read,write"}
	preset, err := GenericPreset("oauth2", values)
	if err != nil {
		t.Fatal(err)
	}
	s := newTokenSim(t, preset, 0, values)
	a := s.ask("POST", "/t?x=1", "grant_type=client_credentials&client_id=id&client_secret=s&scope=read+write&org=a%27b%7Cc&x=%5B%5By%5D%5D", form)
	s.want("oauth2", s.ask("GET", "/x", "", "Authorization: Bearer "+s.token(a)), 200, "simulated")

	values = map[string]string{"algorithm": "RS256", "claims": "iss=a'b,iat=[[now]],exp=[[expires]],jti=n-[[nonce]]", "token_prefix": "JWT"}
	_, values["private_key"] = testKey(t)
	if preset, err = GenericPreset("jwt", values); err != nil {
		t.Fatal(err)
	}
	s = newTokenSim(t, preset, 0, values)
	claims := fmt.Sprintf(`{"iss":"a'b","iat":%d,"exp":%d,"jti":"n-1"}`, s.now.Unix(), s.now.Unix()+3600)
	s.want("jwt", s.ask("GET", "/x", "", "Authorization: JWT "+signRS256(values["private_key"], `{"alg":"RS256"}`, claims)), 200, "simulated")

	if _, err := GenericPreset("duo", nil); err == nil || err.Error() != `no scheme "duo"; there are jwt, oauth2` {
		t.Errorf("another scheme: %v", err)
	}
}

func TestOfSeveralWaysTheFirstThatIsSetCounts(t *testing.T) {
	preset := tokenPreset(`[{"when": "secret_key", "oauth2": {"token_url": "https://[[host]]/one", "client_auth": "private_key_jwt", "private_key": "secret_key"}},
		{"when": "secret", "oauth2": {"token_url": "https://[[host]]/two", "client_secret": "secret"}}]`, "client_id", "secret?", "secret_key?", "key_id?")
	s := newTokenSim(t, preset, 0, map[string]string{"client_id": "id", "secret": "geheim"})
	s.token(s.ask("POST", "/two", "grant_type=client_credentials", form, basic("id", "geheim")))
	s.want("the other way", s.ask("POST", "/one", "grant_type=client_credentials", form), 401, "bad token")
	if _, err := NewPreset(preset, Config{Credential: map[string]string{"client_id": "id"}}); err == nil || err.Error() != "acme: secret is required" {
		t.Errorf("without a secret: %v", err)
	}
}

func TestASlipInADeclarationOfATokenIsAnError(t *testing.T) {
	step := func(fields string) string { return `{"login": {"steps": [{` + fields + `}]}}` }
	for _, c := range []struct{ name, token, want string }{
		{"nothing", `{}`, "oauth2, login or jwt"},
		{"an unknown key", `{"oauth3": {}}`, "oauth3"},
		{"two ways in one", `{"oauth2": {"token_url": "https://a/"}, "login": {"steps": []}}`, "cannot be used together"},
		{"an entry that hides others", `[{"jwt": {"claims": ["a = b"], "key": "secret"}}, {"when": "secret", "jwt": {"claims": ["a = b"], "key": "secret"}}]`, "hides"},
		{"an unknown option", `{"oauth2": {"token_url": "https://[[opt.x]]/"}}`, "unknown option x"},
		{"an unknown way to prove who it is", `{"oauth2": {"token_url": "https://a/", "client_auth": "x"}}`, "client_auth"},
		{"no step", `{"login": {"steps": []}}`, "1 to 4"},
		{"nothing taken", step(`"method": "POST", "url": "https://a/"`), "no step takes the token"},
		{"a take that is none", step(`"method": "POST", "url": "https://a/", "take": ["token = xml:a"]`), "take:"},
		{"a secret that is not revealed", step(`"method": "POST", "url": "https://a/", "body": "[[opt.secret]]", "take": ["token = body"]`), "would show a secret"},
		{"a client's request", step(`"method": "POST", "url": "https://a/[[path]]", "take": ["token = body"]`), "there is no client's request"},
		{"a query", step(`"method": "POST", "url": "https://a/", "operations": ["query a = b"], "take": ["token = body"]`), "takes let and header"},
		{"an algorithm that is none", `{"jwt": {"algorithm": "none", "claims": ["a = b"], "key": "secret"}}`, "algorithm"},
		{"no claims", `{"jwt": {"key": "secret"}}`, "claims"},
	} {
		if _, err := ReadPreset(tokenPreset(c.token, "secret")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
}
