package cli

import (
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// standsIn is the upstream of a proxy that counts as the vendor of a signer without being one of its hosts; empty: there is none. With
// insecure_upstream, a signer whose host no proxy of the site goes to takes every upstream in its block for a simulated vendor or
// a tunnel. The guard refuses what reaches such an address unsigned, from whichever proxy of the site.
func (c *caddyFile) standsIn(p, s *caddyModule) string {
	if !s.bind.Insecure || !s.bind.Known || p.bind != nil || fastCGI(p.node) {
		return ""
	}
	var near []string
	for _, other := range c.site(s, &c.proxies) {
		// A transport that signs makes a proxy no other signer's.
		if asks(other) || other.bind != nil || fastCGI(other.node) {
			continue
		}
		if upstreamsOf(other.node).boundTo(s.bind) {
			return ""
		}
		if within(other, s) {
			near = append(near, dials(other.node)...)
		}
	}
	for _, name := range dials(p.node) {
		if slices.Contains(near, name) && !strings.Contains(name, "{") {
			return name
		}
	}
	if p.node.Last("dynamic_upstreams").Shape == config.Table && within(p, s) {
		return "its dynamic upstream"
	}
	return ""
}

// asks reports whether a proxy asks another server before the request continues, as forward_auth does.
func asks(p *caddyModule) bool {
	return p.node.Last("rewrite").Last("method").Text != "" && len(p.node.Last("handle_response").List) > 0
}

// within reports whether a module is in the block of a signer, or in one within it.
func within(m, s *caddyModule) bool {
	depth := len(s.steps) - 1
	return len(m.steps) > depth && m.steps[depth].list == s.steps[depth].list
}

// dials are the addresses of a proxy's static upstreams.
func dials(proxy *config.Node) (addresses []string) {
	for _, upstream := range proxy.Last("upstreams").List {
		addresses = append(addresses, upstream.Last("dial").Text)
	}
	return addresses
}
