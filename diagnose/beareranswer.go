package diagnose

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// refused is what the answer says: by its text and codes (tokens.json), and by a status 401 to a
// request for a token, which can only be about the client's own credential.
func (b *bearer) refused() *mistake {
	if b.Response == nil {
		return nil
	}
	text := string(b.Response.Body) + "\n" + strings.Join(b.Response.Header.Values("WWW-Authenticate"), "\n")
	codes := errorCodes(b.Response.Body, text)
	if m := b.refusedAssertion(codes); m != nil {
		return m
	}
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

// refusedAssertion is what invalid_client means of a client that proves itself with a JWT in which nothing is wrong that can be seen: it
// has no secret. What else services ask for is not fixed by RFC 7523, so that nothing of it is proved.
func (b *bearer) refusedAssertion(codes []string) *mistake {
	if !b.asksForToken() || b.loginStep() != nil || !slices.Contains(codes, "invalid_client") && b.Response.Status != http.StatusUnauthorized {
		return nil
	}
	m, name := b.ownAssertion()
	values, _ := formParameters(string(b.Request.Body))
	if m == nil || name != "client_assertion" || values == nil {
		return nil
	}
	_, claims, ok := claimsOf(values.Get(name))
	switch issued, expires, dated := lifetimeOf(claims); {
	case !ok:
		return nil
	case usedBefore.Match(b.Response.Body):
		return &mistake{cause: "replayed_nonce", detail: "the token service has seen this assertion (its jti) before"}
	case claims["jti"] == nil:
		return &mistake{cause: "signature_parameter", detail: "the assertion has no jti, which many token services require"}
	case dated && expires.Sub(issued) > time.Hour:
		return &mistake{cause: "signature_parameter",
			detail: "the assertion lives longer than an hour (from its iat to its exp), and many token services accept minutes"}
	}
	return &mistake{cause: "wrong_secret",
		detail: "nothing that can be seen is wrong with the assertion: the token service may not know its key or the client"}
}

// usedBefore is how services say that they have seen a nonce.
var usedBefore = regexp.MustCompile(`(?i)\bjti\b.{0,40}\b(?:used|replay|seen|reuse|exists)|` +
	`(?:replay|reuse)\w*.{0,40}\bjti\b|already (?:been )?used`)

// lifetimeOf are iat and exp of a JWT; not ok where it lacks one of them.
func lifetimeOf(claims map[string]any) (issued, expires time.Time, ok bool) {
	var at [2]time.Time
	for i, name := range []string{"iat", "exp"} {
		n, _ := claims[name].(json.Number)
		seconds, err := n.Float64()
		if err != nil {
			return issued, expires, false
		}
		at[i] = time.Unix(int64(seconds), 0)
	}
	return at[0], at[1], true
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
