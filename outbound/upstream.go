//go:build go1.21

package outbound

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Trace is for httptrace.WithClientTrace: it ensures that a request only reaches the credential's own servers. A connection is
// closed before the first byte is written unless its verified certificate is for a bound host. It is for gateways that see the
// request before their proxy chooses an upstream. It is the same for all requests of a gate, and nil if insecure_upstream is set
// for good.
func Trace(g *Gate) *httptrace.ClientTrace {
	if g.Insecure() && (g.source == nil || g.source.policy.InsecureUpstream) {
		return nil
	}
	g.known.Store(&knownName{})
	return traceOf(g)
}

// traceOf is a variable as credentialOf is.
var traceOf = func(g *Gate) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		secure, ok := info.Conn.(*tls.Conn)
		if ok && isKnown(g, secure) {
			return
		}
		if reason := checkConn(g, current(g), info.Conn, secure); reason != "" && g.OnWrongUpstream != nil {
			g.OnWrongUpstream(reason)
		}
	}}
}

// CheckConn is what the Trace does with a connection, for gateways that have a trace for each request. The reason is
// empty unless the connection was closed.
func (g *Gate) CheckConn(conn net.Conn) (reason string) {
	secure, ok := conn.(*tls.Conn)
	if ok && isKnown(g, secure) {
		return ""
	}
	return checkConn(g, current(g), conn, secure)
}

// CheckConn is Gate.CheckConn for a request of this snapshot: it uses the credential that signed the request, and not one that
// a file has brought since.
func (s *Snapshot) CheckConn(conn net.Conn) (reason string) {
	secure, _ := conn.(*tls.Conn)
	return checkConn(s.gate, s.credential, conn, secure)
}

// checkConn closes a connection to an upstream that the credential must not be sent to, and says why. Secure is conn, or
// nil if it is plain http. net/http calls GotConn before it writes the request, so nothing of it is on the wire yet.
func checkConn(g *Gate, c *credential, conn net.Conn, secure *tls.Conn) (reason string) {
	if c.insecure {
		return ""
	}
	reason = "the upstream is plain http; use https or set insecure_upstream"
	if secure != nil {
		reason = wrongConn(c, secure)
	}
	if reason != "" {
		conn.Close()
		return reason
	}
	g.known.Store(&knownName{name: secure.ConnectionState().ServerName, credential: c})
	if !g.verified.Load() {
		g.verified.Store(true)
	}
	return ""
}

// knownName is a name that was found in a verified certificate and accepted for this credential. Interpreted, checking it
// again costs as much as a signature, for every request on the connection. Only the last one is remembered: a gate usually
// has one vendor.
type knownName struct {
	name       string
	credential *credential
}

// isKnown reports whether the certificate's name was accepted for the credential in use, and the connection's chain is verified.
func isKnown(g *Gate, conn *tls.Conn) bool {
	known := g.known.Load().(*knownName)
	if known.credential != g.snapshot.Load().(*Snapshot).credential {
		return false
	}
	state := conn.ConnectionState()
	return known.name != "" && state.ServerName == known.name && len(state.VerifiedChains) > 0
}

// Verified reports whether the Trace has seen a verified connection: a proxy that reports no connection events
// (Traefik's fastProxy) may be talking to anybody.
func Verified(g *Gate) bool { return g.verified.Load() }

// wrongConn says why the credential must not be sent over a TLS connection; empty: it may. The chain must be verified, and
// the name that was verified must be a host of the credential: a certificate for another name proves another server.
func wrongConn(c *credential, conn *tls.Conn) string {
	state := conn.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return "the upstream's certificate is not verified; trust its issuer or set insecure_upstream"
	}
	name := state.ServerName
	if name == "" { // a certificate for an address
		name, _, _ = net.SplitHostPort(conn.RemoteAddr().String())
	}
	if c.absent == "" && !credentials.Bound(c.hosts, name) {
		return "the upstream's certificate is for " + name + ", which is not one of the hosts that the credential is bound to (" +
			strings.Join(c.hosts, ", ") + ")"
	}
	return ""
}

// Insecure reports whether the upstream may be plain http or unverified.
func (g *Gate) Insecure() bool { return current(g).insecure }

// UnsignedProblem is the refusal of a request that was about to leave for a credential's host without its signature.
func UnsignedProblem(detail string) *Problem { return problem(kindUnsigned, detail) }

// UpstreamProblem is the refusal of an upstream that the credential must not be sent to.
func UpstreamProblem(detail string) *Problem { return problem(kindUpstream, detail) }

// RepetitionProblem is the refusal of a retry whose body was sent, at least in part, with the previous attempt: the rest
// alone would arrive as another, complete request. It is a 502, as the first attempt's failure would have been.
func RepetitionProblem() *Problem {
	return problem(kindRepetition, "its body was not kept; where such requests may be repeated, let the proxy buffer them (request_buffers)")
}
