package diagnose

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

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
