package diagnose

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// A UUID (RFC 9562), as a tenant's ID is.
	uuidText = regexp.MustCompile(`(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	// The path of a token service of OAuth 2.0, as the usual products have it.
	tokenPath = regexp.MustCompile(`(?i)/(?:oauth2?|connect|token|as|auth|openid-connect)/(?:[\w.-]+/)*token(?:\.oauth2)?$|/token$`)
)

// asksForToken reports whether a request goes to a token service of OAuth 2.0, or is a step of a login.
func (b *bearer) asksForToken() bool {
	if b.loginStep() != nil {
		return true
	}
	if b.way != nil && b.way.OAuth2 == nil || b.Signer == "jwt" {
		return false
	}
	path, _, _ := strings.Cut(b.Request.Target, "?")
	if u, err := url.Parse(b.Options["token_url"]); err == nil && u.Host != "" && u.EscapedPath() == path {
		return true
	}
	return b.Request.Method == http.MethodPost && (tokenPath.MatchString(path) || strings.Contains(string(b.Request.Body), "grant_type="))
}

// tokenRequest looks at a request for a token: its form, and whose ID and secret it has (RFC 6749,
// 2.3.1 and 4.4).
//
//	POST /oauth2/token
//	Authorization: Basic base64(client_id:client_secret)      or client_id and client_secret in the body
//
//	grant_type=client_credentials&scope=...
func (b *bearer) tokenRequest() *mistake {
	if step := b.loginStep(); step != nil {
		return b.login(step)
	}
	if b.Request.Method != http.MethodPost {
		return &mistake{"token_request",
			"the method is " + shownText(b.Request.Method) + ", and a token service takes POST (RFC 6749, 3.2)", true}
	}
	parameters, m := b.parameters()
	if m != nil {
		return m
	}
	if m := b.basic(); m != nil {
		return m
	}
	user, password, inHeader := sentBasic(b.Request.Header.Get("Authorization"))
	id, secret := parameters.Get("client_id"), parameters.Get("client_secret")
	if inHeader && secret != "" {
		return &mistake{"token_request",
			"the client proves who it is in Authorization and in the body; only one is allowed (RFC 6749, 2.3)",
			true}
	}
	if inHeader {
		id, secret = user, password
	}
	sent := pair{id, secret, b.named("client_id"), b.named("client_secret"), "client ID", "client's secret", true, inHeader}
	if m := b.compare(sent); m != nil {
		return m
	}
	if m := b.asserted(parameters); m != nil {
		return m
	}
	switch grant := parameters.Get("grant_type"); grant {
	case "":
		return &mistake{"token_request", "the parameter grant_type is missing", true}
	case "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer":
	default:
		return &mistake{"grant_refused",
			"grant_type is " + shownText(grant) + ", and a client without a user takes client_credentials", false}
	}
	if m := b.requestedTenant(); m != nil {
		return m
	}
	if audience := b.Options["audience"]; audience != "" && parameters.Get("audience") != audience {
		return &mistake{"token_audience", "the parameter audience is missing, or not the configured one", true}
	}
	return b.authenticated(id, secret, inHeader, parameters)
}

// parameters reads the body, and says what is wrong with its form. A service that takes JSON says so in
// the preset or in the option format.
func (b *bearer) parameters() (url.Values, *mistake) {
	body := strings.TrimSpace(string(b.Request.Body))
	kind := strings.ToLower(b.Request.Header.Get("Content-Type"))
	json := strings.HasPrefix(body, "{")
	wantsJSON := b.Options["format"] == "json" || b.way != nil && b.way.OAuth2 != nil && b.way.OAuth2.Format == "json"
	_, query, _ := strings.Cut(b.Request.Target, "?")
	switch {
	case body == "" && strings.Contains(query, "grant_type="):
		return nil, &mistake{"token_request", "the parameters were sent in the query, and belong into the body", true}
	case json && !wantsJSON:
		return nil, &mistake{"token_request", "the body is JSON, and the token service takes a form (RFC 6749, 4.4.2)", true}
	case !json && wantsJSON:
		return nil, &mistake{"token_request", "the body is a form, and this token service takes JSON", true}
	case json:
		return jsonParameters(body), nil
	case kind != "" && !strings.HasPrefix(kind, "application/x-www-form-urlencoded"), kind == "" && body != "" && !b.Sanitised:
		return nil, &mistake{"token_request",
			"the body is a form, and Content-Type does not say so (application/x-www-form-urlencoded)", true}
	}
	return formParameters(body)
}

// formParameters reads a form. A parameter must not come twice (RFC 6749, 3.2).
func formParameters(body string) (url.Values, *mistake) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, &mistake{"token_request", "the body cannot be read as a form: a % or ; in a value is not encoded", true}
	}
	for name, list := range values {
		if len(list) > 1 {
			return nil, &mistake{"token_request", "the parameter " + shownText(name) + " was sent twice", true}
		}
	}
	return values, nil
}

// jsonParameters are the members of a JSON object that are texts.
func jsonParameters(body string) url.Values {
	values := url.Values{}
	var object map[string]any
	_ = json.Unmarshal([]byte(body), &object) // what cannot be read has no parameters
	for name, value := range object {
		if text, ok := value.(string); ok {
			values.Set(name, text)
		}
	}
	return values
}

// sentBasic reads Basic id:secret; false: the value is something else.
func sentBasic(value string) (id, secret string, ok bool) {
	word, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if err != nil || !strings.EqualFold(word, "Basic") {
		return "", "", false
	}
	return strings.Cut(string(data), ":")
}

// pair is an ID with its secret as they were sent, the options that have the configured ones, and what
// they are called.
type pair struct {
	id, secret, idOption, secretOption, idName, secretName string

	form, encoded bool // they were sent in a form; they may be encoded for one as well, as RFC 6749 wants it in Basic
}

// compare compares ID and secret with the configured ones. A value that was not sent, or is not
// configured, is not compared. RFC 6749, 2.3.1, wants both encoded for a form before they go into
// Basic; services differ, so both forms are right there.
func (b *bearer) compare(p pair) *mistake {
	id, secret, wantID, wantSecret := p.id, p.secret, b.Options[p.idOption], b.Options[p.secretOption]
	if wantID == wantSecret { // they cannot be told apart
		wantID = ""
	}
	if wantID != "" && (secret != "" && formDecoded(secret) == wantID || wantSecret != "" && id != "" && formDecoded(id) == wantSecret) {
		return &mistake{"ids_swapped",
			p.idName + " and " + strings.TrimPrefix(p.secretName, "client's ") + " are swapped in the request for the token", true}
	}
	if wantID != "" && id != "" && id != wantID && !(p.encoded && formDecoded(id) == wantID) {
		if bareID(id) == strings.TrimSpace(wantID) {
			return &mistake{"id_whitespace", "white space or quotes surround the " + p.idName, true}
		}
		return &mistake{"wrong_id", "the " + p.idName + " that was sent is not the configured one", true}
	}
	if wantSecret == "" || secret == "" || secret == wantSecret || p.encoded && formDecoded(secret) == wantSecret {
		return nil
	}
	switch {
	case strings.TrimSpace(secret) == strings.TrimSpace(wantSecret),
		p.encoded && strings.TrimSpace(formDecoded(secret)) == strings.TrimSpace(wantSecret):
		return &mistake{"secret_whitespace", "", true}
	case strings.Trim(secret, `"'`) == wantSecret, p.encoded && strings.Trim(formDecoded(secret), `"'`) == wantSecret:
		return &mistake{"secret_quoted", "", true}
	case formDecoded(secret) == wantSecret && p.form:
		return &mistake{"secret_altered", "the " + p.secretName + " was encoded for a form twice", true}
	case formDecoded(secret) == wantSecret:
		return &mistake{"secret_altered", "the " + p.secretName + " was encoded for a form, and is sent in none", true}
	case p.form && strings.ReplaceAll(wantSecret, "+", " ") == secret:
		return &mistake{"secret_altered", "a + in the " + p.secretName + " was not encoded, and is a blank in a form (%2B)", true}
	case strings.HasPrefix(wantSecret, secret) && len(secret) > 3:
		return &mistake{"secret_cut", "", true}
	case sentVariable.MatchString(secret):
		return &mistake{"variable_unexpanded", "", true}
	case emptyWords.MatchString(secret):
		return &mistake{"secret_placeholder", "", true}
	}
	d := &diagnosis{Case: b.Case, profile: new(profile), secret: wantSecret}
	for _, a := range d.alterations() {
		// A text that has nothing of the secret in it, such as the ID, is no secret that was changed.
		if a.cause != "ids_swapped" && a.secret != "" && (a.secret == secret || p.encoded && a.secret == formDecoded(secret)) {
			return &mistake{a.cause, "", true}
		}
	}
	return &mistake{"wrong_secret", "the " + p.secretName + " that was sent is not the configured one", true}
}

// named is the option that holds a part of the client's credential, which a preset may call otherwise.
func (b *bearer) named(name string) string {
	if b.way == nil || b.way.OAuth2 == nil {
		return name
	}
	if own := b.way.OAuth2.ClientID; own != "" && name == "client_id" {
		return own
	}
	if own := b.way.OAuth2.ClientSecret; own != "" && name == "client_secret" {
		return own
	}
	return name
}

// formDecoded is a text that was encoded for a form, or the text itself if it is no such text.
func formDecoded(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// requestedTenant compares the tenant in the path with the configured one. Microsoft's common,
// organizations and consumers are for users who sign in, and no tenants of a client.
func (b *bearer) requestedTenant() *mistake {
	tenant := b.Options[b.facts.TenantOption]
	if b.facts.TenantOption == "" || !uuidText.MatchString(tenant) {
		return nil
	}
	segments := strings.Split(b.Request.Target, "/")
	if slices.ContainsFunc(segments, func(s string) bool { return uuidText.MatchString(s) && !strings.EqualFold(s, tenant) }) {
		return &mistake{"token_tenant", "the token was asked for from another tenant than the configured one", true}
	}
	for _, s := range segments {
		if s == "common" || s == "organizations" || s == "consumers" {
			return &mistake{"token_tenant",
				"the token was asked for from " + s + ", and a client without a user must name its tenant", true}
		}
	}
	return nil
}
