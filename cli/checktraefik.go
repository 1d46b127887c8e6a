package cli

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound"
)

// traefikCheck compares what the routers, middlewares and services of all files do with one request.
type traefikCheck struct {
	*config.Traefik
	files map[*config.File]*checkedFile
	said  map[config.Fault]bool

	nearest map[string]string // what near has found
	// Where signers with insecureUpstream send to, and the routers without a signer that are not known to lead to a vendor.
	simulated map[string]*config.Middleware
	bypassing []*config.Router
}

// traefik checks the routers, middlewares and services of all files as one configuration, as Traefik merges its
// providers.
func (k *checking) traefik(files []*checkedFile) {
	t := &traefikCheck{files: make(map[*config.File]*checkedFile), said: make(map[config.Fault]bool), nearest: make(map[string]string),
		simulated: make(map[string]*config.Middleware)}
	var parsed []*config.File
	for _, f := range files {
		t.files[f.File] = f
		parsed = append(parsed, f.File)
	}
	t.Traefik = config.ReadTraefik(parsed, k.plugin)
	if k.upgrade {
		t.headersSet()
	}
	t.catchAlls()
	t.streams()
	t.fastProxies()
	t.exposed()
	for _, router := range t.Routers {
		for _, chain := range t.Chains(router) {
			t.router(router, chain)
		}
	}
	t.pastSimulated()
	t.refused()
	t.unused()
}

// say adds a fault where it is, once: several routers may use one middleware. The place may be in
// another file than the router.
func (t *traefikCheck) say(at config.Mark, level, what string) {
	f := config.Fault{File: at.File.Name, Line: at.Line, Level: level, Field: at.Field, What: what}
	if file := t.files[at.File]; !t.said[f] {
		t.said[f] = true
		file.faults = append(file.faults, f)
	}
}

// catchAlls warns of signers behind a router that accepts any Host. Only signers in the same file as
// the router count.
func (t *traefikCheck) catchAlls() {
	for _, r := range t.Routers {
		if !config.RuleTakesAnyHost(r.Rule) {
			continue
		}
		for _, l := range t.Links(r.Middlewares, 0) {
			if l.Middleware != nil && l.Middleware.File == r.File && l.Signer != nil && !config.NamesClients(l.Signer.Given) {
				t.say(r.RuleAt, config.LevelWarning, anyHost("clientHosts, or Host(`NAME`) to the rule"))
			}
		}
	}
	// The chains that were opened here do not count for the routers below.
	t.Opened = 0
}

// streams finds TCP services that lead to a vendor: what clients send there, passes no signer.
func (t *traefikCheck) streams() {
	for _, s := range t.Streams() {
		for _, m := range t.Middlewares {
			if m.Signer != nil && m.Signer.Known && s.Host != "" && m.Signer.Bound(s.Host) {
				t.say(s.Mark, config.LevelWarning, "connections to "+s.Host+", the host of the signer "+m.Name+
					", pass through as they are: what clients send is unsigned, and no allow applies to it; use a router below http with "+m.Name)
				break
			}
		}
	}
}

// fastProxies warns of Traefik's experimental proxy: it shows no middleware its connections, so that a signer cannot close those that
// lead elsewhere.
func (t *traefikCheck) fastProxies() {
	signs := slices.ContainsFunc(t.Middlewares, func(m *config.Middleware) bool { return m.Signer != nil })
	for _, at := range t.FastProxies {
		if signs {
			t.say(at, config.LevelWarning, "with fastProxy a signer does not see where its requests go: plain http gets the credential even without"+
				" insecureUpstream, and a certificate for another name is accepted where disableHTTP2 is set; take it out")
		}
	}
}

// exposed warns of what signers set of a request in Traefik's traces and metrics, which show requests as they are sent.
func (t *traefikCheck) exposed() {
	for _, e := range t.Exposed {
		for _, m := range t.Middlewares {
			if m.Signer != nil && (e.Param && m.Signer.OwnsParam(e.Name) || !e.Param && m.Signer.Owns(e.Name)) {
				t.say(e.Mark, config.LevelWarning, e.Where+" show "+e.Name+" as the signer "+m.Name+
					" sends it, with the secret or a signature in it; take it out")
				break
			}
		}
	}
}

// headersSet finds middlewares that set headers which are removed since 0.2, in files with signers.
func (t *traefikCheck) headersSet() {
	for _, m := range t.Middlewares {
		if m.Kind != "headers" || len(t.files[m.File].traefik()) == 0 {
			continue
		}
		set := m.Options.FoldEntry("customRequestHeaders")
		for _, header := range set.Value.Table {
			if header.Field == "" {
				header.Field = config.Join(m.At.Field, config.Join(set.Key, header.Key))
			}
			if outbound.StaysBehind(header.Key, false) && !formerlyBehind(header.Key) {
				t.say(config.Mark{File: m.File, Line: header.Line, Field: header.Field}, levelUpgrade, strings.ReplaceAll(headersChange.String(),
					"keep_header", "keepHeader"))
			}
		}
	}
}

// router checks what happens to a router's requests: whether one signer is on their way, what comes
// behind it, and where they go. The chain has the middlewares of entry points and of parents, too.
func (t *traefikCheck) router(r *config.Router, chain []config.Link) {
	if r.Unread != nil {
		t.say(*r.Unread, "", "Traefik does not read the middlewares of an Ingress whose class is NGINX's; give it Traefik's class")
	}
	t.names(chain)
	t.unknown(r, chain)
	signer := -1
	for i, l := range chain {
		if l.Middleware == nil || l.Signer == nil {
			continue
		}
		if signer >= 0 && chain[signer].Signer.Insecure && l.Signer.Insecure {
			t.say(l.Mark, "", "two signers for one request, "+chain[signer].Name+" and "+l.Name+", with insecureUpstream: "+l.Name+
				" takes every request for one that has been through the gateway before, and answers 508; keep one of them")
			return
		}
		if signer >= 0 && shareHost(chain[signer].Signer, l.Signer) {
			t.say(l.Mark, config.LevelWarning, "two signers for one request, "+chain[signer].Name+" and "+l.Name+": "+l.Name+
				" signs over what the other did; keep one of them")
		} else if signer >= 0 {
			t.say(l.Mark, "", "two signers for one request, "+chain[signer].Name+" and "+l.Name+": every request is refused; keep one of them")
			return
		}
		signer = i
	}
	if signer < 0 {
		t.unsigned(r, chain)
		return
	}
	for _, l := range chain[:signer] {
		if l.Middleware != nil && chain[signer].Signer.OnlyApps {
			t.beforeApps(chain[signer].Middleware, l)
		}
		if l.Middleware != nil {
			t.stripped(chain[signer].Middleware, l)
		}
	}
	for _, l := range chain[signer+1:] {
		if l.Middleware != nil {
			t.behind(chain[signer].Middleware, l)
		}
	}
	t.destination(r, chain[signer].Middleware)
}

// shareHost reports whether two signers have a host in common. Each sends to its hosts alone.
func shareHost(a, b *config.Binding) bool {
	return a.Known && b.Known && slices.ContainsFunc(a.Hosts, b.Bound)
}

// near is NearMiddleware, which is asked once for each name.
func (t *traefikCheck) near(l config.Link) string {
	name := l.Ref.Text()
	if _, known := t.nearest[name]; !known {
		t.nearest[name] = t.NearMiddleware(l)
	}
	return t.nearest[name]
}

// errorPages finds a vendor that is asked for error pages: those requests pass no signer, and have the headers of the client's, or a
// signature for another path.
func (t *traefikCheck) errorPages(l config.Link) {
	for _, service := range t.ErrorPages(l.Middleware) {
		for _, server := range service.Servers {
			for _, m := range t.Middlewares {
				if m.Signer == nil || !m.Signer.Known || server.Host == "" || !m.Signer.Bound(server.Host) {
					continue
				}
				level := ""
				if m.Signer.Insecure {
					level = config.LevelWarning
				}
				t.say(l.At, level, "requests leave unsigned: errors "+l.Name+" asks "+server.Host+", the host of the signer "+m.Name+
					", for its pages, past all middlewares; name another service")
				return
			}
		}
	}
}

// asksVendor finds a forwardAuth that asks a vendor about requests: those pass no signer, and have the headers of the client's.
func (t *traefikCheck) asksVendor(l config.Link) {
	address, err := url.Parse(l.Options.Fold("address").Text)
	if err != nil || address.Host == "" {
		return
	}
	for _, m := range t.Middlewares {
		if m.Signer != nil && m.Signer.Known && m.Signer.Bound(address.Host) {
			t.say(l.At, config.LevelWarning, "requests leave unsigned: forwardAuth "+l.Name+" asks "+address.Host+", the host of the signer "+m.Name+
				", about requests, past the signer; name another server")
			return
		}
	}
}

// beforeApps checks a middleware in front of a signer that verifies apps, which have signed what they sent.
func (t *traefikCheck) beforeApps(signer *config.Middleware, l config.Link) {
	b := signer.Signer
	what := ""
	switch {
	case l.ChangesPath() && b.SignsTarget:
		what = "changes the path that they signed"
	case (l.Kind == "basicauth" || l.Kind == "digestauth") && b.Owns("Authorization"):
		what = "wants a password in the header that they sign in"
	default:
		for _, e := range l.RequestHeaders() {
			if b.Owns(e.Key) || strings.EqualFold(e.Key, "Host") && b.SignsHost {
				what = "replaces their header " + e.Key
			}
		}
	}
	if what != "" {
		t.say(l.Mark, "", l.KindName()+" "+l.Name+" comes before the signer "+signer.Name+", which verifies apps, and "+what+
			": no app's request is accepted; remove it")
	}
}

// stripped checks a stripPrefix in front of a signer whose allow has the prefix.
func (t *traefikCheck) stripped(signer *config.Middleware, l config.Link) {
	if l.Kind != "stripprefix" {
		return
	}
	for _, prefix := range l.Options.Fold("prefixes").Words() {
		if signer.Signer.AllowsOnlyBelow(prefix.Text) {
			t.say(l.Mark, config.LevelWarning, l.KindName()+" "+l.Name+" comes before the signer "+signer.Name+" and removes "+prefix.Text+
				config.AllowBelow)
			return
		}
	}
}

// unused finds signers that no router uses, if there are routers.
func (t *traefikCheck) unused() {
	if len(t.Routers) == 0 {
		return
	}
	used := make(map[*config.Middleware]bool)
	for _, r := range t.Routers {
		for _, chain := range t.Chains(r) {
			for _, l := range chain {
				if used[l.Middleware] = true; l.Middleware == nil && l.Ref.Variable() {
					return // whichever Compose fills in
				}
			}
		}
	}
	for _, m := range t.Middlewares {
		if m.Signer != nil && !used[m] {
			t.say(m.Mark, config.LevelWarning, "no router uses the signer "+m.Name+"; add it as the last one to the router's middlewares")
		}
	}
}
