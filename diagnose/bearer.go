package diagnose

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

//go:embed oauth.json
var oauthFile []byte

// oauthRefusal is what a token service means by a code.
type oauthRefusal struct {
	Code   string `json:"code"` // of RFC 6749, or AADSTS and a number
	Cause  string `json:"cause"`
	Says   string `json:"says"`
	Source string `json:"source"`
}

var oauthRefusals = mustRead[[]oauthRefusal](oauthFile)

func mustRead[T any](data []byte) (t T) {
	if err := json.Unmarshal(data, &t); err != nil {
		panic(err)
	}
	return t
}

// bearer looks at a request to a vendor whose token is fetched: at the token in it, or, if it is the request for the token itself, at
// the answer of the token service. Alone says that the vendor is such a one, and that nothing is signed with its secrets. The finding is
// nil if there is nothing to say.
func bearer(c *Case) (f *Finding, alone bool) {
	scheme, err := signers.Lookup(c.Signer)
	if err != nil {
		return nil, false
	}
	v := c.Values.Copy()
	for name, value := range c.Options {
		if value != "" && len(v[name]) == 0 {
			v[name] = []string{value}
		}
	}
	for name, values := range examples(scheme) {
		if !v.Has(name) {
			v[name] = values
		}
	}
	signer, faults := scheme.Signer(v)
	if len(faults) > 0 || signer.Traits().Tokens == nil {
		return nil, false
	}
	alone = signer.Traits().Proof.Hash == ""
	if f := tokenRequest(c, signer.Traits().Tokens); f != nil {
		return f, alone
	}
	text, found := strings.CutPrefix(c.Request.Header.Get("Authorization"), "Bearer ")
	if !found || c.Response != nil && c.Response.Status < 400 {
		return nil, alone
	}
	for _, o := range scheme.Options {
		if secret := c.Options[o.Name]; o.Secret && secret != "" && strings.TrimSpace(text) == strings.TrimSpace(secret) {
			return ofCause("secret_sent", "the secret itself was sent in place of the token that it is exchanged for", true), alone
		}
	}
	switch claims := claimsOf(text); {
	case strings.HasPrefix(text, "Bearer "):
		return ofCause("prefix_wrong", "the word Bearer was sent twice", true), alone
	case strings.Trim(text, `"'<>{}[]`) != text:
		return ofCause("secret_quoted", "quotes or brackets surround the token", true), alone
	case claims != nil:
		f = judgeClaims(c, scheme, claims)
	}
	if f == nil && c.Response != nil && c.Response.Status == http.StatusUnauthorized {
		f = ofCause("token_refused", "", false)
	}
	return f, alone
}

// examples are values of a scheme's options that make a signer.
func examples(scheme signers.Scheme) signers.Values {
	if p, err := presets.Lookup(scheme.Name); err == nil {
		return presets.Examples(p)
	}
	v := make(signers.Values)
	for _, o := range scheme.Options {
		if o.Required || o.Name == "client_secret" || o.Name == "private_key" && scheme.Name == presets.JWTName {
			v[o.Name] = []string{o.Example()}
		}
	}
	return v
}

// fetched is the case without its secrets: they are not what is sent, so the rest of the diagnosis cannot compare them.
func fetched(c *Case) *Case {
	own := *c
	own.Options = make(map[string]string)
	scheme, _ := signers.Lookup(c.Signer)
	for name, value := range c.Options {
		if o, known := signers.Find(scheme.Options, name); !known || !o.Secret {
			own.Options[name] = value
		}
	}
	return &own
}

// claims are those of a JWT that say for what it is good (RFC 7519, 4.1).
type claims struct {
	Expires   json.Number     `json:"exp"`
	NotBefore json.Number     `json:"nbf"`
	Audience  json.RawMessage `json:"aud"` // a text, or a list of them
	Tenant    string          `json:"tid"`
}

var jwtForm = regexp.MustCompile(`^[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*$`)

func claimsOf(token string) *claims {
	if !jwtForm.MatchString(token) {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return nil
	}
	c := &claims{}
	if json.Unmarshal(payload, c) != nil {
		return nil
	}
	return c
}

// clockSkew is how far the clocks of issuer and vendor may differ before a token counts as over.
const clockSkew = 5 * time.Minute

func judgeClaims(c *Case, scheme signers.Scheme, token *claims) *Finding {
	now, known := c.Now, !c.Asked && !c.Now.IsZero()
	if c.Response != nil {
		if date, err := http.ParseTime(c.Response.Header.Get("Date")); err == nil {
			now, known = date, true
		}
	}
	if end, err := token.Expires.Int64(); err == nil && known && now.After(time.Unix(end, 0)) {
		over := now.Sub(time.Unix(end, 0)).Round(time.Second)
		return ofCause("token_expired", "the token ended "+over.String()+" before the request", over > clockSkew)
	}
	if begin, err := token.NotBefore.Int64(); err == nil && known && now.Add(clockSkew).Before(time.Unix(begin, 0)) {
		return ofCause("token_early", "the token is good only "+
			time.Unix(begin, 0).Sub(now).Round(time.Second).String()+" after the request", true)
	}
	tenant := c.Options["tenant_id"]
	if uuidForm.MatchString(tenant) && uuidForm.MatchString(token.Tenant) && !strings.EqualFold(tenant, token.Tenant) {
		return ofCause("token_tenant", "the token is of another tenant (tid) than the configured one", true)
	}
	if host := foreignAudience(c, scheme, token.Audience); host != "" {
		return ofCause("token_audience", "the token is for "+host+", as its audience (aud) says, and the request goes to "+c.Request.Host, false)
	}
	if c.Response != nil && strings.Contains(strings.Join(c.Response.Header.Values("WWW-Authenticate"), " "), "insufficient_scope") {
		return ofCause("token_scope", "the vendor says that the token lacks a scope for this call (insufficient_scope)", true)
	}
	return nil
}

var uuidForm = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// foreignAudience is the host that a token is for, if it is neither the vendor's nor named by the configuration.
func foreignAudience(c *Case, scheme signers.Scheme, audience json.RawMessage) string {
	var list []string
	var one string
	if json.Unmarshal(audience, &one) == nil {
		list = []string{one}
	} else if json.Unmarshal(audience, &list) != nil {
		return ""
	}
	foreign := ""
	for _, entry := range list {
		u, err := url.Parse(entry)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return "" // a name, of which nobody here knows what it stands for
		}
		own := u.Hostname() == c.Request.Host || slices.Contains(scheme.Hosts, u.Hostname())
		for _, value := range c.Options {
			own = own || strings.Contains(value, u.Hostname())
		}
		for _, o := range scheme.Options {
			own = own || strings.Contains(o.Default, u.Hostname()) || strings.Contains(strings.Join(o.Values, " "), u.Hostname())
		}
		for _, domain := range scheme.Domains {
			own = own || strings.HasSuffix("."+u.Hostname(), "."+domain)
		}
		if own {
			return ""
		}
		foreign = u.Hostname()
	}
	return foreign
}

// tokenRequest looks at a request for the token, and at what its service answered.
func tokenRequest(c *Case, from *signers.TokenSource) *Finding {
	host := c.Request.Host
	if len(c.Hosts) > 0 {
		host = c.Hosts[0]
	}
	path, _, _ := strings.Cut(c.Request.Target, "?")
	asked := false
	for _, address := range from.Addresses(host) {
		u, err := url.Parse(address)
		asked = asked || err == nil && u.EscapedPath() == path && u.Host == c.Request.Host && c.Request.Method == http.MethodPost
	}
	if !asked || c.Response == nil || c.Response.Status < 400 {
		return nil
	}
	id, secret := sentClient(&c.Request)
	wantID, wantSecret := c.Options["client_id"], c.Options["client_secret"]
	if id != "" && wantSecret != "" && id == wantSecret && secret == wantID {
		return ofCause("ids_swapped", "", true)
	}
	if wantSecret != "" && secret != "" && secret != wantSecret && strings.TrimSpace(secret) == wantSecret {
		return ofCause("secret_whitespace", "", true)
	}
	if wantID != "" && id != "" && id != wantID {
		return ofCause("wrong_id", "the client id that was sent is not the configured one", true)
	}
	if wantSecret != "" && secret != "" && secret != wantSecret {
		return ofCause("wrong_secret", "the client secret that was sent is not the configured one", true)
	}
	return refusedToken(c.Response)
}

// sentClient is the client's id and secret as a token service reads them: of Basic authentication (RFC 6749, 2.3.1), or of the form.
func sentClient(m *signers.Message) (id, secret string) {
	if user, password, ok := (&http.Request{Header: m.Header}).BasicAuth(); ok {
		one, errID := url.QueryUnescape(user)
		two, errSecret := url.QueryUnescape(password)
		if errID == nil && errSecret == nil {
			return one, two
		}
		return user, password
	}
	form, err := url.ParseQuery(string(m.Body))
	if err != nil {
		return "", ""
	}
	return form.Get("client_id"), form.Get("client_secret")
}

// refusedToken reads the codes of a token service's answer, the most special one first.
func refusedToken(r *Response) *Finding {
	var body struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(r.Body, &body) // a page has no code
	for _, known := range oauthRefusals {
		special := strings.HasPrefix(known.Code, "AADSTS") && strings.Contains(string(r.Body), known.Code)
		if special || body.Error == known.Code {
			return ofCause(known.Cause, known.Says+" ("+known.Code+")", false)
		}
	}
	return nil
}

// ofCause is the finding of one cause.
func ofCause(id, says string, proved bool) *Finding {
	c := causeByID[id]
	return &Finding{Class: ClassOf(id), Causes: []string{id}, Explanation: sentence(cmp.Or(says, c.Says)), Fix: c.Fix, Proved: proved}
}
