package vendorsim

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Generic are the schemes that any vendor may have, and that [GenericPreset] writes as a preset file.
var Generic = []string{"jwt", "oauth2"}

// GenericPreset writes the preset file of a scheme that any vendor may have, for these options. What a preset file declares,
// such as how a client proves who it is, is an option there. So the generic schemes are judged by the same code as presets.
func GenericPreset(name string, values map[string]string) ([]byte, error) {
	var options []presetOption
	var token map[string]any
	switch name {
	case "jwt":
		options, token = genericJWT(values)
	case "oauth2":
		options, token = genericOAuth2(values)
	default:
		return nil, fmt.Errorf("no scheme %q; there are %s", name, strings.Join(Generic, ", "))
	}
	// The rest is the same for both: the token in Authorization, and a 401 that does not say why.
	options = append(options, presetOption{Name: "token_prefix", Default: "Bearer"})
	data := map[string]any{"preset": 1, "name": name, "options": options, "token": token,
		"operations": []string{"header Authorization = [[opt.token_prefix]] [[token|reveal]]"},
		"refusals":   []presetRefusal{{Status: 401, Means: "unclear"}}}
	return json.Marshal(data)
}

// genericOAuth2 is OAuth 2.0's client credentials (RFC 6749, 4.4). Options that choose a form go into the declaration as
// words, those with values as templates, in which the values are read when the file is bound.
func genericOAuth2(values map[string]string) ([]presetOption, map[string]any) {
	// Required: false has to be written down, since an option without a default is required.
	no := new(bool)
	declaration := map[string]any{"token_url": "[[opt.token_url]]", "scope": "[[opt.scope]]", "audience": "[[opt.audience]]"}
	for _, name := range []string{"client_auth", "format", "basic_encoding", "algorithm"} {
		if values[name] != "" {
			declaration[name] = values[name]
		}
	}
	if values["assertion_audience"] != "" {
		declaration["assertion_audience"] = "[[opt.assertion_audience]]"
	}
	var parameters []string
	for _, parameter := range splitList(values["parameters"]) {
		name, value, _ := strings.Cut(parameter, "=")
		parameters = append(parameters, name+"="+quotedText(value))
	}
	declaration["parameters"] = parameters
	return []presetOption{
		{Name: "token_url", Sample: "https://idp.example/token", Also: []string{"token_endpoint", "auth_url"}},
		{Name: "client_id", Also: []string{"id", "app_id"}},
		{Name: "client_secret", Secret: true, Required: no, Sample: "demo-client-secret-not-a-secret", Also: []string{"secret", "app_secret"}},
		{Name: "client_auth", Values: []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"}},
		{Name: "private_key", Secret: true, Key: "any", Required: no, Also: []string{"private_jwk", "key"}},
		{Name: "key_id", Required: no, Also: []string{"kid"}},
		{Name: "algorithm", Values: []string{"RS256", "ES256", "EdDSA"}, Also: []string{"alg"}},
		{Name: "assertion_audience", Required: no},
		{Name: "scope", List: true, Required: no, Also: []string{"scopes"}},
		{Name: "audience", Required: no},
		{Name: "parameters", List: true, Required: no, Also: []string{"parameter"}},
		{Name: "format", Values: []string{"form", "json"}},
		{Name: "basic_encoding", Values: []string{"form", "raw"}},
	}, map[string]any{"oauth2": declaration}
}

// genericJWT is a JWT that the client signs and sends as its token. Without claims it has those that most vendors ask for:
// iss, iat and exp. Claims are given as NAME=TEXT, in which [[now]], [[expires]] and [[nonce]] are values.
func genericJWT(values map[string]string) ([]presetOption, map[string]any) {
	no := new(bool)
	declaration := map[string]any{"key_id": "key_id"}
	for _, name := range []string{"algorithm", "expires_in", "backdate"} {
		if values[name] != "" {
			declaration[name] = values[name]
		}
	}
	// Each is a text of the JWT: NAME = TEMPLATE.
	var claims []string
	for _, claim := range splitList(values["claims"]) {
		name, value, _ := strings.Cut(claim, "=")
		claims = append(claims, strings.TrimSpace(name)+" = "+claimText(strings.TrimSpace(value)))
	}
	if claims == nil {
		claims = []string{"iss = demo", "iat = [[now]]", "exp = [[expires]]"}
	}
	declaration["claims"] = claims
	return []presetOption{
		{Name: "algorithm", Values: algorithms, Also: []string{"alg"}},
		{Name: "private_key", Secret: true, Key: "any", Required: no, Also: []string{"private_jwk", "key"}},
		{Name: "shared_secret", Secret: true, Required: no, Also: []string{"secret"}},
		{Name: "key_id", Required: no, Also: []string{"kid"}},
		{Name: "claims", List: true, Required: no, Also: []string{"claim"}},
		{Name: "expires_in", Duration: true, Default: "1h", Also: []string{"lifetime", "ttl"}},
		{Name: "backdate", Duration: true, Required: no},
	}, map[string]any{"jwt": declaration}
}

// splitList splits the value of a list at its commas.
func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// quotedText is a text as a template that is that text, whatever it looks like: it's -> [['it\'s']].
func quotedText(text string) string {
	if text == "" {
		return ""
	}
	return "[['" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "']]"
}

// claimText is the value of a claim as a template: [[now]], [[expires]] and [[nonce]] in it are values, all else is text:
// a[[now]]b -> [['a']][[now]][['b']].
func claimText(value string) string {
	for _, name := range []string{"[[now]]", "[[expires]]", "[[nonce]]"} {
		if before, after, found := strings.Cut(value, name); found {
			return claimText(before) + name + claimText(after)
		}
	}
	return quotedText(value)
}
