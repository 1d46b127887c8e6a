//go:build go1.21

package outbound

import "net/http"

// early reports whether r came in TLS early data (0-RTT), which can be recorded and replayed, or whether a gateway in
// front says so by a header (RFC 8470). An invalid value of the header counts too.
func early(r *http.Request) bool {
	return r.TLS != nil && !r.TLS.HandshakeComplete || len(r.Header["Early-Data"]) > 0
}

// admitEarly refuses early data: a recorded request would be signed again each time it is replayed. If the option
// early_data allows it, the header informs the vendor.
func admitEarly(c *credential, r *http.Request) *Problem {
	if !c.early {
		return problem(kindEarly, "the request came in early data, which can be replayed; send it again when the TLS handshake is done")
	}
	r.Header["Early-Data"] = []string{"1"}
	return nil
}
