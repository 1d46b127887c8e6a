package vendorsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oauthFile is a token by the client credentials of OAuth 2.0 (RFC 6749, 4.4), or by a JWT (RFC 7523, 2.1), as a preset declares it.
type oauthFile struct {
	TokenURL          string   `json:"token_url"`
	ClientAuth        string   `json:"client_auth"`
	Scope             string   `json:"scope"`
	Audience          string   `json:"audience"`
	Parameters        []string `json:"parameters"`
	Headers           []string `json:"headers"`
	Format            string   `json:"format"`
	BasicEncoding     string   `json:"basic_encoding"`
	ClientID          string   `json:"client_id"`
	ClientSecret      string   `json:"client_secret"`
	PrivateKey        string   `json:"private_key"`
	KeyID             string   `json:"key_id"`
	Certificate       string   `json:"certificate"`
	Algorithm         string   `json:"algorithm"`
	AssertionAudience string   `json:"assertion_audience"`
	Take              []string `json:"take"`
}

// oauthWay is such a token as its endpoint judges requests. The operations of parameters have a text for each parameter that a
// request must have; what is empty must be missing.
type oauthWay struct {
	file       oauthFile
	request    *PresetFile
	parameters *PresetFile
	assertion  *jwtWay // of private_key_jwt
	takes      []take
	trades     bool // it takes the JWT of the declaration
}

// The grants and the kind of assertion that an endpoint knows (RFC 6749, 4.4.2; RFC 7523, 2.1 and 2.2).
const (
	grantClient   = "client_credentials"
	grantBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// maxAssertionLife is how far in the future an assertion may expire: an hour, as Okta has it ("Build a JWT with a private key").
const maxAssertionLife = time.Hour

func readOAuthWay(p *PresetFile, f *oauthFile, trades bool) (*oauthWay, error) {
	w := &oauthWay{file: *f, trades: trades}
	for _, d := range []struct {
		field *string
		value string
	}{
		{&w.file.ClientAuth, "client_secret_basic"}, {&w.file.Format, "form"}, {&w.file.BasicEncoding, "form"},
		{&w.file.ClientID, "client_id"}, {&w.file.ClientSecret, "client_secret"}, {&w.file.PrivateKey, "private_key"},
		{&w.file.KeyID, "key_id"}, {&w.file.AssertionAudience, f.TokenURL},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	switch {
	case f.TokenURL == "":
		return nil, errors.New("oauth2: token_url is required")
	case !slices.Contains([]string{"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"},
		w.file.ClientAuth):
		return nil, errors.New("oauth2: client_auth is none that there is")
	case w.file.Format != "form" && w.file.Format != "json":
		return nil, errors.New("oauth2: format must be form or json")
	}
	texts := []textPart{{"scope", f.Scope}, {"audience", f.Audience}}
	for _, parameter := range f.Parameters {
		name, value, found := strings.Cut(parameter, "=")
		if name = strings.TrimSuffix(strings.TrimSpace(name), "?"); !found || name == "" {
			return nil, errors.New("oauth2: parameters must be of the form NAME=TEXT")
		}
		texts = append(texts, textPart{name, value})
	}
	var err error
	if w.parameters, err = readRequest(p, nil, texts, false); err != nil {
		return nil, fmt.Errorf("oauth2: %w", err)
	}
	if w.request, err = readRequest(p, f.Headers, []textPart{{"address", f.TokenURL}}, trades); err != nil {
		return nil, fmt.Errorf("oauth2: %w", err)
	}
	if w.file.ClientAuth == "private_key_jwt" {
		if trades {
			return nil, errors.New("oauth2: private_key_jwt makes a JWT of its own")
		}
		id := "[[opt." + w.file.ClientID + "]]"
		if w.assertion, err = readJWTWay(p, &jwtFile{Algorithm: f.Algorithm, Key: w.file.PrivateKey, Certificate: f.Certificate,
			KeyID: strings.TrimPrefix(w.file.KeyID, "-"), Claims: []string{"iss = " + id, "sub = " + id,
				"aud = " + w.file.AssertionAudience, "exp = [[expires]]", "jti = [[nonce]]"}}); err != nil {
			return nil, fmt.Errorf("oauth2: %w", err)
		}
		w.assertion.life = maxAssertionLife
	}
	take := f.Take
	if len(take) == 0 {
		take = []string{"token = json:access_token", "expires_in = json:expires_in"}
	}
	if w.takes, err = readTakes(take); err == nil && !takesToken(w.takes) {
		err = errors.New("oauth2: nothing takes the token")
	}
	return w, err
}

// oauthEndpoint is a token endpoint that is bound to options.
type oauthEndpoint struct {
	*oauthWay
	at        *endpoint
	options   map[string]string
	assertion *boundJWT // of the client; nil: none
	jwt       *boundJWT // that is traded; nil: none
}

// oauthFailure is an error of RFC 6749, 5.2.
type oauthFailure struct{ code, reason string }

// judge says what is wrong with a token request; nil is nothing.
func (o *oauthEndpoint) judge(r *Request, now time.Time) *oauthFailure {
	if _, reason := o.at.judge.verdict(o.at.request(r), now); reason != "" {
		code := "invalid_request"
		if strings.Contains(strings.ToLower(reason), "authorization") {
			code = "invalid_client"
		}
		return &oauthFailure{code, reason}
	}
	parameters, failure := o.parse(r)
	if failure == nil {
		failure = o.client(r, parameters, now)
	}
	if failure == nil {
		failure = o.grant(r, parameters, now)
	}
	if failure == nil {
		failure = o.rest(r, parameters, now)
	}
	return failure
}

// parse reads the body. A parameter must not occur twice (RFC 6749, 3.2).
func (o *oauthEndpoint) parse(r *Request) (map[string]string, *oauthFailure) {
	parameters := map[string]string{}
	if o.file.Format == "json" {
		var raw map[string]any
		if !strings.HasPrefix(header(r.Header, "Content-Type"), "application/json") || json.Unmarshal(r.Body, &raw) != nil {
			return nil, &oauthFailure{"invalid_request", "the body is no object of JSON, or its Content-Type is another one"}
		}
		for name, value := range raw {
			text, ok := value.(string)
			if !ok {
				return nil, &oauthFailure{"invalid_request", "the parameter " + strconv.Quote(name) + " is no text"}
			}
			parameters[name] = text
		}
		return parameters, nil
	}
	if !isForm(r.Header) {
		return nil, &oauthFailure{"invalid_request", "the body is not a form"}
	}
	for _, p := range formPairs(string(r.Body)) {
		if _, twice := parameters[p.key]; twice {
			return nil, &oauthFailure{"invalid_request", "the parameter " + strconv.Quote(p.key) + " occurs twice"}
		}
		parameters[p.key] = p.value
	}
	return parameters, nil
}

// client judges how the client proves who it is.
func (o *oauthEndpoint) client(r *Request, parameters map[string]string, now time.Time) *oauthFailure {
	id, secret := o.options[o.file.ClientID], o.options[o.file.ClientSecret]
	_, posted := parameters["client_secret"]
	_, asserted := parameters["client_assertion"]
	inHeader := hasHeader(r.Header, "Authorization")
	wrong := &oauthFailure{"invalid_client", "the client's id or its secret is wrong"}
	if inHeader && (posted || asserted) || posted && asserted {
		return &oauthFailure{"invalid_request", "the client proves who it is in more than one way"}
	}
	switch o.file.ClientAuth {
	case "client_secret_basic":
		user, password, ok := basicAuth(header(r.Header, "Authorization"))
		if !ok {
			return &oauthFailure{"invalid_client", "the header Authorization with Basic id:secret is missing or unreadable"}
		}
		if o.file.BasicEncoding == "form" {
			user, password = formDecode(user), formDecode(password)
		}
		if known := same(user, id); !same(password, secret) || !known {
			return wrong
		}
		return nil
	case "client_secret_post":
		if known := same(parameters["client_id"], id); !same(parameters["client_secret"], secret) || !known {
			return wrong
		}
	case "private_key_jwt":
		if named, ok := parameters["client_id"]; ok && !same(named, id) {
			return wrong
		}
		if parameters["client_assertion_type"] != assertionType {
			return &oauthFailure{"invalid_client", "client_assertion_type is missing or another one"}
		}
		if reason := o.assertion.verify(parameters["client_assertion"], r, now); reason != "" {
			return &oauthFailure{"invalid_client", "the client's assertion: " + reason}
		}
	case "tls_client_auth": // the certificate is the TLS server's affair
		if !same(parameters["client_id"], id) {
			return &oauthFailure{"invalid_client", "the client's id is missing or wrong"}
		}
	}
	return nil
}

func (o *oauthEndpoint) grant(r *Request, parameters map[string]string, now time.Time) *oauthFailure {
	want := grantClient
	if o.jwt != nil {
		want = grantBearer
	}
	switch parameters["grant_type"] {
	case "":
		return &oauthFailure{"invalid_request", "grant_type is missing"}
	case want:
	default:
		return &oauthFailure{"unsupported_grant_type", "grant_type is not " + want}
	}
	if o.jwt == nil {
		return nil
	}
	if reason := o.jwt.verify(parameters["assertion"], r, now); reason != "" {
		return &oauthFailure{"invalid_grant", "the assertion: " + reason}
	}
	return nil
}

// rest judges the parameters that the preset declares, scope and audience among them.
func (o *oauthEndpoint) rest(r *Request, parameters map[string]string, now time.Time) *oauthFailure {
	s, err := newRun(o.oauthWay.parameters, o.options, r, now, "").all(nil)
	if err != nil {
		return &oauthFailure{"invalid_request", "the parameters cannot be computed: " + err.Error()}
	}
	for _, operation := range o.oauthWay.parameters.operations {
		name := operation.name
		got, want := parameters[name], s.texts[name]
		switch {
		case name == "scope" && !sameWords(got, want):
			return &oauthFailure{"invalid_scope", "the scope is not that of the preset"}
		case name != "scope" && !same(got, want):
			return &oauthFailure{"invalid_request", "the parameter " + name + " is missing, or not that of the preset"}
		}
	}
	return nil
}

// sameWords compares scopes, whose order means nothing (RFC 6749, 3.3).
func sameWords(a, b string) bool {
	one, other := strings.Fields(a), strings.Fields(b)
	slices.Sort(one)
	slices.Sort(other)
	return slices.Equal(one, other)
}

// refuse answers as RFC 6749, 5.2, has it.
func (f *oauthFailure) refuse(r *Request) *Answer {
	status := http.StatusBadRequest
	if f.code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	a := newAnswer(status, f.reason, map[string]any{"error": f.code, "error_description": f.reason})
	a.Header.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized && hasHeader(r.Header, "Authorization") {
		a.Header.Set("Www-Authenticate", "Basic")
	}
	return a
}
