//go:build go1.21

package tokens

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// OAuth2 is a token by the client credentials of OAuth 2.0 (RFC 6749, section 4.4), or by the JWT
// of the same declaration (RFC 7523, section 2.1). Its texts are templates of package program.
// There is no refresh token, which section 4.4.3 advises against: a client credential can always
// get a new access token. Grants that need a person at a browser are not offered.
type OAuth2 struct {
	// TokenURL is the address of the token endpoint, see checkAddress. It is required.
	TokenURL string `json:"token_url"`
	// ClientAuth is how the client proves who it is: client_secret_basic (the default), client_secret_post, private_key_jwt (RFC
	// 7523, 2.2), tls_client_auth (RFC 8705), or none where the JWT of the declaration says it.
	ClientAuth string `json:"client_auth"`
	// Scope and Audience say what the token is for. Each is left out of the request if it is empty.
	Scope    string `json:"scope"`
	Audience string `json:"audience"`
	// Parameters are NAME=TEXT each, in their order; NAME?=TEXT is left out if the text is empty.
	Parameters []string `json:"parameters"`
	// Headers are operations that set more headers, such as "header x-api-key =
	// [[opt.key|reveal]]".
	Headers []string `json:"headers"`
	// Format is that of the body: form (the default) or json.
	Format string `json:"format"`
	// BasicEncoding is how id and secret are encoded before client_secret_basic joins them: form
	// (the default, RFC 6749, section 2.3.1) or raw, for servers that do not decode them.
	BasicEncoding string `json:"basic_encoding"`
	// The names of the options; empty: client_id, client_secret, private_key, key_id and certificate.
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	PrivateKey   string `json:"private_key"`
	KeyID        string `json:"key_id"`      // "-": the assertion has none
	Certificate  string `json:"certificate"` // of the key, whose hash is in the assertion's header; empty: none
	// Of the assertion of private_key_jwt:
	Algorithm         string `json:"algorithm"`          // RS256 (the default), ES256 or EdDSA
	AssertionAudience string `json:"assertion_audience"` // empty: token_url
	// Take is what is taken out of the answer; empty: token = json:access_token, expires_in = json:expires_in.
	Take []string `json:"take"`
}

// ClientAuths are the ways in which a client proves who it is, the default first.
var ClientAuths = []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"}

// Types of grants and assertions (RFC 7523, sections 2.1 and 2.2). They are encoded when the body
// is written.
const (
	grantJWT     = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionJWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// pair is a parameter of the request. Its value is written in the encoding of the body, form or
// json.
type pair struct {
	name     string
	value    string // as the value of an expression: an option, a let or a quoted text
	reveals  bool   // it is a secret
	optional bool   // it is left out if it is empty
}

// login writes the request as a step. A declaration with a JWT trades that for the token (RFC 7523,
// section 2.1); private_key_jwt makes a JWT of its own, which is returned for its operations to
// come first. With client_secret_basic and the scope read the operations are
//
//	let oauth2_basic = [[opt.client_id|form]]:[[opt.client_secret|form]]
//	header Authorization = Basic [[oauth2_basic|base64|reveal]]
//	let oauth2_scope = read
//	header Accept = application/json
//	header Content-Type = application/x-www-form-urlencoded
func (o *OAuth2) login(jwt *JWT) (*Login, *JWT, error) {
	if o.TokenURL == "" {
		return nil, nil, errors.New("oauth2: token_url is required")
	}
	if encoding := or(o.BasicEncoding, "form"); encoding != "form" && encoding != "raw" {
		return nil, nil, errors.New("oauth2: basic_encoding must be form or raw")
	}
	id, secret := or(o.ClientID, "client_id"), or(o.ClientSecret, "client_secret")
	var operations []string
	var pairs []pair
	if jwt != nil {
		pairs = append(pairs, pair{name: "grant_type", value: quoted(grantJWT)}, pair{name: "assertion", value: "jwt"})
	} else {
		pairs = append(pairs, pair{name: "grant_type", value: quoted("client_credentials")})
	}
	switch or(o.ClientAuth, ClientAuths[0]) {
	case "client_secret_basic":
		// RFC 6749, 2.3.1: id and secret are encoded as in a form before they are joined by the colon, which both may hold.
		form := "|form"
		if o.BasicEncoding == "raw" {
			form = ""
		}
		operations = append(operations, "let oauth2_basic = [[opt."+id+form+"]]:[[opt."+secret+form+"]]",
			"header Authorization = Basic [[oauth2_basic|base64|reveal]]")
	case "client_secret_post":
		pairs = append(pairs, pair{name: "client_id", value: "opt." + id},
			pair{name: "client_secret", value: "opt." + secret, reveals: true})
	case "private_key_jwt":
		if jwt != nil {
			return nil, nil, errors.New("oauth2: client_auth private_key_jwt makes a JWT of its own")
		}
		jwt = o.assertion(id)
		pairs = append(pairs, pair{name: "client_id", value: "opt." + id},
			pair{name: "client_assertion_type", value: quoted(assertionJWT)}, pair{name: "client_assertion", value: "jwt"})
	// The certificate is in the TLS handshake; the client's id tells which client it is for (RFC 8705, 2).
	case "tls_client_auth":
		pairs = append(pairs, pair{name: "client_id", value: "opt." + id})
	// The JWT of the declaration says who asks, and nothing else is sent.
	case "none":
	default:
		return nil, nil, fmt.Errorf("oauth2: client_auth must be one of %s", strings.Join(ClientAuths, ", "))
	}
	if o.Scope != "" {
		operations = append(operations, "let oauth2_scope = "+o.Scope)
		pairs = append(pairs, pair{name: "scope", value: "oauth2_scope", optional: true})
	}
	if o.Audience != "" {
		operations = append(operations, "let oauth2_audience = "+o.Audience)
		pairs = append(pairs, pair{name: "audience", value: "oauth2_audience", optional: true})
	}
	// Values are lets of their own, so that the body can write each in its encoding.
	for i, parameter := range o.Parameters {
		name, template, found := strings.Cut(parameter, "=")
		name = strings.TrimSpace(name)
		optional := strings.HasSuffix(name, "?")
		if name = strings.TrimSuffix(name, "?"); !found || name == "" || strings.ContainsAny(name, "[]'|?") {
			return nil, nil, errors.New("oauth2: parameters must be of the form NAME=TEXT or NAME?=TEXT")
		}
		value := "oauth2_" + strconv.Itoa(i)
		operations = append(operations, "let "+value+" = "+template)
		pairs = append(pairs, pair{name: name, value: value, optional: optional})
	}
	operations = append(operations, o.Headers...)
	step := Step{Method: "POST", URL: o.TokenURL, Take: o.Take}
	if len(step.Take) == 0 {
		step.Take = []string{"token = json:access_token", "expires_in = json:expires_in"}
	}
	operations = append(operations, "header Accept = application/json")
	switch or(o.Format, "form") {
	case "form":
		operations = append(operations, "header Content-Type = application/x-www-form-urlencoded")
		step.Body = formBody(pairs)
	case "json":
		operations = append(operations, "header Content-Type = application/json")
		step.Body = jsonBody(pairs)
	default:
		return nil, nil, errors.New("oauth2: format must be form or json")
	}
	step.Operations = operations
	return &Login{Steps: []Step{step}}, jwt, nil
}

// assertion is the JWT by which the client proves who it is (RFC 7523, section 3). It lives for
// five minutes, since it is used at once, and has a nonce as jti, so that a service can refuse a
// second use.
func (o *OAuth2) assertion(id string) *JWT {
	keyID := or(o.KeyID, "key_id")
	if keyID == "-" {
		keyID = ""
	}
	return &JWT{
		Algorithm: or(o.Algorithm, "RS256"), Key: or(o.PrivateKey, "private_key"), KeyID: keyID, Certificate: o.Certificate,
		Claims: []string{
			"iss = [[opt." + id + "]]", "sub = [[opt." + id + "]]", "aud = " + or(o.AssertionAudience, o.TokenURL),
			"iat = [[now]]", "exp = [[expires]]", "jti = [[nonce]]",
		},
		ExpiresIn: "5m",
	}
}

// formBody is the body as application/x-www-form-urlencoded. The names are encoded here, the values
// when the request is made:
//
//	[['client_id=']][[opt.client_id|form]][['&client_secret=']][[opt.client_secret|form|reveal]]
func formBody(pairs []pair) string {
	var b strings.Builder
	mark := ""
	for _, p := range pairs {
		b.WriteString(parameter(p, mark+url.QueryEscape(p.name)+"=", "form"))
		mark = "&"
	}
	return b.String()
}

// jsonBody is the body as an object of strings, for services that take no forms:
//
//	[['{"client_id":']][[opt.client_id|json]]}
func jsonBody(pairs []pair) string {
	var b strings.Builder
	mark := "{"
	for _, p := range pairs {
		b.WriteString(parameter(p, mark+`"`+p.name+`":`, "json"))
		mark = ","
	}
	return b.String() + "}"
}

// parameter is the template of a name, as it is written, and its value in an encoding. An optional
// one is written as two expressions that are both empty if the value is:
// [['&scope='|when:oauth2_scope]][[oauth2_scope|form|when:oauth2_scope]]. A secret needs |reveal:
// without it package program refuses a template that sends one.
func parameter(p pair, name, encoding string) string {
	name, value := quoted(name), p.value+"|"+encoding
	if p.optional {
		name += "|when:" + p.value
		value += "|when:" + p.value
	}
	if p.reveals {
		value += "|reveal"
	}
	return "[[" + name + "]][[" + value + "]]"
}

// quoted is a text as a value in an expression: 'a\'b\\c' for a'b\c.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// or is text, or another one if it is empty.
func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
