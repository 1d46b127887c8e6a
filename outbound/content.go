//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
)

// admitContent refuses a body that vendor and signer may take for different things: one with several types, of which the
// vendor may obey another than the signer, and a compressed one where the signature covers the body. Servers unpack it
// before or after they verify.
func admitContent(c *credential, r *http.Request) *Problem {
	if len(r.Header["Content-Type"]) > 1 {
		return problem(kindUnsignable, "the request has more than one Content-Type")
	}
	encodings := r.Header["Content-Encoding"]
	if len(encodings) == 0 || r.Body == nil || r.Body == http.NoBody || !coversBody(c, r.Method) {
		return nil
	}
	for _, encoding := range encodings {
		if !strings.EqualFold(strings.TrimSpace(encoding), "identity") {
			return problem(kindUnsignable, "a signed body must not have a Content-Encoding")
		}
	}
	return nil
}
