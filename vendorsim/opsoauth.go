package vendorsim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// oauthFile is a token by the client credentials of OAuth 2.0 (RFC 6749, 4.4), or by a JWT (RFC 7523, 2.1), as a preset
// declares it. TokenURL, Scope, Audience and the values of Parameters are templates; ClientID to Certificate are names of
// options.
//
//	{"token_url": "https://login.acme.example/token", "client_auth": "client_secret_post", "scope": "[[opt.scope]]"}
//	  -> POST /token, with grant_type=client_credentials&client_id=...&client_secret=...&scope=...
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
}

// The grants and the kind of assertion that an endpoint knows (RFC 6749, 4.4.2; RFC 7523, 2.1 and 2.2).
const (
	grantClient   = "client_credentials"
	grantBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// maxAssertionLife is how far in the future an assertion may expire: an hour, as Okta has it ("Build a JWT with a private key").
const maxAssertionLife = time.Hour

// readOAuthWay checks the declaration of a token by OAuth 2.0 and fills in its defaults. trades says that the grant is a JWT.
// What it returns judges requests of the client that the declaration describes, and of no other.
func readOAuthWay(p *PresetFile, f *oauthFile, trades bool) (*oauthWay, error) {
	w := &oauthWay{file: *f}
	// The defaults of docs/operations.md, and those of RFC 6749: Basic, and a form.
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
		return nil, errors.New("oauth2: client_auth is unknown")
	case w.file.Format != "form" && w.file.Format != "json":
		return nil, errors.New("oauth2: format must be form or json")
	}
	texts := []textPart{{"scope", f.Scope}, {"audience", f.Audience}}
	// A NAME? is left out by a gateway if its text is empty; an empty one must be missing here in any case.
	for _, parameter := range f.Parameters {
		name, value, found := strings.Cut(parameter, "=")
		if name = strings.TrimSuffix(strings.TrimSpace(name), "?"); !found || name == "" {
			return nil, errors.New("oauth2: parameters must be of the form NAME=TEXT")
		}
		texts = append(texts, textPart{name, value})
	}
	var err error
	// Parameters and address are programs of their own, since they have other values than headers.
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
		// iss and sub are the client's id, aud the token endpoint, and jti is good once: RFC 7523, section 3, and
		// OpenID Connect Core, section 9.
		id := "[[opt." + w.file.ClientID + "]]"
		if w.assertion, err = readJWTWay(p, &jwtFile{Algorithm: f.Algorithm, Key: w.file.PrivateKey, Certificate: f.Certificate,
			KeyID: strings.TrimPrefix(w.file.KeyID, "-"), Claims: []string{"iss = " + id, "sub = " + id,
				"aud = " + w.file.AssertionAudience, "exp = [[expires]]", "jti = [[nonce]]"}}); err != nil {
			return nil, fmt.Errorf("oauth2: %w", err)
		}
		w.assertion.life = maxAssertionLife
	}
	// The names of RFC 6749, 5.1.
	take := f.Take
	if len(take) == 0 {
		take = []string{"token = json:access_token", "expires_in = json:expires_in"}
	}
	if w.takes, err = readTakes(take); err == nil && !takesToken(w.takes) {
		err = errors.New("oauth2: nothing takes the token")
	}
	return w, err
}
