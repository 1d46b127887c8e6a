package modules

import (
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// leadsTo reports whether names includes where r is sent: the address that is dialled, the name that it was found
// by, or the name that its certificate must have. Any of them is enough: what might reach the vendor must be
// signed.
func (g *Guard) leadsTo(r *http.Request, names func(string) bool) bool {
	if host := redirected(r); host != "" && names(host) {
		return true
	}
	return g.leadsFrom(r, dialled(r), names)
}

// leadsFrom is leadsTo for an address that is dialled next.
func (g *Guard) leadsFrom(r *http.Request, address string, names func(string) bool) bool {
	if names(address) {
		return true
	}
	// The configuration has changed the Host, in whatever way, or the client's decides where the request goes.
	if r.Host != "" && names(r.Host) {
		if asked, _ := askedHost(r); nameOf(r.Host) != nameOf(asked) || g.goesByHost(r) {
			return true
		}
	}
	// Dynamic upstreams of the kind a are dialled by address; their name is in the configuration. Of a static upstream that is an
	// address, only header_up Host may have the name.
	if g.place.proxy != nil {
		for _, name := range append(lookedUp(reflect.ValueOf(g.place.proxy.DynamicUpstreams)), hostSet(g.place.proxy)...) {
			name = filledIn(r, name) // as AUpstreams.GetUpstreams does
			if name != "" && names(name) {
				return true
			}
		}
	}
	if g.http == nil {
		return false
	}
	name := serverName(g.http, r)
	return name != "" && names(name)
}

// goesByHost reports whether r goes to a proxy for outgoing requests (network_proxy, HTTP_PROXY) over plain http. Such a proxy reads
// the server's name in the target, where Go's client writes the Host, whatever the upstream is.
func (g *Guard) goesByHost(r *http.Request) bool {
	if g.http == nil || g.http.Transport == nil || g.http.Transport.Proxy == nil {
		return false
	}
	out := shallow(r)
	g.http.SetScheme(out)
	if out.URL.Scheme != "http" {
		return false
	}
	proxy, err := g.http.Transport.Proxy(out)
	return err == nil && proxy != nil && !strings.HasPrefix(proxy.Scheme, "socks")
}

// addressOf is what an upstream of the configuration dials, without its network and the dot of the root:
// "tcp4/api.acme.example.:443" -> "api.acme.example:443".
func addressOf(dial string) string {
	if network, address, ok := strings.Cut(dial, "/"); ok && !caddy.IsUnixNetwork(network) && !caddy.IsFdNetwork(network) {
		dial = address
	}
	return withoutRoot(dial)
}

// hostSet lists the values that a proxy's header_up gives the Host, without those that depend on the client: a client that asks for a
// vendor's name must not have the requests to other upstreams refused.
func hostSet(proxy *reverseproxy.Handler) []string {
	if proxy.Headers == nil || proxy.Headers.Request == nil {
		return nil
	}
	ops := proxy.Headers.Request
	values := slices.Concat(ops.Set["Host"], ops.Add["Host"])
	for _, r := range ops.Replace["Host"] {
		values = append(values, r.Replace)
	}
	return slices.DeleteFunc(values, func(value string) bool { return strings.Contains(value, "{http.request.") })
}

// lookedUp lists the names, with ports, whose addresses a source of dynamic upstreams looks up. It dials the addresses, so that nothing
// else shows the names. (SRV records lead to names.) The sources of a MultiUpstreams are in a field that is not exported.
func lookedUp(source reflect.Value) (names []string) {
	for source.Kind() == reflect.Interface || source.Kind() == reflect.Pointer {
		source = source.Elem()
	}
	if !source.IsValid() {
		return nil
	}
	switch source.Type() {
	case reflect.TypeFor[reverseproxy.AUpstreams]():
		return []string{source.FieldByName("Name").String() + ":" + source.FieldByName("Port").String()}
	case reflect.TypeFor[reverseproxy.MultiUpstreams]():
		sources := source.FieldByName("sources")
		for i := 0; sources.Kind() == reflect.Slice && i < sources.Len(); i++ {
			names = append(names, lookedUp(sources.Index(i))...)
		}
	}
	return names
}

// leads reports whether one of the configured upstreams is a host of h, and whether others may be chosen for each
// request: dynamic ones and placeholders. h may be nil, to ask for the second alone.
func leads(proxy *reverseproxy.Handler, t *reverseproxy.HTTPTransport, h *Handler) (some, open bool) {
	if proxy == nil {
		return false, true
	}
	open = proxy.DynamicUpstreams != nil
	for name := range upstreamNames(proxy, t) {
		open = open || strings.Contains(name, "{")
		some = some || h != nil && h.gate.Names(name)
	}
	return some, open
}

// upstreamNames lists what the configuration calls a proxy's upstreams: their addresses, and the name in their certificate.
func upstreamNames(proxy *reverseproxy.Handler, t *reverseproxy.HTTPTransport) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, u := range proxy.Upstreams {
			if !yield(addressOf(u.Dial)) {
				return
			}
		}
		if t != nil && t.TLS != nil && t.TLS.ServerName != "" {
			yield(t.TLS.ServerName)
		}
	}
}

// asks reports whether a proxy only asks about a request that continues afterwards, as forward_auth does: Caddy
// writes that directive as a reverse_proxy with a rewritten method and routes for good answers.
func asks(proxy *reverseproxy.Handler) bool {
	return proxy != nil && proxy.Rewrite != nil && proxy.Rewrite.Method != "" && len(proxy.HandleResponse) > 0
}
