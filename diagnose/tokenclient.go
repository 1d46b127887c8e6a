package diagnose

import (
	"net/url"
	"strings"
)

// How a client proves who it is in a request for a token: RFC 6749, 2.3.1 (Basic and in the body), RFC 7523, 2.2 (assertion).

// basic looks at an Authorization that is meant to be Basic, and cannot be read as it.
//
//	Basic gw:secret           not encoded
//	Basic Z3c6c2VjcmV0_w      base64url
//	Basic c2VjcmV0            no colon in it
func (b *bearer) basic() *mistake {
	word, rest, _ := strings.Cut(strings.TrimSpace(b.Request.Header.Get("Authorization")), " ")
	if !strings.EqualFold(word, "Basic") {
		return nil
	}
	rest = strings.TrimSpace(rest)
	if _, _, ok := sentBasic("Basic " + rest); ok {
		return nil
	}
	plain, ok := anyBase64(rest)
	switch {
	case strings.Trim(rest, `"'`) != rest:
		return &mistake{"basic_encoding", "quotes surround the Base64 of Basic", true}
	case strings.Contains(rest, ":"):
		return &mistake{"basic_encoding", "ID and secret were sent as they are, and Basic has their Base64", true}
	case ok && strings.Contains(string(plain), ":"):
		return &mistake{"basic_encoding", "", true}
	case ok:
		return &mistake{"basic_encoding", "the value of Basic has no colon in it: it is the Base64 of ID, colon and secret", true}
	}
	return nil
}

// assertionType is the only value of client_assertion_type for a JWT (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asserted looks at the JWT of a request whose client or user is proved by one.
func (b *bearer) asserted(parameters url.Values) *mistake {
	m, name := b.ownAssertion()
	if m == nil {
		return nil
	}
	token, grant := parameters.Get(name), parameters.Get("grant_type")
	bearing := grant == "urn:ietf:params:oauth:grant-type:jwt-bearer"
	other := parameters.Get("client_secret") != "" || strings.TrimSpace(b.Request.Header.Get("Authorization")) != ""
	switch {
	case name == "assertion" && !bearing && grant != "":
		return &mistake{"grant_refused", "grant_type is " + shownText(grant) + ", and an assertion is traded with " +
			"urn:ietf:params:oauth:grant-type:jwt-bearer", true}
	case token == "":
		return &mistake{"token_request", "the parameter " + name + ", which holds the JWT, is missing", !other}
	case name == "client_assertion" && parameters.Get("client_assertion_type") != assertionType:
		return &mistake{"token_request", "client_assertion_type is missing, or not " + assertionType, true}
	case name == "client_assertion" && bearing:
		return &mistake{"grant_refused",
			"grant_type is for an assertion that is traded for a token, and this one only proves who the client is: " +
				"client_credentials", b.Response != nil}
	}
	return m.judge(token)
}

// authenticated looks at whether the client proves who it is, and in the configured way. Another way proves nothing, since
// services may take several, and counts only where the client was refused.
func (b *bearer) authenticated(id, secret string, inHeader bool, parameters url.Values) *mistake {
	wantID, wantSecret := b.Options[b.named("client_id")], b.Options[b.named("client_secret")]
	if wantSecret == "" || wantID == "" || parameters.Get("client_assertion") != "" || b.Sanitised {
		return nil
	}
	auth := b.Options["client_auth"]
	if b.way != nil && b.way.OAuth2 != nil {
		auth = b.way.OAuth2.ClientAuth
	}
	header := strings.TrimSpace(b.Request.Header.Get("Authorization"))
	switch {
	case !inHeader && header != "" && secret == "":
		return &mistake{"token_request", "Authorization has another scheme than Basic, which ID and secret are sent in", false}
	case id == "" && secret == "":
		return &mistake{"token_request",
			"the request has neither client_id and client_secret nor Basic in Authorization: nothing says who the " +
				"client is", false}
	case id == "":
		return &mistake{"token_request", "the client ID is missing", true}
	case secret == "" && (inHeader || parameters.Has("client_secret")):
		return &mistake{"secret_empty", "the client's secret was sent empty", true}
	case secret == "":
		return &mistake{"token_request", "the client's secret is missing", false}
	case b.Response == nil || b.Response.Status != 400 && b.Response.Status != 401:
		return nil
	case !strings.Contains(string(b.Response.Body), "invalid_client") && b.Response.Status != 401:
		return nil
	case inHeader && auth == "client_secret_post":
		return &mistake{"token_request",
			"ID and secret are right, and were sent in Authorization: the configuration sends them in the body", false}
	case !inHeader && (auth == "client_secret_basic" || auth == "" && b.way == nil):
		return &mistake{"token_request",
			"ID and secret are right, and were sent in the body: the configuration sends them in Authorization", false}
	case inHeader && secret != formDecoded(secret) && b.Options["basic_encoding"] == "raw":
		return &mistake{"secret_altered",
			"ID and secret were encoded for a form before they were joined, and this token service does not decode them",
			false}
	case inHeader && secret == wantSecret && wantSecret != url.QueryEscape(wantSecret) && b.Options["basic_encoding"] != "raw":
		return &mistake{"secret_altered",
			"ID and secret were joined as they are, and RFC 6749 (2.3.1) wants each encoded for a form first", false}
	}
	if u, err := url.Parse(b.Options["token_url"]); err == nil && u.Host != "" && !strings.EqualFold(u.Host, b.Request.Host) {
		return &mistake{"host_differs", "the token was requested from another host than token_url's", false}
	}
	return nil
}
