package cli

import (
	"slices"
	"strconv"

	"github.com/vendorsign/vendorsign/cli/config"
)

// examine compares what the routes of a Caddy configuration do with one request: whether it passes a signer, and
// whether the upstream is one of that signer's hosts.
func (c *caddyFile) examine(referencesOnly bool) []config.Fault {
	for _, p := range c.proxies {
		c.proxy(p)
	}
	for _, s := range c.signers {
		c.signer(s)
	}
	c.doubled()
	for _, v := range c.verifiers {
		c.verifier(v, referencesOnly)
	}
	return c.found
}

// say adds what is wrong with a module.
func (c *caddyFile) say(m *caddyModule, level, what string) {
	f := config.Fault{File: m.file, Line: m.line, Level: level, Field: m.field, What: what}
	if c.directives != nil { // its author knows the directive, not the JSON that it became
		f.Field = m.node.Get("handler").Text
	}
	c.found = append(c.found, f)
}

// proxy checks what happens to the requests that reach a proxy: how many signers come first, and where
// they go then.
func (c *caddyFile) proxy(p *caddyModule) {
	// JSON permits a key twice, and Caddy takes the last.
	if p.node.Count("transport") > 1 {
		c.say(p, "", "it has two transports; keep the one that signs")
		return
	}
	to := upstreamsOf(p.node)
	// A signer of another site never sees the request, whatever its order.
	by := make(map[arms][]*caddyModule)
	for _, s := range c.site(p, &c.signers) {
		comes := c.comesBy(s, p)
		by[comes] = append(by[comes], s)
	}
	// Signers that come first for all of the proxy's requests, for some of them, and for none.
	always, maybe, never := by[armsAll], by[armsSome], by[armsNone]
	c.overwritten(p, always)
	if len(always)+len(maybe) > 0 && slices.Contains(p.node.Last("transport").Last("versions").Texts(), "3") && p.bind == nil {
		c.say(p, "", "versions 3 of the reverse_proxy behind the handler "+slices.Concat(always, maybe)[0].at()+
			": use the transport, which can see whom it sends to by HTTP/3")
	}
	if p.bind != nil || len(always)+len(maybe) > 0 {
		c.rendered(p)
	}
	switch {
	// A transport that signs: a handler on the way would sign, too.
	case p.bind != nil:
		if len(always) > 0 {
			c.say(p, config.LevelWarning, always[0].at()+" has no effect on what this transport signs; keep one of them")
		}
		c.upstream(p, p.bind, to, true)
		c.apps(p, p.bind)
		c.stripped(p, p.bind)
	case fastCGI(p.node):
	case len(always) > 0 && c.passes(p, inner(always), to):
		others := slices.Concat(maybe, never)
		if asks(p) && !to.boundTo(inner(always).bind) {
			others = append(others, always...)
		}
		c.unsigned(p, to, nil, others)
	case len(always) > 0 && c.ofAnother(p, inner(always), to):
		c.unsigned(p, to, maybe, slices.Concat(always, never))
	case len(always) > 0:
		c.signed(p, to, always, maybe)
	default:
		c.unsigned(p, to, maybe, never)
		for _, s := range maybe {
			if !c.elsewhere(p, s) {
				c.upstream(p, s.bind, to, false)
			}
		}
	}
}

// rendered finds templates in front of a proxy to a vendor, which run what the vendor answers. Their functions read the
// gateway's environment and files, and so secrets.
func (c *caddyFile) rendered(p *caddyModule) {
	for _, t := range c.templates {
		if sameSite(t, p) && c.comesBy(t, p) != armsNone {
			c.say(p, "", "templates comes before it and runs the vendor's answers as templates, which can read the gateway's environment and"+
				" files; give templates and this proxy handle blocks of their own")
			return
		}
	}
}

// fastCGI reports whether a proxy speaks FastCGI, which nobody signs.
func fastCGI(proxy *config.Node) bool {
	return proxy.Last("transport").Get("protocol").Text == "fastcgi"
}

// inner is the signer that counts for a request that meets several: the last one.
func inner(signers []*caddyModule) *caddyModule { return signers[len(signers)-1] }

// sameBlock reports whether two signers are in one list of routes. Caddy refuses requests that meet both.
func sameBlock(a, b *caddyModule) bool {
	return a.steps[len(a.steps)-1].list == b.steps[len(b.steps)-1].list
}

// signed checks a proxy all of whose requests are signed. Signers that some of them meet may come in addition.
func (c *caddyFile) signed(p *caddyModule, to upstreams, always, maybe []*caddyModule) {
	s := inner(always)
	for _, other := range always[:len(always)-1] {
		if sameBlock(s, other) {
			c.say(p, "", "two signers for one request, "+other.at()+" and "+s.at()+
				": every request is refused; give each a site or a handle block of its own")
			c.twice = append(c.twice, s.node, other.node)
			return
		}
	}
	for _, other := range maybe {
		if sameBlock(s, other) {
			c.say(p, config.LevelWarning, "requests that "+other.at()+" matches have two signers, with "+s.at()+
				", and are refused; give each a handle block of its own")
			c.twice = append(c.twice, s.node, other.node)
		}
	}
	c.upstream(p, s.bind, to, false)
	c.apps(p, s.bind)
	c.stripped(p, s.bind)
}

// stripped checks a proxy in front of which a prefix is removed that all paths of the signer's allow begin with: allow is applied to
// the path that is sent.
func (c *caddyFile) stripped(p *caddyModule, b *config.Binding) {
	for _, r := range c.rewrites {
		prefix := r.node.Last("strip_path_prefix").Text
		if b.AllowsOnlyBelow(prefix) && sameSite(r, p) && c.comesBy(r, p) == armsAll {
			c.say(p, config.LevelWarning, "handle_path or uri strip_prefix removes "+prefix+config.AllowBelow)
			return
		}
	}
}

// passes reports whether a proxy is not meant for the vendor although a signer comes first: it asks before the request
// continues, as forward_auth does, or another proxy of the site goes to the vendor.
func (c *caddyFile) passes(p, s *caddyModule, to upstreams) bool {
	if asks(p) {
		return true
	}
	if to.vary() || to.boundTo(s.bind) || !s.bind.Known {
		return false
	}
	return slices.ContainsFunc(c.site(s, &c.proxies), func(other *caddyModule) bool {
		return other != p && upstreamsOf(other.node).boundTo(s.bind)
	})
}

// ofAnother reports whether a proxy goes to the host of another credential of the site than that of the signer that comes first.
func (c *caddyFile) ofAnother(p, s *caddyModule, to upstreams) bool {
	return !to.boundTo(s.bind) && slices.ContainsFunc(c.bound(), func(other *caddyModule) bool {
		return to.boundTo(other.bind) && sameSite(other, p)
	})
}

// elsewhere reports whether another proxy than p is, or may be, the one that a signer is meant for.
func (c *caddyFile) elsewhere(p, s *caddyModule) bool {
	return slices.ContainsFunc(c.site(s, &c.proxies), func(other *caddyModule) bool {
		to := upstreamsOf(other.node)
		return other != p && (to.vary() || to.boundTo(s.bind))
	})
}

// unsigned is about a proxy that some requests or all reach without a signer. Only the
// first thing that is wrong is said.
func (c *caddyFile) unsigned(p *caddyModule, to upstreams, maybe, never []*caddyModule) {
	// From the most specific to the least: a signer of this site with a narrower matcher, one that comes too late or
	// in another block, one anywhere in the file, and an upstream that the client chooses.
	for _, s := range maybe {
		if to.boundTo(s.bind) {
			c.say(p, config.LevelWarning, "requests that do not match the matcher of "+s.at()+
				" get no signature and are answered 503; give both the same matcher")
			return
		}
	}
	for _, s := range never {
		if !to.boundTo(s.bind) {
			continue
		}
		what := "no request gets a signature here and all are refused: " + s.at()
		switch place(s, p) {
		case placedBehind:
			what += " comes after this reverse_proxy; put it in front, or into the same block"
		case placedAnew:
			what += " does not count here, where a new list of routes begins; put one into this block, too"
		case placedApart:
			what += " is in another handle block; put it into this one, or in front of both"
		default:
			what += " matches other requests; give both the same matcher"
		}
		c.say(p, "", what)
		return
	}
	for _, s := range c.bound() {
		if !to.boundTo(s.bind) {
			continue
		}
		name := to.reached(s.bind)
		if slices.Contains(c.proxies, s) && sameSite(s, p) {
			c.say(p, "", "no request gets a signature here and all are refused: "+name+" is the host of the transport "+s.bind.Module+
				" of another reverse_proxy in line "+strconv.Itoa(s.line)+"; use it here, too")
			return
		}
		level := ""
		// A simulated vendor, which others may use too, or another server that is asked for the vendor's name.
		if s.bind.Insecure || !to.likely(name) {
			level = config.LevelWarning
		}
		c.say(p, level, "requests leave unsigned: "+name+" is the host of a "+s.bind.Module+" in line "+
			strconv.Itoa(s.line)+", and no signer comes before this reverse_proxy; add one, or remove it")
		return
	}
	for _, s := range slices.Concat(maybe, never) {
		name := c.standsIn(p, s)
		if name == "" {
			continue
		}
		which, level := "no request gets a signature here and all are refused", ""
		if slices.Contains(maybe, s) {
			which, level = "requests that do not match the matcher of "+s.at()+" get no signature and are answered 503", config.LevelWarning
		}
		c.say(p, level, which+": with insecure_upstream, and without a reverse_proxy to "+s.bind.Name()+", "+name+" counts as the vendor of "+
			s.at()+"; put that signer and its reverse_proxy into a handle block of their own")
		return
	}
	for _, name := range to.open {
		if len(c.bound()) > 0 {
			c.say(p, config.LevelWarning, "its upstream "+name+" is what the client asks for, so that a vendor may be"+
				" reached unsigned; name the upstream")
			return
		}
	}
}

// overwritten finds header_up for headers that the signer makes itself. It has no effect: the signer
// removes what was there before. always are the signers that come first for every request.
func (c *caddyFile) overwritten(p *caddyModule, always []*caddyModule) {
	b := p.bind
	if b == nil && len(always) == 1 {
		b = always[0].bind
	}
	if b == nil {
		return
	}
	request := p.node.Last("headers").Last("request")
	for _, kind := range []string{"set", "add", "replace"} {
		for _, e := range request.Last(kind).Table {
			if b.Owns(e.Key) {
				c.say(p, config.LevelWarning, "header_up "+e.Key+" has no effect: "+b.Module+" makes that header itself; remove the line")
			}
		}
	}
}

// signer finds one that signs nothing, and one whose file is read as a matcher. A third-party handler
// may send requests itself, so a signer in front of one is left alone.
func (c *caddyFile) signer(s *caddyModule) {
	proxies := c.site(s, &c.proxies)
	meant := slices.ContainsFunc(proxies, func(p *caddyModule) bool { return c.comesBy(s, p) == armsAll })
	// A credentials file in front of the block is read by Caddy as a path matcher, so the signer would match no
	// request.
	for _, set := range s.steps[len(s.steps)-1].match.List {
		if file := matcherFile(set); file != "" && !meant {
			c.say(s, "", file+" is read as a path matcher here: only requests for that path are signed;"+
				" write credentials_file "+file+" in the block")
			return
		}
	}
	near := slices.ContainsFunc(slices.Concat(proxies, c.site(s, &c.others)), func(m *caddyModule) bool {
		return !fastCGI(m.node) && (c.comesBy(s, m) != armsNone || m.bind == nil && upstreamsOf(m.node).boundTo(s.bind))
	})
	if !near && !slices.Contains(c.faulty, s.node) {
		c.say(s, "", "it signs nothing: no reverse_proxy of its site comes after it;"+
			" put a reverse_proxy to "+s.bind.Name()+" into the same block"+config.NamedRouteHint(s.field))
	}
}
