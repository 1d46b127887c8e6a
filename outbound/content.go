//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
)

// admitContent refuses a body that vendor and signer may interpret differently: one with several content types, of which the
// vendor may use a different one than the signer, and a compressed one if the signature covers the body, since servers
// decompress it before or after they verify, unless the scheme says when (signers.Traits.Encoded). "identity" means no
// encoding; RFC 9110, 8.4, reserves it for Accept-Encoding, but clients send it.
func admitContent(c *credential, r *http.Request) *Problem {
	if len(r.Header["Content-Type"]) > 1 {
		return problem(kindUnsignable, "the request has more than one Content-Type")
	}
	encodings := r.Header["Content-Encoding"]
	if len(encodings) == 0 || c.traits.Encoded || r.Body == nil || r.Body == http.NoBody || !coversBody(c, r.Method) {
		return nil
	}
	for _, encoding := range encodings {
		if !strings.EqualFold(strings.TrimSpace(encoding), "identity") {
			return problem(kindUnsignable, "a signed body must not have a Content-Encoding")
		}
	}
	return nil
}
