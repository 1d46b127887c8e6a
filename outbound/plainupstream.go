//go:build go1.21

package outbound

import (
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// RequestTrace is a Trace for one request, where that of all requests does not know enough: it needs the address that the gateway asks
// for. It is nil if Trace will do. There are two such cases:
//
// A credential with insecure_upstream is confined: an operator's lists restrict where it goes, although no server there proves its
// identity. They are compared with the name that the gateway is about to dial, not with the address that it resolves to: whoever answers
// for a name could be anybody, which is what insecure_upstream accepts, but a label author must not choose the name.
//
// A host of the credential has a port: certificates prove a name, and another port of it may be another server.
func RequestTrace(g *Gate) *httptrace.ClientTrace {
	c := current(g)
	plain := confinedPlain(c)
	if !plain && !bindsPort(c) {
		return nil
	}
	d := new(dials)
	return &httptrace.ClientTrace{
		GetConn: func(address string) { noteDial(d, c, address, plain) },
		GotConn: func(info httptrace.GotConnInfo) {
			if reason := checkDialled(g, c, info.Conn, d, plain); reason != "" && g.OnWrongUpstream != nil {
				g.OnWrongUpstream(reason)
			}
		},
	}
}

// CountTrace is Trace and RequestTrace for one request whose place in the rates is given back unless it was sent. Unsent
// reports whether it asked for a connection and got none that the credential may be sent over. A request that asked for none
// may still have been sent, by a proxy that reports no connection events. Traced says whether the gate has a Trace. It is for
// one request alone.
func CountTrace(g *Gate, traced bool) (trace *httptrace.ClientTrace, unsent func() bool) {
	c := current(g)
	plain := confinedPlain(c)
	noted := plain || bindsPort(c)
	asked, reached, d := false, false, new(dials)
	return &httptrace.ClientTrace{
		GetConn: func(address string) {
			asked = true
			if noted {
				noteDial(d, c, address, plain)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			reason := ""
			if plain || traced {
				reason = checkDialled(g, c, info.Conn, d, plain)
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

// bindsPort reports whether a host of c has a port, which counts at the servers that c is sent to.
func bindsPort(c *credential) bool {
	if c.insecure || c.absent != "" {
		return false
	}
	for _, host := range c.hosts {
		if _, port := credentials.CutPort(host); port != "" {
			return true
		}
	}
	return false
}

// dials are the addresses that the proxy asked for with one trace: whether there was one that the credential may be sent to, and one that
// it may not. Usually there is one address. But what a middleware adds behind (a mirror of Traefik's, and its mirrors) has the same trace,
// at the same time, and nothing tells which connection is for which address.
type dials struct {
	permitted, refused atomic.Bool
	// The ports of addresses that have the name of a host of the credential, and another port.
	mu    sync.Mutex
	ports map[string]bool
}

// noteDial notes an address that the proxy asks for. A name other than the hosts' proves nothing without insecure_upstream: the
// certificate counts, as where a tunnel leads to the vendor.
func noteDial(d *dials, c *credential, address string, plain bool) {
	if plain && mayDial(c, address) {
		d.permitted.Store(true)
		return
	}
	if plain {
		d.refused.Store(true)
	}
	if port := foreignPort(c, address); port != "" {
		d.mu.Lock()
		if d.ports == nil {
			d.ports = make(map[string]bool)
		}
		d.ports[port] = true
		d.mu.Unlock()
	}
}

// foreignPort is the port of an address that has the name of a host of c, if no host has that port; empty: there is none. A proxy of the
// environment has its own.
func foreignPort(c *credential, address string) string {
	if c.operator != nil && c.operator.Proxies(address) {
		return ""
	}
	name, port := credentials.CutPort(address)
	name = credentials.PlainName(name)
	foreign := ""
	for _, host := range c.hosts {
		own, ownPort := credentials.CutPort(host)
		if credentials.PlainName(own) != name && !credentials.FamilyHas(own, name) {
			continue
		}
		if ownPort == "" || ownPort == port {
			return ""
		}
		foreign = port
	}
	return foreign
}

// toForeignPort reports whether a connection is one to a port that foreignPort has found.
func toForeignPort(d *dials, conn net.Conn) bool {
	_, port, _ := net.SplitHostPort(conn.RemoteAddr().String())
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ports[port]
}

// checkDialled closes a connection that a credential must not be sent over, as checkConn does, and says why: also one to a port of its
// host that is not the credential's.
func checkDialled(g *Gate, c *credential, conn net.Conn, d *dials, plain bool) (reason string) {
	if plain {
		return checkPlain(c, conn, d)
	}
	if toForeignPort(d, conn) {
		conn.Close()
		return "the upstream's port is not a port of the hosts that the credential is bound to (" + strings.Join(c.hosts, ", ") + ")"
	}
	return g.CheckConn(conn)
}

// checkPlain closes a connection that a confined credential with insecure_upstream must not be sent over, and says why. Once the proxy has
// asked for an address that is not permitted, each connection may be the one to it.
func checkPlain(c *credential, conn net.Conn, d *dials) (reason string) {
	// A verified certificate for a bound host proves as much here as without insecure_upstream.
	secure, ok := conn.(*tls.Conn)
	if ok && wrongConn(c, secure) == "" && !toForeignPort(d, conn) || d.permitted.Load() && !d.refused.Load() {
		return ""
	}
	conn.Close()
	return "the upstream is plain http or not verified, and is neither a host of the credential, nor on this machine, nor permitted by " +
		credentials.VarInsecure + " (with a proxy in the environment, list the upstream in NO_PROXY)"
}

// NeedsRequestTrace reports whether RequestTrace may have something to check, now or when a file changes: a gateway then asks for one
// with each request, and needs none otherwise.
func NeedsRequestTrace(g *Gate) bool {
	c := current(g)
	o, insecure, filed := c.operator, c.insecure, false
	if g.source != nil {
		o = g.source.refs.Operator
		insecure = insecure || g.source.policy.InsecureUpstream
		filed = g.source.policy.CredentialsFile != ""
	}
	return o != nil && (insecure && o.Binds() || filed) || bindsPort(c)
}

// mayDial reports whether a confined credential may be sent to address over an unauthenticated connection: to its own
// hosts, where the operator's lists permit it, and on this machine, where TLS may be terminated, unless the list of
// insecure upstreams says where on it. A proxy of the environment never counts, whatever its address: it leads wherever the URL says.
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
