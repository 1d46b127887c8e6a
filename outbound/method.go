//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
)

// tokenCharacters are those that a method or a header's name may consist of (RFC 9110 section 5.6.2).
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// usualMethods are those that Quick signs.
var usualMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

// admitMethod refuses a method that is not a token. HTTP/2 and HTTP/3 servers pass on whatever a client sends, and a blank
// in it turns the request line into another request for an HTTP/1 vendor. CONNECT asks for a tunnel, and TRACE for the request
// itself, which has the signature or the secret by then; TRACK is its other name, and some servers take a method in any case.
func admitMethod(r *http.Request) *Problem {
	if r.Method == "" || strings.Trim(r.Method, tokenCharacters) != "" {
		return problem(kindBadMethod, "the method is not a token (RFC 9110 section 5.6.2)")
	}
	if strings.EqualFold(r.Method, http.MethodTrace) || strings.EqualFold(r.Method, "TRACK") {
		return problem(kindBadMethod, "the answer to TRACE shows the signature or the secret (RFC 9110 section 9.3.8)")
	}
	if r.Method != "CONNECT" {
		return nil
	}
	if len(r.Header[":protocol"]) > 0 || !strings.HasPrefix(r.Proto, "HTTP/") { // RFC 8441, as HTTP/2 and HTTP/3 servers show it
		return problem(kindUpgrade, "tunnels by extended CONNECT are not supported")
	}
	return problem(kindBadTarget, "only requests for a path are signed")
}
