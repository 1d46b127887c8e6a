package diagnose

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// Where the token is fetched first, a request has no signature to reproduce. What can be seen is the form in which the token was
// sent, the claims of a JWT (bearerclaims.go), the request for the token (tokenrequest.go), and what the answers say. What the codes
// of answers mean, and what is peculiar to a vendor's tokens, are rows of tokens.json.

// tokenTable is tokens.json. A row of refusals says what an error of a token service or of a vendor's
// API means; an entry of vendors says what is peculiar to the tokens of one vendor:
//
//	{"says": "AADSTS7000222\\b", "cause": "key_expired", "detail": "the client's secret has expired", "source": "..."}
//	"okta_oauth": {"issuer_is_host": true, "source": "..."}
var tokenTable = func() (all struct {
	Clients  []string // claims that name the client
	Scopes   []string // claims that list scopes or roles
	Refusals []tokenRefusal
	Vendors  map[string]tokenFacts
}) {
	parseTable("tokens.json", tokensJSON, &all)
	return all
}()

// tokensJSON is compiled in, as all tables are: a diagnosis reads no file.
//
//go:embed tokens.json
var tokensJSON []byte

// tokenRefusal is what an answer means that holds a text, or an error code of OAuth 2.0 (RFC 6749, 5.2;
// RFC 6750, 3.1). The first row that fits decides, so vendors' own numbers come before the general
// codes: they say more.
type tokenRefusal struct {
	Says                        *regexp.Regexp
	Code, Cause, Detail, Source string
}

// tokenFacts are what is known of a vendor's tokens. A zero field means that it is not known, and then
// nothing is compared.
type tokenFacts struct {
	// The values that aud may have in a token for this vendor.
	Audiences []string
	// An aud that is an address names the host of the API, so that a token of another national cloud is
	// recognised.
	AudienceIsHost bool `json:"audience_is_host"`
	// iss is an address at the host of the API.
	IssuerIsHost bool `json:"issuer_is_host"`
	// The claim with the tenant, such as tid, and below the option that holds the configured one.
	Tenant       string
	TenantOption string `json:"tenant_option"`
	Source       string
}

// bearer is the work on a case whose token is fetched. It is a diagnosis of its own kind, without slots
// and frames: there is nothing to reproduce, because only the issuer can say whether a token is good.
type bearer struct {
	*Case
	clock clock
	facts tokenFacts
	// How the preset fetches its token, of several ways the one that the options choose. nil: it is not
	// known.
	way *tokens.Declaration
	// The hosts of the vendor that the preset names.
	hosts []string
	// The names of the options that are secrets.
	secrets []string
	// The header that holds the token as it is. Empty: the preset sends it in another form; see others.
	header string
	// The word before the token, such as Bearer. Empty: there is none.
	prefix string
	// The headers that hold the token in another form, such as a cookie, where header is empty. Only
	// their absence is noticed.
	others []string
}

// mistake is what a bearer was found to have wrong. detail takes the place of the cause's general
// sentence; empty: that one will do.
type mistake struct {
	cause, detail string
	proved        bool
}

// signing finds operations that sign and do not only send the token. For these a preset is diagnosed by
// program.go, because a signature can be reproduced.
var signing = regexp.MustCompile(`\|\s*(hmac_|md5|sha|rsa_|ecdsa_|ed25519)`)

// tokenHeader is an operation that sends the token as it is: "header Authorization = Bearer
// [[token|reveal]]". Its groups are the header and the word.
var tokenHeader = regexp.MustCompile(`^header\??\s+(\S+)\s*=\s*([A-Za-z-]*) ?\[\[token\s*\|\s*reveal\]\]$`)

// newBearer is nil where no token is fetched, or a request is also signed. Without a preset the case
// is one of the schemes for any vendor, oauth2 and jwt; then p is nil.
func newBearer(c *Case, p *presets.Preset) *bearer {
	b := &bearer{Case: c, clock: newClock(c), facts: tokenTable.Vendors[c.Signer], header: "Authorization", prefix: "Bearer"}
	if p == nil {
		if c.Signer != presets.OAuth2Name && c.Signer != presets.JWTName {
			return nil
		}
		if b.prefix = c.Options["token_prefix"]; b.prefix == "" {
			b.prefix = "Bearer"
		}
		scheme, _ := signers.Lookup(c.Signer)
		for _, o := range scheme.Options {
			if o.Secret {
				b.secrets = append(b.secrets, o.Name)
			}
		}
		return b
	}
	ways, err := tokens.Parse(p.Token)
	if len(p.Token) == 0 || string(p.Token) == "null" || err != nil || len(ways) == 0 {
		return nil
	}
	// The first way whose condition holds, or the last one if none does.
	for _, b.way = range ways {
		if b.way.When == "" || c.Options[b.way.When] != "" {
			break
		}
	}
	if signing.MatchString(strings.Join(p.Operations, "\n")) { // the signature tells more
		return nil
	}
	b.hosts = p.Hosts
	for _, o := range p.Options {
		if o.Secret {
			b.secrets = append(b.secrets, o.Name)
		}
	}
	b.header, b.prefix = "", ""
	for _, line := range p.Operations {
		line = strings.TrimSpace(line)
		if found := tokenHeader.FindStringSubmatch(line); found != nil {
			b.header, b.prefix = found[1], found[2]
			break
		}
		if name, text, _ := strings.Cut(line, "="); strings.HasPrefix(line, "header ") && strings.Contains(text, "[[token") {
			b.others = append(b.others, strings.TrimSpace(strings.TrimPrefix(name, "header ")))
		}
	}
	return b
}

// diagnose says what is wrong; nil: nothing that can be seen. What was sent counts more than the
// answer, since a visible mistake says what to change, and most answers do not.
func (b *bearer) diagnose() *Finding {
	if len(b.Unexpanded) > 0 || b.accepted() {
		return nil
	}
	var m *mistake
	if b.asksForToken() {
		m = b.tokenRequest()
	} else {
		m = b.call()
	}
	if m == nil {
		m = b.refused()
	}
	if m == nil {
		return nil
	}
	cause := causeByID[m.cause]
	f := &Finding{Class: cause.Class, Causes: []string{m.cause}, Explanation: cause.Says, Fix: cause.Fix}
	f.Proved = m.proved && b.provable(m.cause)
	if m.detail != "" {
		f.Explanation = m.detail
	}
	f.Explanation = sentence(f.Explanation)
	if strings.HasPrefix(m.cause, "prefix_") {
		f.Fix = "Send " + b.header + ": " + b.prefix + " TOKEN, with one blank between the two."
	}
	return f
}

// provable reports whether a cause can be proved with what is known. Without any configuration, that is
// only what a token says of itself: its times, and the cloud that it is for.
func (b *bearer) provable(cause string) bool {
	for _, value := range b.Options {
		if value != "" {
			return true
		}
	}
	return cause == "token_expired" || cause == "token_not_yet" || cause == "token_cloud"
}

// conclude says what is wrong, or what the answer means where nothing can be seen. It never says that a
// token is right: nobody but its issuer can prove that.
func (b *bearer) conclude(a answer) *Finding {
	if f := b.diagnose(); f != nil {
		return f
	}
	f := &Finding{Class: None, Causes: []string{}}
	id := ""
	switch {
	case b.accepted():
		f.Explanation = "The vendor accepted the request."
	case len(b.Unexpanded) > 0:
		id = "variable_unexpanded"
	case b.Response == nil:
		f.Explanation = "Nothing that can be seen is wrong; whether the token is good, only the vendor's answer shows."
	case a.kind == rights && a.cause != "":
		id = a.cause
	case b.Response.Status == http.StatusUnauthorized && b.strangeHost():
		id = "host_differs"
	case b.Response.Status == http.StatusUnauthorized:
		id = "token_refused"
	case b.Response.Status == http.StatusForbidden:
		id = "not_permitted"
	default:
		id = "unexplained"
	}
	if cause := causeByID[id]; cause != nil {
		f.Class, f.Causes, f.Explanation, f.Fix = cause.Class, []string{id}, sentence(cause.Says), cause.Fix
	}
	return f
}

// strangeHost reports whether a call went to a host that is neither configured nor known of the vendor.
// A pattern *.example.com in the preset is one of any depth.
func (b *bearer) strangeHost() bool {
	known := b.Hosts
	if len(known) == 0 {
		known = b.hosts
	}
	host := strings.ToLower(b.Request.Host)
	return len(known) > 0 && !b.asksForToken() && !slices.ContainsFunc(known, func(pattern string) bool {
		suffix, wild := strings.CutPrefix(strings.ToLower(pattern), "*")
		return wild && strings.HasSuffix(host, suffix) || !wild && host == suffix
	})
}

// accepted reports whether the answer is a success. Without an answer it is not.
func (b *bearer) accepted() bool { return b.Response != nil && b.Response.Status/100 == 2 }

var (
	// sentVariable is a variable of a shell, of a template or of cmd as the whole value.
	sentVariable = regexp.MustCompile(`^(\$\{?\w+\}?|\{\{.*\}\}|%\w+%|\$\(.*\)?)$`)
	// emptyWords are what languages print for no value, and what pages write for a token.
	emptyWords = regexp.MustCompile(`(?i)^(null|undefined|none|nil|\[object object\]|<[^>]*>|access_?token|your[-_ ].*|x{4,}|\*{3,})$`)
)

// call looks at the token of a call, from the outside to the inside: whether its header is there, once,
// with the right word before it, and then at the token itself. The first thing that is wrong decides,
// because what is inside cannot be read behind it.
func (b *bearer) call() *mistake {
	if b.header == "" {
		for _, name := range b.others {
			if b.Request.Header.Get(name) == "" && !b.Sanitised {
				return &mistake{"header_not_sent", "the header " + name + ", which holds the token, was not sent", true}
			}
		}
		return nil
	}
	values := b.Request.Header.Values(b.header)
	if len(values) == 0 {
		return b.missing()
	}
	if len(values) > 1 {
		return &mistake{"header_twice", "the header " + b.header + " was sent " + countWord(len(values)) + ": one is left over", true}
	}
	token, m := b.unwrap(values[0])
	if m != nil {
		return m
	}
	for _, name := range b.secrets {
		if v := strings.TrimSpace(b.Options[name]); v != "" && v == token {
			return &mistake{"secret_sent", "the " + spoken(name) + " itself was sent as the token; it must be exchanged for one first", true}
		}
	}
	if id := b.Options["client_id"]; id != "" && id == token {
		return &mistake{"token_kind", "the client ID was sent as the token; together with its secret it is exchanged for one", true}
	}
	return b.jwt(token)
}

// isSecret reports whether an option is one of the secrets.
func (b *bearer) isSecret(option string) bool { return slices.Contains(b.secrets, option) }

// countWord is how often something was sent, in a sentence.
func countWord(n int) string {
	if n == 2 {
		return "twice"
	}
	return "several times"
}

// missing says where a token is if it is not in its header. In a query (RFC 6750, 2.3) it is not called
// proved. In a log that leaves credentials out, a missing header says nothing.
func (b *bearer) missing() *mistake {
	_, query, _ := strings.Cut(b.Request.Target, "?")
	for _, pair := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); value != "" && strings.EqualFold(name, "access_token") {
			return &mistake{"wrong_header", "the token was sent as the parameter access_token, and the vendor reads it in " + b.header, false}
		}
	}
	if b.Sanitised {
		return nil
	}
	return &mistake{"header_not_sent", "the header " + b.header + ", which holds the token, was not sent", true}
}

// unwrap is the token in a header's value, or what is wrong around it.
//
//	"Bearer eyJ..."          the token
//	"bearer eyJ..."          the token: schemes have no letter case (RFC 9110, 11.1)
//	"Bearer: eyJ..."         prefix_wrong
//	"Bearer Bearer eyJ..."   prefix_wrong
//	"eyJ..."                 prefix_missing
//	"Bearer ${TOKEN}"        variable_unexpanded
//	"Bearer {\"access_..."   token_kind: the whole answer of the token service
func (b *bearer) unwrap(value string) (string, *mistake) {
	trimmed := strings.TrimSpace(value)
	if b.prefix != "" {
		word, rest, found := strings.Cut(trimmed, " ")
		name := strings.TrimRight(word, ":=")
		switch {
		case strings.EqualFold(name, b.prefix) && name != word:
			return "", &mistake{"prefix_wrong",
				"a " + word[len(name):] + " follows the word " + b.prefix + ", and only a blank belongs there", true}
		case strings.EqualFold(word, b.prefix) && !found:
			return "", &mistake{"secret_empty", "nothing follows the word " + b.prefix + ": the token is empty", true}
		case strings.EqualFold(word, "Basic"):
			return "", &mistake{"wrong_scheme", "ID and secret were sent to the API (Basic), which takes a token for them", true}
		case !strings.EqualFold(word, b.prefix) && found && !strings.ContainsAny(word, ".\"'{"):
			return "", &mistake{"prefix_wrong", "the value begins with another word than " + b.prefix, true}
		case !strings.EqualFold(word, b.prefix):
			return "", &mistake{"prefix_missing", "the word " + b.prefix + " is missing before the token", true}
		}
		trimmed = strings.TrimLeft(rest, " ")
		if again, rest, found := strings.Cut(trimmed, " "); found && strings.EqualFold(again, b.prefix) && rest != "" {
			return "", &mistake{"prefix_wrong", "the word " + b.prefix + " is there twice", true}
		}
	}
	switch {
	case sentVariable.MatchString(trimmed):
		return "", &mistake{"variable_unexpanded", "", true}
	case emptyWords.MatchString(trimmed):
		return "", &mistake{"secret_placeholder", "a placeholder was sent in place of the token", true}
	case strings.HasPrefix(trimmed, "{"):
		return "", &mistake{"token_kind", "the whole answer of the token service was sent as the token", true}
	case strings.Trim(trimmed, `"'`+"`<>") != trimmed:
		return "", &mistake{"secret_quoted", "quotes or brackets surround the token", true}
	case strings.ContainsAny(trimmed, " \t\r\n"):
		return "", &mistake{"secret_whitespace", "the token has white space in it: it was cut into lines, or something follows it",
			strings.HasPrefix(trimmed, "eyJ")}
	}
	return trimmed, nil
}

// refused is what the answer says: by its text and codes (tokens.json), and by a status 401 to a
// request for a token, which can only be about the client's own credential.
func (b *bearer) refused() *mistake {
	if b.Response == nil {
		return nil
	}
	text := string(b.Response.Body) + "\n" + strings.Join(b.Response.Header.Values("WWW-Authenticate"), "\n")
	codes := errorCodes(b.Response.Body, text)
	for _, r := range tokenTable.Refusals {
		if r.Says != nil && r.Says.MatchString(text) || r.Code != "" && slices.Contains(codes, r.Code) {
			return &mistake{cause: r.Cause, detail: r.Detail}
		}
	}
	if b.loginStep() != nil {
		return b.refusedLogin()
	}
	if b.asksForToken() && b.Response.Status == http.StatusUnauthorized {
		return &mistake{cause: "wrong_secret", detail: "the token service does not accept the client's ID and secret"}
	}
	return nil
}

// writtenCode is an error code in a header WWW-Authenticate or in the text that a client printed:
// error="invalid_token".
var writtenCode = regexp.MustCompile(`\berror["']?\s*[:=]\s*["']?([a-z_]+)\b`)

// errorCodes are those of OAuth 2.0 that an answer has, as JSON, in WWW-Authenticate or as clients
// print them.
//
//	{"error":"invalid_client"}, Bearer error="invalid_token"  ->  invalid_client, invalid_token
func errorCodes(body []byte, text string) (codes []string) {
	var document struct{ Error any }
	if json.Unmarshal(body, &document) == nil {
		if code, ok := document.Error.(string); ok {
			codes = append(codes, code)
		}
	}
	for _, found := range writtenCode.FindAllStringSubmatch(text, -1) {
		codes = append(codes, found[1])
	}
	return codes
}
