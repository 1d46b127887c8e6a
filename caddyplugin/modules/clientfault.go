package modules

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
)

// largeHead is the size of a head that not every server accepts, in bytes as HTTP/2 counts them. Servers announce
// their limit as SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 section 6.5.2), and Go's client then refuses to send more;
// but the first request of a connection goes out before the limit is known.
const largeHead = 16 << 10

// clientFault is the problem if out, which base tried to send, failed because of what the client asked for. As an error it
// would count as a failure of the upstream, and make it unavailable to everyone. It is nil if the upstream may be the reason.
func clientFault(base *reverseproxy.HTTPTransport, out *http.Request, err error) *outbound.Problem {
	// The order matters: what is known for certain to be the client's comes first. An upstream that was not reached,
	// or whose certificate is wrong, must stay a failure, or passive health checks would never take it out. What is
	// left is likely to be the client's only for upgrades and large heads.
	// Go's transport returns the error of the body itself; over HTTP/3 it is another one.
	if broken := brokenBody(out); broken != nil && (errors.Is(err, broken) || http3(base)) {
		return outbound.BodyProblem(broken)
	}
	if p := outbound.UnsentProblem(err); p != nil {
		return p
	}
	var dial reverseproxy.DialError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dial), errors.As(err, &unverified), out.Context().Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return nil
	// A server that only speaks HTTP/2 aborts, in one of many ways.
	case upgrades(out):
		return outbound.UpgradeProblem()
	// On a new connection it is sent before the server has announced its limit.
	case headSize(out) > largeHead:
		return outbound.HeadProblem()
	}
	return nil
}

// unopenable is the problem of a WebSocket over HTTP/3, whose transport would send it as a plain request. Nil: it
// can be sent.
func unopenable(base *reverseproxy.HTTPTransport, out *http.Request) *outbound.Problem {
	if upgrades(out) && http3(base) {
		return outbound.UpgradeProblem()
	}
	return nil
}

// http3 reports whether base, nil for a transport of another module, may speak HTTP/3.
func http3(base *reverseproxy.HTTPTransport) bool {
	return base != nil && slices.Contains(base.Versions, "3")
}

// upgrades reports whether r, as reverse_proxy passes it on, asks to switch to another protocol (RFC 9110 section
// 7.8). Other options of Connection are gone by then.
func upgrades(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Connection"), "Upgrade") && r.Header.Get("Upgrade") != ""
}

// headSize is the size of a request's head as HTTP/2 counts it (RFC 9113 section 6.5.2): names, values, and 32
// bytes for each field.
func headSize(r *http.Request) int {
	const perField = 32
	size := 4*perField + len(":method:path:scheme:authority") + len(r.Method) + len(r.URL.RequestURI()) + len(r.URL.Scheme) + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + perField
		}
	}
	return size
}
