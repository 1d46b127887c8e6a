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

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// Trace is for httptrace.WithClientTrace: it ensures that a request only reaches the credential's own servers. A connection is
// closed before the first byte is written unless its verified certificate is for a bound host. It is for gateways that see the
// request before their proxy chooses an upstream. It is the same for all requests of a gate, and nil if insecure_upstream is set
// for good.
func (g *Gate) Trace() *httptrace.ClientTrace {
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
// nil if it is plain http.
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

// PlainTrace is a Trace for one request of a credential with insecure_upstream that is confined: an operator's lists
// restrict where it goes, although no server there proves its identity. It is nil if no lists apply. They are compared
// with the name that the gateway is about to dial, not with the address that it resolves to.
func PlainTrace(g *Gate) *httptrace.ClientTrace {
	c := current(g)
	if !confinedPlain(c) {
		return nil
	}
	dialled := ""
	return &httptrace.ClientTrace{
		GetConn: func(address string) { dialled = address },
		GotConn: func(info httptrace.GotConnInfo) {
			if reason := checkPlain(g, c, info.Conn, dialled); reason != "" && g.OnWrongUpstream != nil {
				g.OnWrongUpstream(reason)
			}
		},
	}
}

// CountTrace is Trace and PlainTrace for one request whose place in the rates is given back unless it was sent. Unsent
// reports whether it asked for a connection and got none that the credential may be sent over. A request that asked for
// none may still have been sent, by a proxy that reports no connection events. Traced says whether the gate has a Trace.
func CountTrace(g *Gate, traced bool) (trace *httptrace.ClientTrace, unsent func() bool) {
	c := current(g)
	plain := confinedPlain(c)
	asked, reached, dialled := false, false, ""
	return &httptrace.ClientTrace{
		GetConn: func(address string) {
			asked = true
			dialled = address
		},
		GotConn: func(info httptrace.GotConnInfo) {
			reason := ""
			if plain {
				reason = checkPlain(g, c, info.Conn, dialled)
			} else if traced {
				reason = g.CheckConn(info.Conn)
			}
			if reason == "" {
				reached = true
			} else if g.OnWrongUpstream != nil {
				g.OnWrongUpstream(reason)
			}
		},
	}, func() bool { return asked && !reached }
}

// confinedPlain reports whether c may be sent to unauthenticated upstreams, but only where its operator permits it.
func confinedPlain(c *credential) bool {
	return c.insecure && c.operator != nil && (c.bound || c.operator.Binds())
}

// checkPlain closes a connection that a confined credential with insecure_upstream must not be sent over, and says
// why.
func checkPlain(g *Gate, c *credential, conn net.Conn, dialled string) (reason string) {
	secure, ok := conn.(*tls.Conn)
	if ok && wrongConn(c, secure) == "" || mayDial(c, dialled) {
		return ""
	}
	conn.Close()
	return "the upstream is plain http or not verified, and is neither a host of the credential, nor on this machine, nor permitted by " +
		credentials.VarInsecure
}

// MayGoPlain reports whether PlainTrace may have something to check, now or when a file changes.
func (g *Gate) MayGoPlain() bool {
	c := current(g)
	o, insecure, filed := c.operator, c.insecure, false
	if g.source != nil {
		o = g.source.refs.Operator
		insecure = insecure || g.source.policy.InsecureUpstream
		filed = g.source.policy.CredentialsFile != ""
	}
	return o != nil && (insecure && o.Binds() || filed)
}

// mayDial reports whether a confined credential may be sent to address over an unauthenticated connection: to its own
// hosts, where the operator's lists permit it, and on this machine, where TLS may be terminated, unless the list of
// insecure upstreams says where on it.
func mayDial(c *credential, address string) bool {
	name, port := credentials.CutPort(address)
	name = credentials.PlainName(name)
	if signers.Loopback(name) && !c.operator.PlainLocal {
		return true
	}
	for _, host := range c.hosts {
		own, ownPort := credentials.CutPort(host)
		same := credentials.PlainName(own) == name || credentials.FamilyHas(own, name)
		if same && (ownPort == "" || ownPort == port) {
			return true
		}
	}
	return c.operator.PlainTo(address)
}

// knownName is a name that was found in a verified certificate and accepted for this credential. Interpreted,
// checking it again costs as much as a signature, for every request on the connection.
type knownName struct {
	name       string
	credential *credential
}

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
func (g *Gate) Verified() bool { return Verified(g) }

// Verified is the method of that name, for callers that are interpreted: see Sign.
func Verified(g *Gate) bool { return g.verified.Load() }

func wrongConn(c *credential, conn *tls.Conn) string {
	state := conn.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return "the upstream's certificate is not verified; trust its issuer or set insecure_upstream"
	}
	name := state.ServerName
	if name == "" { // a certificate for an address
		name, _, _ = net.SplitHostPort(conn.RemoteAddr().String())
	}
	if c.absent == "" && !bindsTo(c, name) {
		return "the upstream's certificate is for " + name + ", which is not one of the hosts that the credential is bound to (" +
			strings.Join(c.hosts, ", ") + ")"
	}
	return ""
}

// Bound reports whether address, a name or address with or without a port, is a host of this credential. A port
// counts only if it is configured.
func (g *Gate) Bound(address string) bool {
	c := current(g)
	return c.absent != "" || bindsTo(c, address) // without its file the answer is a problem, whatever the address
}

// Names reports whether address is a host of this credential in any spelling, to refuse unsigned requests; Bound, which
// permits them, only accepts the configured spelling. It also works while the credential's file is absent; a credential
// whose hosts are only in that file might be for any address.
func (g *Gate) Names(address string) bool {
	c := current(g)
	if c.hosts[0] == "" || bindsTo(c, address) {
		return true
	}
	name, port := credentials.SplitPort(strings.ToLower(address))
	for _, h := range c.hosts {
		bound, boundPort := credentials.SplitPort(h)
		same := machineName(bound) == machineName(name) || credentials.FamilyHas(bound, machineName(name))
		if same && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}

// machineName is plainName, with one name for all names of this machine.
func machineName(name string) string {
	name = credentials.PlainName(name)
	ip := net.ParseIP(name)
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return "localhost"
	}
	return name
}

func bindsTo(c *credential, address string) bool {
	name, port := credentials.SplitPort(strings.ToLower(address))
	for _, h := range c.hosts {
		bound, boundPort := credentials.SplitPort(h)
		same := strings.Trim(bound, "[]") == strings.Trim(name, "[]") && !strings.HasPrefix(bound, wildcard) || credentials.FamilyHas(bound, name)
		if same && (boundPort == "" || port == "" || boundPort == port) {
			return true
		}
	}
	return false
}

// Insecure reports whether the upstream may be plain http or unverified.
func (g *Gate) Insecure() bool { return current(g).insecure }

// UnsignedProblem is the refusal of a request that was about to leave for a credential's host without its signature.
func UnsignedProblem(detail string) *Problem { return problem(kindUnsigned, detail) }

// UpstreamProblem is the refusal of an upstream that the credential must not be sent to.
func UpstreamProblem(detail string) *Problem { return problem(kindUpstream, detail) }

// RepetitionProblem is the refusal of a retry whose body was sent, at least in part, with the previous attempt.
func RepetitionProblem() *Problem {
	return problem(kindRepetition, "its body was not kept; where such requests may be repeated, let the proxy buffer them (request_buffers)")
}

// loopHeader names the gateways that a request came through (RFC 8586). It is only sent to insecure upstreams: a
// verified vendor is not this gateway.
const loopHeader = "Cdn-Loop"

// instance identifies this process among all gateways.
var instance = newInstance()

// through is the value of loopHeader of a request that came through no gateway before. Who adds another makes a copy.
var through = []string{instance}

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
