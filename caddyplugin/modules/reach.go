package modules

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"

	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// warn logs one line about the proxies that reach a credential's host from a site without its signer, and about
// those that may, because their upstreams are only known for each request. Only the operator knows whether that is
// intended, so it is no error.
//
//	api.internal { acme_sign {...}  reverse_proxy https://api.acme.example }
//	old.internal { reverse_proxy https://api.acme.example }                     sends unsigned: it is named
func (a *App) warn() error {
	bound := make(map[string][]*signing) // by the name of a host, without its port
	for _, s := range a.surveys {
		for _, one := range s.signing() {
			for _, host := range one.gate.Hosts() {
				bound[nameOf(host)] = append(bound[nameOf(host)], one)
			}
		}
	}
	// No signer has a host, so there is nothing to reach.
	if len(bound) == 0 {
		return nil
	}
	module, err := a.ctx.App("http")
	if err != nil {
		return err
	}
	var reaching, open, hosts []string
	// A fastcgi upstream or the transport vendorsign is no way around a signer.
	look := func(p *reverseproxy.Handler, path string, _ []string, sites []*site) {
		base := below(p.Transport)
		if unguarded(base) {
			return
		}
		t, _ := base.(*reverseproxy.HTTPTransport)
		// A host is looked up by its own name and by the family's (*.example.com) that it may belong to, since
		// comparing each name with each credential would be quadratic in the number of sites.
		for name := range upstreamNames(p, t) {
			_, below, _ := strings.Cut(nameOf(name), ".")
			for _, one := range slices.Concat(bound[nameOf(name)], bound[credentials.Wildcard+below]) {
				if one.gate.Names(name) && firstSigning(sites, func(s *signing) bool { return s.gate.Names(name) }) == nil {
					reaching = appendNew(reaching, path)
					hosts = appendNew(hosts, one.host())
				}
			}
		}
		// A proxy in a site with a signer is guarded, so its upstreams may vary. One elsewhere may be sent to a
		// vendor by a placeholder.
		if _, any := leads(p, t, nil); any && firstSigning(sites, func(*signing) bool { return true }) == nil {
			open = appendNew(open, path)
		}
	}
	// Servers with a survey know their sites; the others have no signer, and are walked here.
	for _, server := range module.(*caddyhttp.App).Servers {
		if s := a.surveys[server]; s != nil {
			for _, p := range s.proxies {
				look(p.proxy, p.path, p.lists, p.sites)
			}
			continue
		}
		newWalk(server, look, func(*Handler, string, string, []*site) {}).server()
	}
	if len(reaching)+len(open) > 0 {
		a.ctx.Logger().Warn("a reverse_proxy of a site without a signer can reach a credential's host; its requests leave unsigned",
			zap.Strings("hosts", hosts), zap.Strings("proxies", cutList(reaching, 20)), zap.Strings("whose_upstreams_vary", cutList(open, 20)))
	}
	return nil
}

// signing lists what signs in a server: handlers and transports.
func (s *survey) signing() (all []*signing) {
	for _, h := range s.handlers {
		all = append(all, &h.signing)
	}
	for _, t := range s.transports {
		all = append(all, &t.signing)
	}
	return all
}

// firstSigning is the first handler of sites that fits, or the first transport, or nil.
func firstSigning(sites []*site, fits func(*signing) bool) *signing {
	if h := firstOf(sites, func(h *Handler) bool { return fits(&h.signing) }); h != nil {
		return &h.signing
	}
	if t := firstTransport(sites, func(t *Transport) bool { return fits(&t.signing) }); t != nil {
		return &t.signing
	}
	return nil
}

// nameOf is the name in a host or address, without a port and in lower case: "API.example.com:443" ->
// "api.example.com".
func nameOf(address string) string {
	name, _ := credentials.SplitPort(address)
	return strings.ToLower(strings.Trim(name, "[]"))
}

// appendNew appends text unless the list has it.
func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// cutList keeps a line short: what is left out is three dots.
func cutList(list []string, most int) []string {
	if len(list) > most {
		return append(list[:most:most], "...")
	}
	return list
}
