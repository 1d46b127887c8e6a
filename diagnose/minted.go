package diagnose

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/presets"
	"github.com/vendorsign/vendorsign/signers/tokens"
)

// A token that the client signs itself can be judged, unlike one of an issuer: the configuration says what is in it and
// with which key it is signed. There are three: the JWT of the scheme jwt, the assertion by which a client proves who it
// is (RFC 7523, 2.2), and one that is traded for a token (RFC 7523, 2.1).

// minted is the JWT that the configuration asks for. algorithm is as in RFC 7518; key is the name of the option.
type minted struct {
	*bearer
	algorithm, key, keyID string
	claims                [][2]string // those with a value that is known, and exp and others with an empty one
	// It is an assertion: audiences that are not the configured one may do as well, and only its issuer is compared.
	assertion bool
	// It names the client: iss and sub are its ID (RFC 7523, 3).
	client bool
}

// ownToken is the JWT that a call has; nil: its token comes from an issuer.
func (b *bearer) ownToken() *minted {
	switch {
	case b.Signer == presets.JWTName:
		j := &tokens.JWT{Algorithm: b.Options["algorithm"], KeyID: "key_id", Claims: b.Values["claims"]}
		return b.minted(j, false)
	case b.way != nil && b.way.JWT != nil && b.way.OAuth2 == nil && b.way.Login == nil:
		return b.minted(b.way.JWT, false)
	}
	return nil
}

// ownAssertion is the JWT of a token request, with the parameter that holds it; nil: there is none.
func (b *bearer) ownAssertion() (m *minted, parameter string) {
	var o tokens.OAuth2
	if b.way == nil {
		o = tokens.OAuth2{ClientAuth: b.Options["client_auth"], Algorithm: b.Options["algorithm"], TokenURL: b.Options["token_url"],
			AssertionAudience: b.Options["assertion_audience"]}
	} else if b.way.OAuth2 != nil {
		o = *b.way.OAuth2
	}
	switch {
	case o.ClientAuth == "private_key_jwt":
		id := "[[opt." + b.named("client_id") + "]]"
		j := &tokens.JWT{Algorithm: o.Algorithm, Key: o.PrivateKey, KeyID: o.KeyID, Claims: []string{"iss=" + id, "sub=" + id,
			"aud=" + cmp.Or(o.AssertionAudience, o.TokenURL), "exp=[[expires]]"}}
		if j.KeyID == "" {
			j.KeyID = "key_id"
		}
		m = b.minted(j, true)
		m.client = true
		return m, "client_assertion"
	case b.way != nil && b.way.JWT != nil && b.way.OAuth2 != nil:
		return b.minted(b.way.JWT, true), "assertion"
	}
	return nil, ""
}

// optionValue is a value in a template that is an option.
var optionValue = regexp.MustCompile(`\[\[opt\.(\w+)\]\]`)

// minted reads a declaration. A claim whose value the configuration does not tell is known by its name alone.
func (b *bearer) minted(j *tokens.JWT, assertion bool) *minted {
	m := &minted{bearer: b, algorithm: cmp.Or(j.Algorithm, "RS256"), key: j.Key, keyID: b.Options[j.KeyID], assertion: assertion}
	if m.key == "" {
		m.key = "private_key"
		if strings.HasPrefix(m.algorithm, "HS") {
			m.key = "shared_secret"
		}
	}
	for _, line := range j.Claims {
		name, template, _ := strings.Cut(line, "=")
		value := optionValue.ReplaceAllStringFunc(strings.TrimSpace(template), func(found string) string {
			return cmp.Or(b.Options[optionValue.FindStringSubmatch(found)[1]], "[[")
		})
		if value = strings.ReplaceAll(value, "[[host]]", b.Request.Host); strings.Contains(value, "[[") {
			value = ""
		}
		m.claims = append(m.claims, [2]string{strings.TrimSpace(name), value})
	}
	return m
}

// judge says what is wrong with a token; nil: nothing. What is sure counts more than what is likely, which counts only
// where the token was refused.
func (m *minted) judge(token string) *mistake {
	header, claims, ok := claimsOf(token)
	if !ok {
		if parts := strings.Split(token, "."); len(parts) == 3 && strings.ContainsAny(parts[0]+parts[1], "+/") {
			return &mistake{"signature_encoding", "the parts of the JWT are in plain Base64, and a JWT has base64url", true}
		}
		return nil
	}
	var guessed *mistake
	for _, look := range []func(header, claims map[string]any) *mistake{m.numbers,
		func(_, claims map[string]any) *mistake { return m.times(claims) }, m.head, m.fixed,
		func(header, _ map[string]any) *mistake { return m.signed(token, header) }} {
		found := look(header, claims)
		if found != nil && m.assertion {
			found.detail = strings.Replace(found.detail, "the token", "the assertion", 1)
		}
		switch {
		case found == nil:
		case found.proved:
			return found
		case guessed == nil && (m.Response != nil || found.cause == "wrong_secret"):
			guessed = found
		}
	}
	return guessed
}

// head compares the header with the configured algorithm and key.
func (m *minted) head(header, _ map[string]any) *mistake {
	if alg, _ := header["alg"].(string); alg != m.algorithm {
		return &mistake{"wrong_algorithm", "the token says that it is signed with " + shownText(cmp.Or(alg, "nothing")) +
			" (its alg), and " + m.algorithm + " is configured", true}
	}
	kid, sent := header["kid"].(string)
	switch {
	case m.keyID == "" || kid == m.keyID:
		return nil
	case !sent:
		return &mistake{"wrong_id", "the token does not name its key (kid)", false}
	}
	return &mistake{"wrong_id", "the token names another key than the configured one (its kid)", true}
}

// numbers looks at the times, which are numbers of seconds (RFC 7519, 2): milliseconds are a date in ten thousands of years.
func (m *minted) numbers(_, claims map[string]any) *mistake {
	for _, name := range []string{"exp", "nbf", "iat"} {
		value, sent := claims[name]
		number, ok := value.(json.Number)
		n, err := number.Float64()
		switch {
		case sent && (!ok || err != nil):
			return &mistake{"date_format", name + " is not a number of seconds since 1970", true}
		case n > 1e14:
			return &mistake{"date_format", name + " is not in seconds", true}
		case n > 1e11:
			return &mistake{"milliseconds_for_seconds", name + " is in milliseconds, and a JWT has seconds", true}
		case !sent && name == "exp" && slices.Contains(m.claims, [2]string{"exp", ""}):
			return &mistake{"signature_parameter", "the token has no exp, and the configuration has one", true}
		}
	}
	return nil
}

// fixed compares the claims whose values are configured.
func (m *minted) fixed(_, claims map[string]any) *mistake {
	var guessed *mistake
	for _, c := range m.claims {
		name, want := c[0], c[1]
		got, sent := claims[name]
		texts := textsOf(got)
		list, isList := got.([]any)
		if want == "" || slices.Contains(texts, want) || sent && len(texts) == 0 && !(isList && len(list) == 0) {
			continue
		}
		found := &mistake{cause: "signature_parameter", detail: "the token's " + name + " is missing"}
		if sent {
			found.detail = "the token's " + name + " is not the configured one"
		}
		switch name {
		case "aud":
			found.cause = "token_audience"
			slash := slices.ContainsFunc(texts, func(t string) bool { return strings.TrimSuffix(t, "/") == strings.TrimSuffix(want, "/") })
			found.proved = !m.assertion && !slash
		case "iss":
			found.cause, found.proved = "wrong_id", true
		case "sub":
			found.cause, found.proved = "wrong_id", m.client || !m.assertion
			if !found.proved && !sent { // an assertion without it is for the account itself
				continue
			}
		case "scope":
			found.cause = "token_scope"
		}
		if found.proved {
			return found
		}
		guessed = cmp.Or(guessed, found)
	}
	return guessed
}
