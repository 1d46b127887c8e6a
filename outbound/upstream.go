//go:build go1.21

package outbound

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
)

// Watch makes sure that r reaches no other server than the credential's: a connection is closed before the first
// byte is written unless its verified certificate is for a bound host. For gateways that only see the request before
// it is handed to their proxy. With insecure_upstream nothing is watched.
func (g *Gate) Watch(r *http.Request) *http.Request {
	if g.trace == nil {
		return r
	}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), g.trace))
}

// newTrace is shared by all requests of a gate: it needs nothing of the request.
func (g *Gate) newTrace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if reason := g.wrongConn(info.Conn); reason != "" {
			info.Conn.Close()
			if g.OnWrongUpstream != nil {
				g.OnWrongUpstream(reason)
			}
		}
	}}
}

func (g *Gate) wrongConn(conn net.Conn) string {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return "the upstream is plain http; use https or set insecure_upstream"
	}
	state := secure.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return "the upstream's certificate is not verified; trust its issuer or set insecure_upstream"
	}
	name := state.ServerName
	if name == "" { // a certificate for an address
		name, _, _ = net.SplitHostPort(conn.RemoteAddr().String())
	}
	if !g.Bound(name) {
		return "the upstream's certificate is for none of the hosts that the credential is bound to"
	}
	return ""
}

// Bound reports whether address, a name or address with or without a port, is a host of this credential. A port
// counts only if it is configured.
func (g *Gate) Bound(address string) bool {
	address = strings.ToLower(address)
	name, port := splitPort(address)
	for _, h := range g.hosts {
		bound, boundPort := splitPort(h)
		if strings.Trim(bound, "[]") == strings.Trim(name, "[]") && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}

// Insecure reports whether the upstream may be plain http or unverified.
func (g *Gate) Insecure() bool { return g.insecure }

// UpstreamProblem is the refusal of an upstream that the credential must not be sent to.
func UpstreamProblem(detail string) *Problem { return problem(kindUpstream, detail) }

// loopHeader names the gateways that a request came through (RFC 8586). It is only sent to insecure upstreams: a
// verified vendor is not this gateway.
const loopHeader = "Cdn-Loop"

// instance tells this process from every other gateway.
var instance = newInstance()

func newInstance() string {
	id := make([]byte, 8)
	rand.Read(id)
	return "vendorsign; id=" + hex.EncodeToString(id)
}

// looped reports whether the request has been here before, and otherwise marks it.
func looped(h http.Header) bool {
	came := h[loopHeader]
	for _, hop := range came {
		if strings.Contains(hop, instance) {
			return true
		}
	}
	h[loopHeader] = append(came[:len(came):len(came)], instance)
	return false
}
