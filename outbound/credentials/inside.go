//go:build go1.21

package credentials

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
)

// insideNets are the ranges, in addition to those that package net knows, that are not on the internet: this host and
// network (RFC 1122), shared and special ranges (RFC 6598, 6890), benchmarks (RFC 2544), reserved (RFC 1112) and, for
// IPv6, what embeds an IPv4 address (RFC 4291, 6052, 8215, 3056, 4380) and site-local addresses.
var insideNets = parseNets("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")

// parseNets panics if a range is misspelt: the list is part of the program.
func parseNets(texts ...string) []*net.IPNet {
	var nets []*net.IPNet
	for _, text := range texts {
		_, n, err := net.ParseCIDR(text)
		if err != nil {
			panic("credentials: " + err.Error())
		}
		nets = append(nets, n)
	}
	return nets
}

// insideIP reports whether an address is loopback, link-local, private or otherwise not on the internet.
func insideIP(ip net.IP) bool {
	if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, n := range insideNets {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

// insideName reports whether the host of a URL is inside as it is written: an address that is, a name of this machine, or
// what resolvers may take for an address, such as 127.1. A name that resolves to an address inside is found by DialOutside.
func insideName(name string) bool {
	name, _, _ = strings.Cut(PlainName(name), "%") // the zone of a link-local address
	if ip := net.ParseIP(name); ip != nil {
		return insideIP(ip)
	}
	// RFC 6761, 6.3: names below localhost are of this machine. A colon is left of an IPv6 address that could not be parsed.
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.Contains(name, ":") || numericLabel.MatchString(name)
}

// LeadsInside reports whether the host of a URL is inside as it is written. Names are not looked up.
//
//	https://10.0.0.1/, https://127.1/, https://0x7f.1/, https://api.localhost/ -> true        https://acme.example/ -> false
func LeadsInside(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && insideName(u.Hostname())
}

// ErrInside is the only error of DialOutside whose text may be shown: others could reveal what there is in the network.
var ErrInside = errors.New("its name leads to a loopback, link-local or private address, " +
	"which the operator has to permit in " + VarAllowedHosts)

// DialOutside only connects to addresses on the internet: a label author must not reach the metadata service of a cloud or
// the gateway's neighbours by a token service of their own (server-side request forgery). It resolves the name first, so that
// nothing inside sees a connection, and checks the connection as well, since the name may resolve to another address by then
// (DNS rebinding). No byte is sent before the second check. It has the form of http.Transport.DialContext.
func DialOutside(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, err
	}
	// One address inside is enough: the dialer might choose it.
	for _, a := range addresses {
		if insideIP(a.IP) {
			return nil, ErrInside
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	remote, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil || insideName(remote) {
		conn.Close()
		return nil, ErrInside
	}
	return conn, nil
}
