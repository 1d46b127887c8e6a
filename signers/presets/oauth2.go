//go:build go1.21

package presets

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/tokens"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// OAuth2Name is the name of the scheme for any token by the client credentials of OAuth 2.0.
const OAuth2Name = "oauth2"

// Sources: RFC 6749, 2.3.1, 4.4 and 5; RFC 7523, 2.2 and 3; RFC 8705, 2.1; RFC 6750, 2.1.
//
//	POST https://idp.example/token                       Authorization: Bearer TOKEN
//	grant_type=client_credentials&scope=read     ->      GET /v1/devices
//	(client_id and client_secret as client_auth says)
//
// Options are the words of the RFCs where there are any, so that a vendor's page on OAuth 2.0 can be followed as
// it is.
func init() {
	signers.Register(signers.Scheme{
		Name:  OAuth2Name,
		Title: "Any API with a token by OAuth 2.0 client credentials",
		Options: []signers.Option{
			{Name: "token_url", Kind: signers.URL, Required: true, Address: true, Query: true, Sample: "https://idp.example/token",
				Also: []string{"token_endpoint", "auth_url"}, Doc: "The address of the token endpoint."},
			{Name: "client_id", Required: true, Sample: "1", Also: []string{"id", "app_id"}, Doc: "The client's id."},
			{Name: "client_secret", Secret: true, Sample: "1", Also: []string{"secret", "app_secret"},
				Doc: "The client's secret, with client_secret_basic and client_secret_post."},
			{Name: "client_auth", Values: tokens.ClientAuths[:4], Also: []string{"auth_method", "token_endpoint_auth_method"},
				Doc: "How the client proves who it is."},
			{Name: "private_key", Kind: signers.Document, Secret: true, Sample: wire.SampleKey, Also: []string{"private_jwk", "key"},
				Doc: "The key of private_key_jwt, in PEM or as a JWK."},
			{Name: "key_id", Also: []string{"kid"}, Doc: "The key's id, which the assertion names."},
			{Name: "algorithm", Values: []string{"RS256", "ES256", "EdDSA"}, Also: []string{"alg"}, Doc: "The algorithm of the assertion."},
			{Name: "assertion_audience", Doc: "The audience of the assertion; the token endpoint if it is not set."},
			{Name: "scope", Kind: signers.List, Also: []string{"scopes"}, Doc: "What the token is for, as the vendor spells it."},
			{Name: "audience", Doc: "The API that the token is for, where the token endpoint asks for it."},
			{Name: "parameters", Kind: signers.List, Also: []string{"parameter"},
				Doc: "More parameters of the token request, as NAME=VALUE, in their order."},
			{Name: "format", Values: []string{"form", "json"}, Doc: "The form of the token request's body."},
			{Name: "basic_encoding", Values: []string{"form", "raw"},
				Doc: "What becomes of id and secret before client_secret_basic joins them: form as RFC 6749 has it, or raw for servers that do " +
					"not decode them."},
			{Name: "token_prefix", Default: "Bearer", Doc: "The scheme before the token in Authorization."},
		},
		New: newOAuth2,
	})
}

// sendBearer is the operation of schemes that send a token as most APIs want it (RFC 6750, 2.1).
const sendBearer = "header Authorization = [[opt.token_prefix]] [[token|reveal]]"

// newOAuth2 makes the signer of a token by the client credentials of OAuth 2.0. Values of options that are texts
// are put into templates as quoted texts, so that [[ in them means nothing: an option could otherwise name another
// one, such as a secret, and send it.
func newOAuth2(v signers.Values) (signers.Signer, []signers.Fault) {
	if faults := checkOAuth2(v); len(faults) > 0 {
		return nil, faults
	}
	o := &tokens.OAuth2{
		TokenURL: "[[opt.token_url]]", ClientAuth: v.Text("client_auth"), Format: v.Text("format"), BasicEncoding: v.Text("basic_encoding"),
		Algorithm: v.Text("algorithm"),
	}
	// A parameter that is not configured is not sent: some servers refuse one that is empty.
	if v.Has("scope") {
		o.Scope = "[[opt.scope]]"
	}
	if v.Has("audience") {
		o.Audience = "[[opt.audience]]"
	}
	if v.Has("assertion_audience") {
		o.AssertionAudience = "[[opt.assertion_audience]]"
	}
	// checkOAuth2 has seen to it that each has a name.
	for _, parameter := range v["parameters"] {
		name, value, _ := strings.Cut(parameter, "=")
		o.Parameters = append(o.Parameters, name+"="+literal(value))
	}
	declaration := &tokens.Declaration{OAuth2: o}
	return newTokenSigner(declaration, v, oauth2Options(), map[string]bool{"token_url": true})
}

// checkOAuth2 checks the combination of options, which the checks of single options cannot. It reports all faults,
// so that an operator corrects them in one go.
//
//	client_secret is required with client_auth client_secret_basic
func checkOAuth2(v signers.Values) []signers.Fault {
	auth := v.Text("client_auth")
	keyed := auth == "private_key_jwt"
	secret := strings.HasPrefix(auth, "client_secret")
	var faults []signers.Fault
	if secret && !v.Has("client_secret") {
		faults = append(faults, signers.Fault{Option: "client_secret", Text: "client_secret is required with client_auth " + auth})
	}
	// An option that is not used is a mistake about how the client proves who it is.
	if !secret && v.Has("client_secret") {
		faults = append(faults, signers.Fault{Option: "client_secret", Text: "client_secret is of no use with client_auth " + auth})
	}
	if keyed && !v.Has("private_key") {
		faults = append(faults, signers.Fault{Option: "private_key", Text: "private_key is required with client_auth private_key_jwt"})
	}
	for _, name := range []string{"private_key", "key_id", "assertion_audience"} {
		if !keyed && v.Has(name) {
			faults = append(faults, signers.Fault{Option: name, Text: name + " needs client_auth private_key_jwt"})
		}
	}
	// RFC 7617, section 2. In the encoding of forms, RFC 6749's, it is %3A.
	if auth == "client_secret_basic" && v.Text("basic_encoding") == "raw" && strings.Contains(v.Text("client_id"), ":") {
		faults = append(faults, signers.Fault{Option: "client_id", Text: `client_id contains ":", which ends it with basic_encoding raw`})
	}
	if fault := checkParameters(v); fault != "" {
		faults = append(faults, signers.Fault{Option: "parameters", Text: fault})
	}
	return faults
}

// checkParameters says what is wrong with the operator's own parameters. A parameter of OAuth must not come twice (RFC 6749,
// section 3.2): servers refuse it, or take one of the two. Others may, as resource (RFC 8707, section 2), but not in JSON.
func checkParameters(v signers.Values) string {
	seen := map[string]bool{
		"grant_type": true, "client_secret": true, "client_assertion": true, "client_assertion_type": true,
		"scope": v.Has("scope"), "audience": v.Has("audience"),
	}
	// Some servers want the ID in the body, too.
	seen["client_id"] = v.Text("client_auth") != "client_secret_basic"
	for _, parameter := range v["parameters"] {
		name, _, found := strings.Cut(parameter, "=")
		if !found || !parameterName.MatchString(name) {
			return "parameters must be of the form NAME=VALUE"
		}
		if seen[name] && v.Text("format") == "json" {
			return "parameters: an object of JSON has each name once"
		}
		if seen[name] {
			return "parameters: " + name + " is sent already"
		}
		seen[name] = v.Text("format") == "json"
	}
	return ""
}

// oauth2Options are the options as programs know them. Lists are texts here: see newTokenSigner. What is not
// listed cannot be named by a template.
func oauth2Options() []program.Option {
	return []program.Option{
		{Name: "token_url"}, {Name: "client_id"}, {Name: "client_secret", Secret: true}, {Name: "private_key", Secret: true, Lines: true},
		{Name: "key_id"}, {Name: "scope"}, {Name: "audience"}, {Name: "assertion_audience"}, {Name: "token_prefix"},
	}
}

// newTokenSigner makes the signer that sends a declaration's token in Authorization. hosts are options that hold
// an address to which the credential is sent: for oauth2 token_url. It is for schemes without a preset file.
func newTokenSigner(d *tokens.Declaration, v signers.Values, options []program.Option, hosts map[string]bool) (
	signers.Signer, []signers.Fault) {
	// A list, such as scope, is one text with blanks between its entries (RFC 6749, 3.3).
	values := make(signers.Values, len(v))
	for name, list := range v {
		values[name] = []string{strings.Join(list, " ")}
	}
	// A nonce of a token request, as in a JWT, is a UUID (jti, RFC 7519, 4.1.7).
	m, err := tokens.Compile(d, options, hosts, "uuid", v.Has)
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	from, faults := m.Bind(values)
	if len(faults) > 0 {
		return nil, faults
	}
	// It has no nonce, and takes no headers but its own from clients.
	own, err := program.Compile([]string{sendBearer}, options, "", nil)
	if err != nil {
		return nil, []signers.Fault{{Text: err.Error()}}
	}
	bound, faults := program.Bind(own, values)
	if len(faults) > 0 {
		return nil, faults
	}
	return program.NewSigner(bound, program.Scheme{Tokens: from}), nil
}

// literal is a text as a template of nothing else: it's [[now]] -> [['it\'s [[now]]']]. An empty text is an empty
// template.
func literal(text string) string {
	if text == "" {
		return ""
	}
	return "[['" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "']]"
}
