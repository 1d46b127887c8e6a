package modules

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// passWatched sends r as it came. If the upstream is only known by its address, or by another name, and shows the certificate of a
// vendor of the site, nothing is sent, and the result is the signer of that vendor: the request would reach it unsigned. The
// connection is closed before the first byte of the request. What has no certificate (plain http) cannot be recognized, and
// HTTP/3 does not tell of its connections.
func (g *Guard) passWatched(r *http.Request) (*http.Response, *signing, error) {
	if !g.watches() {
		response, err := g.base.RoundTrip(r)
		return response, nil, err
	}
	var of atomic.Pointer[signing]
	response, err := g.base.RoundTrip(g.watching(r, func(s *signing) { of.Store(s) }))
	// Without an error it went over another connection than the closed one.
	if s := of.Load(); s != nil && err != nil {
		return nil, s, nil
	}
	return response, nil, err
}

// watches reports whether the certificate of what g sends to may be a vendor's although nothing else names it.
func (g *Guard) watches() bool {
	return firstSigning(g.place.sites, func(*signing) bool { return true }) != nil && (g.http == nil || g.http.TLS != nil)
}

// watching makes Go's client close a connection to a vendor of the site before it writes r. For each connection it calls found with
// what signs for that vendor, or nil. Connections are pooled by address: with a placeholder in tls_server_name, a used one may be that
// of another request, for the vendor, whose certificate says nothing about r.
func (g *Guard) watching(r *http.Request, found func(*signing)) *http.Request {
	varies := g.http != nil && strings.Contains(g.http.TLS.ServerName, "{")
	return onConnection(r, func(info httptrace.GotConnInfo) {
		secure, ok := info.Conn.(*tls.Conn)
		if !ok || varies && info.Reused {
			return
		}
		s := g.certified(r, secure.ConnectionState())
		if found(s); s != nil {
			info.Conn.Close()
		}
	})
}

// certified is what signs for a host that the server's certificate is for, though r was sent to an address or another name; nil:
// nothing does. A certificate that is for that other name as well, such as one for *.acme.example, proves nothing.
func (g *Guard) certified(r *http.Request, state tls.ConnectionState) *signing {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	leaf := state.PeerCertificates[0]
	name := nameOf(dialled(r))
	// tls_server_name is the name of an address, if the certificate was verified for it.
	if t := g.http; t != nil && !t.TLS.InsecureSkipVerify && !strings.Contains(t.TLS.ServerName, "{") {
		if given := serverName(t, r); given != "" {
			name = nameOf(given)
		}
	}
	_, port := credentials.SplitPort(dialled(r))
	if net.ParseIP(name) == nil && leaf.VerifyHostname(name) == nil {
		return nil
	}
	return firstSigning(g.place.sites, func(s *signing) bool {
		for _, host := range s.gate.Hosts() {
			host, _ = credentials.SplitPort(host)
			// A host with a port is the vendor at that port alone.
			if leaf.VerifyHostname(host) == nil && s.gate.Names(host+":"+port) {
				return true
			}
		}
		return false
	})
}
