//go:build go1.21

package outbound

import "net/http"

// early reports whether r came in TLS early data (0-RTT), which whoever recorded it can send again, or may have come so to
// a gateway in front, which says it by a header (RFC 8470). An odd value of the header counts too.
func early(r *http.Request) bool {
	return r.TLS != nil && !r.TLS.HandshakeComplete || len(r.Header["Early-Data"]) > 0
}

// admitEarly refuses early data: a recorded request would be signed afresh whenever it is sent again. Where the option
// early_data allows it, the vendor is told by the header.
func admitEarly(c *credential, r *http.Request) *Problem {
	if !c.early {
		return problem(kindEarly, "the request came in early data, which can be replayed; send it again when the TLS handshake is done")
	}
	r.Header["Early-Data"] = []string{"1"}
	return nil
}
