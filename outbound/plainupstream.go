//go:build go1.21

package outbound

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"sync/atomic"

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
	d := new(dials)
	return &httptrace.ClientTrace{
		GetConn: func(address string) { noteDial(d, c, address) },
		GotConn: func(info httptrace.GotConnInfo) {
			if reason := checkPlain(c, info.Conn, d); reason != "" && g.OnWrongUpstream != nil {
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
	asked, reached, d := false, false, new(dials)
	return &httptrace.ClientTrace{
		GetConn: func(address string) {
			asked = true
			if plain {
				noteDial(d, c, address)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			reason := ""
			if plain {
				reason = checkPlain(c, info.Conn, d)
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

// dials are the addresses that the proxy asked for with one trace: whether there was one that the credential may be sent to, and one that
// it may not. Usually there is one address. But what a middleware adds behind (a mirror of Traefik's, and its mirrors) has the same trace,
// at the same time, and nothing tells which connection is for which address.
type dials struct{ permitted, refused atomic.Bool }

// noteDial notes an address that the proxy asks for.
func noteDial(d *dials, c *credential, address string) {
	if mayDial(c, address) {
		d.permitted.Store(true)
	} else {
		d.refused.Store(true)
	}
}

// checkPlain closes a connection that a confined credential with insecure_upstream must not be sent over, and says why. Once the proxy has
// asked for an address that is not permitted, each connection may be the one to it.
func checkPlain(c *credential, conn net.Conn, d *dials) (reason string) {
	// A verified certificate for a bound host proves as much here as without insecure_upstream.
	secure, ok := conn.(*tls.Conn)
	if ok && wrongConn(c, secure) == "" || d.permitted.Load() && !d.refused.Load() {
		return ""
	}
	conn.Close()
	return "the upstream is plain http or not verified, and is neither a host of the credential, nor on this machine, nor permitted by " +
		credentials.VarInsecure + " (with a proxy in the environment, list the upstream in NO_PROXY)"
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
// insecure upstreams says where on it. A proxy of the environment is none of these, whatever its address: it leads wherever the URL says.
func mayDial(c *credential, address string) bool {
	if c.operator.Proxies(address) {
		return false
	}
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
