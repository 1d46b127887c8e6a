package diagnose

import (
	_ "embed"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// Where the token is fetched first, a request has no signature to reproduce. What can be seen is the
// form in which the token was sent (bearercall.go), the claims of a JWT (bearerclaims.go), the request
// for the token (tokenrequest.go, tokenlogin.go), and what the answers say (beareranswer.go). What the
// codes of answers mean, and what is peculiar to a vendor's tokens, are rows of tokens.json.

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
		says := strings.TrimPrefix(cause.Says, "the signature is right, but ") // nothing is signed here
		f.Class, f.Causes, f.Explanation, f.Fix = cause.Class, []string{id}, sentence(says), cause.Fix
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
