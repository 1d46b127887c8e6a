package vendorsim

import (
	"encoding/base64"
	"strings"
)

// basicAuth reads "Basic base64(user:password)" (RFC 7617). It accepts one spelling only: a decoder would also accept line
// ends inside the text, and Duo's and CSP's clients all write the scheme as "Basic". It is not ok without a colon; a password
// may hold more of them.
func basicAuth(authorization string) (user, password string, ok bool) {
	text, ok := strings.CutPrefix(authorization, "Basic ")
	if !ok {
		return "", "", false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(b) != text {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}
