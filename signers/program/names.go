//go:build go1.21

package program

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// What lets, headers (tokens of RFC 9110, 5.6.2) and parameters may be called. The lengths keep errors and logs
// short.
var (
	variableName  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,63}$`)
	headerName    = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	parameterName = regexp.MustCompile(`^[!-~]{1,128}$`)
)

// gatewayHeaders belong to the gateway and to HTTP itself: a message would no longer be what it is with another
// one. Connection and what it names are for one hop (RFC 9110 section 7.6.1), Content-Length and Transfer-Encoding
// delimit the body (RFC 9112 section 6), and a gateway sets them after signing. So programs may neither set nor
// read them.
var gatewayHeaders = map[string]bool{
	"Host": true, "Content-Length": true, "Connection": true, "Transfer-Encoding": true, "Keep-Alive": true, "Te": true, "Trailer": true,
	"Upgrade": true, "Proxy-Connection": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Expect": true,
}

// gatewayHeader is the header of the gateway's that servers may take name for; empty: none. transfer_encoding is
// one, since CGI takes it for Transfer-Encoding: an operation that sets it could smuggle a request (RFC 9112
// section 11.2).
func gatewayHeader(name string) string {
	canonical := http.CanonicalHeaderKey(plain(name))
	if gatewayHeaders[canonical] || strings.HasPrefix(canonical, "Proxy-") {
		return canonical
	}
	return ""
}

// checkName says what is wrong with the name that an operation sets; empty: nothing. It writes the name of a
// header in its canonical case, which all maps of this package use.
func checkName(op *operation) string {
	switch op.verb {
	case "let":
		if !variableName.MatchString(op.name) {
			return "let takes a name of letters, digits and underscores, not " + shown(op.name)
		}
	case "header", "delheader":
		if !headerName.MatchString(op.name) {
			return shown(op.name) + " is not a header name"
		}
		if strings.Contains(op.name, "*") {
			return shown(op.name) + ": an operation names one header, without *; owns takes patterns such as X-Acme-*"
		}
		if name := gatewayHeader(op.name); name != "" {
			return name + " belongs to the gateway"
		}
		op.name = http.CanonicalHeaderKey(op.name)
	default:
		// These separate parameters or end the query, in one server or another.
		if !parameterName.MatchString(op.name) || strings.ContainsAny(op.name, "&;=#") {
			return shown(op.name) + " is not a parameter name"
		}
	}
	return ""
}

// checkOwned says what is wrong with a header that is taken from clients, or with a pattern of such headers.
// X-Acme-* is one; * alone, and Con*, which would take Connection and Content-Length away as well, are refused.
func checkOwned(name string) string {
	stem := strings.TrimSuffix(name, "*")
	if !headerName.MatchString(stem) || strings.Contains(stem, "*") {
		return shown(name) + " is not a header name, which may end with * behind the beginning that it has in common with others"
	}
	if gateway := gatewayHeader(stem); gateway != "" {
		return gateway + " belongs to the gateway"
	}
	if stem == name {
		return ""
	}
	for gateway := range gatewayHeaders {
		if strings.HasPrefix(plain(gateway), plain(stem)) {
			return shown(name) + " would be " + gateway + ", too, which belongs to the gateway"
		}
	}
	return ""
}

// plain is a header's name as names are compared: CGI and the servers that follow it (RFC 3875, 4.1.18) take _ for
// -, too. "X_Acme-Key" -> "x-acme-key". Without it a client could send a second copy of a header that the gateway
// sets.
func plain(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// didYouMean hints at the nearest of words: "; did you mean method?" for methd. Empty: none is near enough.
func didYouMean(word string, words []string) string {
	if near := signers.NearestWord(word, words); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// shown is a name from a program as errors quote it: short, and without control characters. Line breaks in a
// preset must not make lines of their own in a log.
func shown(text string) string {
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	if text == "" || strings.TrimSpace(text) != text {
		return strconv.QuoteToASCII(text)
	}
	return text
}
