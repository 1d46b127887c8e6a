package vendorsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oauthEndpoint is a token endpoint that is bound to options. Its errors are told apart as RFC 6749 has them: who the client
// is (invalid_client, 401), what it asks for (unsupported_grant_type, invalid_grant, invalid_scope), and all else
// (invalid_request).
type oauthEndpoint struct {
	*oauthWay
	at        *endpoint
	options   map[string]string
	assertion *boundJWT // of the client; nil: none
	jwt       *boundJWT // that is traded; nil: none
}

// oauthFailure is an error of RFC 6749, 5.2: the code for the client, and the reason for people.
type oauthFailure struct{ code, reason string }

// judge says what is wrong with a token request; nil is nothing. The declared headers come first, then who the client
// is, and only then what it asks for.
func (o *oauthEndpoint) judge(r *Request, now time.Time) *oauthFailure {
	if _, reason := o.at.judge.verdict(o.at.request(r), now); reason != "" {
		code := "invalid_request"
		// A wrong header of the declaration is the client's credential only if it is this one.
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
			return nil, &oauthFailure{"invalid_request", "the body is not a JSON object, or its Content-Type is not JSON's"}
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
	// RFC 6749, 4.4.2, has a form; JSON is for vendors that declare it.
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

// client judges how the client proves who it is: by its secret in Basic or in the body (RFC 6749, 2.3.1), by a JWT
// that it signed (RFC 7523, 2.2), or by a TLS certificate (RFC 8705), of which only the client's id is seen here.
func (o *oauthEndpoint) client(r *Request, parameters map[string]string, now time.Time) *oauthFailure {
	id, secret := o.options[o.file.ClientID], o.options[o.file.ClientSecret]
	_, posted := parameters["client_secret"]
	_, asserted := parameters["client_assertion"]
	inHeader := hasHeader(r.Header, "Authorization")
	wrong := &oauthFailure{"invalid_client", "the client's id or its secret is wrong"}
	// A client must not authenticate in more than one way in a request: RFC 6749, 2.3.
	if inHeader && (posted || asserted) || posted && asserted {
		return &oauthFailure{"invalid_request", "the client proves who it is in more than one way"}
	}
	switch o.file.ClientAuth {
	case "client_secret_basic":
		user, password, ok := basicAuth(header(r.Header, "Authorization"))
		if !ok {
			return &oauthFailure{"invalid_client", "the header Authorization with Basic id:secret is missing or unreadable"}
		}
		// RFC 6749, 2.3.1, encodes both as a form before Basic; several vendors do not, which is basic_encoding raw.
		if o.file.BasicEncoding == "form" {
			user, password = formDecode(user), formDecode(password)
		}
		// Both are compared, so that the time taken does not tell which one is wrong.
		if known := same(user, id); !same(password, secret) || !known {
			return wrong
		}
		return nil
	case "client_secret_post":
		if known := same(parameters["client_id"], id); !same(parameters["client_secret"], secret) || !known {
			return wrong
		}
	case "private_key_jwt":
		// RFC 7521, 4.2: client_id is optional next to an assertion, and must be the same client.
		if named, ok := parameters["client_id"]; ok && !same(named, id) {
			return wrong
		}
		if parameters["client_assertion_type"] != assertionType {
			return &oauthFailure{"invalid_client", "client_assertion_type is missing or wrong"}
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

// grant judges grant_type and, of the JWT bearer grant, the assertion (RFC 7523, 2.1). A wrong assertion is
// invalid_grant (3.1).
func (o *oauthEndpoint) grant(r *Request, parameters map[string]string, now time.Time) *oauthFailure {
	// The declaration decides which grant it is.
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
	// A parameter that is empty by the options must be missing, or empty.
	s, err := newRun(o.oauthWay.parameters, o.options, r, now, "").all(nil)
	if err != nil {
		return &oauthFailure{"invalid_request", "the parameters cannot be computed: " + err.Error()}
	}
	for _, operation := range o.oauthWay.parameters.operations {
		name := operation.name
		got, want := parameters[name], s.texts[name]
		switch {
		case name == "scope" && !sameWords(got, want):
			return &oauthFailure{"invalid_scope", "the scope is not the preset's"}
		case name != "scope" && !same(got, want):
			return &oauthFailure{"invalid_request", "the parameter " + name + " is missing, or not the preset's"}
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

// refuse answers as RFC 6749, 5.2, has it: 401 for invalid_client, with WWW-Authenticate if the client used Authorization,
// and 400 for all else. no-store is 5.1's for tokens.
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
