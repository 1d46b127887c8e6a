package cli

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
)

// Changes that the routes around a signer show.
var (
	handlerUnarmed = change{anchor: "handler", text: "requests that no signer was on the way of left unsigned, and are 503 now;" +
		" put the signer in front of this reverse_proxy, or this reverse_proxy into a site of its own"}
	handlerChecks = change{anchor: "health-checks", text: "health checks are signed now, so that the vendor answers them as any request;" +
		" write health_status 2xx"}
	handlerHTTP3   = change{anchor: "http3", text: "a handler in front of versions 3 is refused at load; make it the transport"}
	handlerModules = change{anchor: "other-modules", text: "requests that another module sends itself are 503 now; send them through a " +
		"reverse_proxy"}
	headersChange = change{anchor: "headers", text: "this header stays behind now; where the vendor needs it, write keep_header in the " +
		"signer"}
)

// upgrades adds what a request's way through Caddy will notice to c.found.
func (c *caddyFile) upgrades() {
	say := func(m *caddyModule, change change) { c.say(m, levelUpgrade, change.String()) }
	for _, p := range c.proxies {
		var handler *caddyModule // that arms requests for this proxy
		unarmed := false
		for _, s := range c.site(p, &c.signers) {
			// A proxy whose transport signs never depended on a handler.
			if p.bind != nil {
				continue
			}
			if c.comesBy(s, p) == armsAll {
				handler = s
			} else {
				unarmed = unarmed || upstreamsOf(p.node).boundTo(s.bind)
			}
		}
		if unarmed && handler == nil {
			say(p, handlerUnarmed)
		}
		if handler != nil {
			if status := p.node.Get("health_checks").Get("active").Get("expect_status").Text; strings.HasPrefix(status, "4") {
				say(p, handlerChecks)
			}
			if slices.Contains(p.node.Get("transport").Get("versions").Texts(), "3") {
				say(p, handlerHTTP3)
			}
		}
		for _, name := range headersOf(p.node.Get("headers").Get("request")) {
			if handler != nil && !handler.bind.Owns(name) && staysBehind(name, handler.node) ||
				p.bind != nil && !p.bind.Owns(name) && staysBehind(name, p.node.Get("transport")) && !formerlyBehind(name) {
				c.say(p, levelUpgrade, "header_up "+name+": "+headersChange.String())
			}
		}
	}
	for _, s := range c.signers {
		near := func(m *caddyModule) bool { return c.comesBy(s, m) != armsNone }
		if slices.ContainsFunc(c.site(s, &c.others), near) && !slices.ContainsFunc(c.site(s, &c.proxies), near) {
			say(s, handlerModules)
		}
	}
}

// headersOf are those that a part of Caddy's configuration sets, by header_up.
func headersOf(request *config.Node) (names []string) {
	for _, kind := range []string{"set", "add"} {
		for _, e := range request.Get(kind).Table {
			names = append(names, e.Key)
		}
	}
	return names
}

// staysBehind reports whether a header is on the list of docs/headers.md, and a signer's block does not
// keep it.
func staysBehind(name string, signer *config.Node) bool {
	kept := slices.ContainsFunc(signer.Get("keep_header").Texts(), func(k string) bool { return strings.EqualFold(k, name) })
	return !kept && outbound.StaysBehind(name, signer.Get("forwarded").Text == "keep")
}

// formerlyBehind reports whether 0.1 kept a header from the vendor, too: then nothing changes.
func formerlyBehind(name string) bool {
	return slices.Contains(formerHeaders, http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-")))
}

// formerHeaders are the headers of clients that 0.1 removed.
var formerHeaders = strings.Fields(`
	Authorization Proxy-Authorization X-Auth-Token X-Api-Key X-Amz-Security-Token X-Http-Method-Override X-Http-Method X-Method-Override
	X-Original-Url X-Rewrite-Url X-Forwarded-For X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto X-Forwarded-Server X-Forwarded-Prefix
	X-Forwarded-Uri X-Forwarded-Method X-Forwarded-Scheme X-Forwarded-Ssl X-Forwarded-By X-Original-Uri X-Original-Host X-Client-Ip
	X-Cluster-Client-Ip X-Real-Ip True-Client-Ip Via Forwarded Cookie Cookie2 Referer X-Forwarded-User X-Forwarded-Email X-Forwarded-Groups
	X-Forwarded-Preferred-Username X-Forwarded-Access-Token X-Forwarded-Tls-Client-Cert X-Forwarded-Tls-Client-Cert-Info
	X-Forwarded-Client-Cert X-Client-Cert X-Ssl-Client-Cert Client-Cert Client-Cert-Chain Remote-User Remote-Groups Remote-Email Remote-Name
	X-Remote-User X-Auth-Request-User X-Auth-Request-Email X-Auth-Request-Groups X-Auth-Request-Preferred-Username
	X-Auth-Request-Access-Token`)
