//go:build go1.21

package outbound

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
)

// loopHeader names the gateways that a request came through (RFC 8586). It is only sent to insecure upstreams: a verified
// vendor is not this gateway. Without it, a gateway whose upstream is itself would send a request around until it has no
// connections left.
const loopHeader = "Cdn-Loop"

// instance identifies this process among all gateways.
var instance = newInstance()

// through is the value of loopHeader of a request that came through no gateway before. Who adds another makes a copy.
var through = []string{instance}

// newInstance draws an identity in the form of a cdn-info of RFC 8586, 2, that is new for each start: two gateways in a row are no loop.
func newInstance() string {
	id := make([]byte, 8)
	rand.Read(id)
	return "vendorsign; id=" + hex.EncodeToString(id)
}

// looped reports whether the request has been here before, and otherwise marks it: h is changed. Other gateways' entries
// stay, as RFC 8586 demands.
func looped(h http.Header) bool {
	came := h[loopHeader]
	for _, hop := range came {
		if strings.Contains(hop, instance) {
			return true
		}
	}
	// The slice may be the client's, or through: an append must not write behind its end.
	h[loopHeader] = append(came[:len(came):len(came)], instance)
	return false
}
