//go:build go1.21

package outbound

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// PlainTrace is a Trace for one request of a credential with insecure_upstream that is confined: an operator's lists restrict
// where it goes, although no server there proves its identity. It is nil if no lists apply. They are compared with the name
// that the gateway is about to dial, not with the address that it resolves to: whoever answers for a name could be anybody,
// which is what insecure_upstream accepts, but a label author must not choose the name.
func PlainTrace(g *Gate) *httptrace.ClientTrace {
	c := current(g)
	if !confinedPlain(c) {
		return nil
	}
	dialled := ""
	return &httptrace.ClientTrace{
		GetConn: func(address string) { dialled = address },
		GotConn: func(info httptrace.GotConnInfo) {
			if reason := checkPlain(c, info.Conn, dialled); reason != "" && g.OnWrongUpstream != nil {
				g.OnWrongUpstream(reason)
			}
		},
	}
}

// CountTrace is Trace and PlainTrace for one request whose place in the rates is given back unless it was sent. Unsent
// reports whether it asked for a connection and got none that the credential may be sent over. A request that asked for none
// may still have been sent, by a proxy that reports no connection events. Traced says whether the gate has a Trace. It is for
// one request alone.
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
				reason = checkPlain(c, info.Conn, dialled)
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

// confinedPlain reports whether c may be sent to unauthenticated upstreams, but only where its operator permits it: it has
// insecure_upstream, somebody else than the operator wrote that, and there is a list or a file that names its host.
func confinedPlain(c *credential) bool {
	return c.insecure && c.operator != nil && (c.bound || c.operator.Binds())
}

// checkPlain closes a connection that a confined credential with insecure_upstream must not be sent over, and says why.
// dialled is the address that the proxy asked for.
func checkPlain(c *credential, conn net.Conn, dialled string) (reason string) {
	// A verified certificate for a bound host proves as much here as without insecure_upstream.
	secure, ok := conn.(*tls.Conn)
	if ok && wrongConn(c, secure) == "" || mayDial(c, dialled) {
		return ""
	}
	conn.Close()
	return "the upstream is plain http or not verified, and is neither a host of the credential, nor on this machine, nor permitted by " +
		credentials.VarInsecure
}

// MayGoPlain reports whether PlainTrace may have something to check, now or when a file changes: a gateway then asks for a
// PlainTrace with each request, and needs none otherwise.
func MayGoPlain(g *Gate) bool {
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
