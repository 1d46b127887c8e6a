//go:build go1.21

package outbound

import "strings"

// unsent are the errors of Go's HTTP clients (net/http, golang.org/x/net/http2, quic-go/http3) that are caused by the
// request: each occurs before its head, or its last byte, is sent. They have no types; these are the beginnings of their
// texts.
var unsent = []struct {
	text string
	kind kind
}{
	{"net/http: invalid method", kindBadMethod},
	{"http3: invalid method", kindBadMethod},
	{"net/http: invalid header", kindBadHeader},
	{"net/http: invalid trailer", kindBadHeader},
	{"http3: invalid http header", kindBadHeader},
	{"invalid HTTP header", kindBadHeader},
	{"invalid HTTP trailer", kindBadHeader},
	{"invalid Trailer key", kindBadHeader},
	{"invalid Transfer-Encoding request header", kindBadHeader},
	{"invalid Connection request header", kindUpgrade},
	{"invalid Upgrade request header", kindUpgrade},
	{"invalid :protocol header in non-CONNECT request", kindUpgrade},
	{"net/http: extended connect not supported by peer", kindUpgrade},
	{"http3: server didn't enable Extended CONNECT", kindUpgrade},
	{"invalid request :path", kindBadTarget},
	{"net/http: can't write control character in Request.URL", kindBadTarget},
	{"request header list larger than peer's advertised limit", kindHeadLarge},
	{"http2: request body larger than specified content length", kindBodyBroken},
	{"http: ContentLength=", kindBodyBroken},
	{"http: Request.ContentLength=", kindBodyBroken},
}

// UnsentProblem is the problem if err, which a transport returned, is an error of Go's about the request: it cannot be sent
// over this protocol, whatever the upstream. Otherwise it is nil. Without it, a proxy with passive health checks would count
// such an error as the upstream's failure, and a client could take the vendor away from everybody. A test makes each of these
// errors with Go's clients, so that another wording of a new version is noticed.
func UnsentProblem(err error) *Problem {
	// net/http puts these words before what broke an HTTP/1 connection, and http2 and http3 their names before some of the others.
	text := strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")
	for _, u := range unsent {
		if strings.HasPrefix(text, u.text) || strings.HasPrefix(text, "http2: "+u.text) || strings.HasPrefix(text, "http3: "+u.text) {
			return problem(u.kind, "the request cannot be sent over the protocol that the upstream speaks")
		}
	}
	return nil
}

// HeadProblem is the problem of a head that the upstream did not accept.
func HeadProblem() *Problem {
	return problem(kindHeadLarge, "target and headers are larger than the upstream accepts")
}

// UpgradeProblem is the problem of a WebSocket that the upstream cannot open.
func UpgradeProblem() *Problem {
	return problem(kindUpgrade, "the upstream does not speak HTTP/1.1, which WebSockets need")
}
