package cli

import (
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// fromClient finds placeholders of what the client sent.
var fromClient = regexp.MustCompile(`\{http\.request\.(host|header|uri|orig|cookie)`)

// upstreams are where a proxy sends requests.
type upstreams struct {
	names   []string // name and port, as they are dialled or looked up
	open    []string // placeholders of what the client sent
	looked  []string // those of names whose addresses are looked up and dialled
	proved  []string // the name that the certificate must have
	asked   []string // the Host that requests get
	dynamic bool     // there are others, which are not known
}

// upstreamsOf reads static and dynamic upstreams of a reverse_proxy.
func upstreamsOf(proxy *config.Node) (u upstreams) {
	for _, upstream := range proxy.Last("upstreams").List {
		name := upstream.Last("dial").Text
		if name == "" {
			continue
		}
		u.names = append(u.names, name)
		if fromClient.MatchString(name) {
			u.open = append(u.open, name)
		}
	}
	u.look(proxy.Last("dynamic_upstreams"), 0)
	if name := proxy.Last("transport").Last("tls").Last("server_name").Text; name != "" {
		u.proved = append(u.proved, name)
	}
	u.asked = proxy.Last("headers").Last("request").Last("set").Fold("Host").Texts()
	return u
}

// look adds what a source of dynamic upstreams leads to: the names of a, also in multi. Which servers an SRV record names is not known.
func (u *upstreams) look(d *config.Node, depth int) {
	name := d.Last("name").Text
	switch source := d.Get("source").Text; {
	case d.Shape != config.Table:
	case source == "a" && name != "":
		u.names = append(u.names, strings.TrimSuffix(name+":"+d.Last("port").Text, ":"))
		if net.ParseIP(name) == nil {
			u.looked = append(u.looked, u.names[len(u.names)-1])
		}
	case source == "multi" && depth < 20:
		for _, one := range d.Last("sources").List {
			u.look(one, depth+1)
		}
	default:
		u.dynamic = true
		if name != "" {
			u.names = append(u.names, name)
		}
	}
}

// vary reports whether some are known for each request only: they are dynamic, or have placeholders.
func (u upstreams) vary() bool {
	return u.dynamic || slices.ContainsFunc(u.names, func(name string) bool { return strings.Contains(name, "{") })
}

// boundTo reports whether a signer has the upstreams for a host: see reached.
func (u upstreams) boundTo(b *config.Binding) bool { return u.reached(b) != "" }

// reached is the name by which one of the upstreams is a host of a signer: its address, the name in its certificate or the Host that it
// is asked for. Empty: no upstream is. The guard compares the same names at run time.
func (u upstreams) reached(b *config.Binding) string {
	if b == nil || !b.Known {
		return ""
	}
	for _, name := range slices.Concat(u.names, u.proved, u.asked) {
		if !strings.Contains(name, "{") && b.Bound(name) {
			return name
		}
	}
	return ""
}

// likely reports whether the upstreams that are reached by this name are the vendor, and not another gateway that is asked for it.
func (u upstreams) likely(name string) bool {
	if slices.Contains(u.names, name) || slices.Contains(u.proved, name) {
		return true
	}
	return slices.ContainsFunc(u.names, func(address string) bool {
		host, _ := credentials.SplitPort(address)
		return net.ParseIP(strings.Trim(host, "[]")) != nil
	})
}

// plain reports whether all upstreams are spoken to without TLS: it is not configured, or not for their ports.
func (u upstreams) plain(tls *config.Node) bool {
	excepted := tls.Last("except_ports").Texts()
	return tls.Shape != config.Table || len(u.names) > 0 && !slices.ContainsFunc(u.names, func(address string) bool {
		_, port := credentials.SplitPort(address)
		return !slices.Contains(excepted, port)
	})
}

// lookedUpFor is one of the block's hosts that is looked up.
func (u upstreams) lookedUpFor(b *config.Binding) string {
	if i := slices.IndexFunc(u.looked, b.Bound); i >= 0 {
		name, _ := credentials.SplitPort(u.looked[i])
		return name
	}
	return ""
}

// upstream compares a proxy's upstreams with what the credential is bound to. transport says that the
// proxy's transport signs, which has options of its own for TLS.
func (c *caddyFile) upstream(p *caddyModule, b *config.Binding, to upstreams, transport bool) {
	if !b.Known || to.dynamic || len(to.names) == 0 {
		return
	}
	// The name that the certificate must have counts as the upstream's, as at run time.
	tls := p.node.Last("transport").Last("tls")
	if name := tls.Last("server_name").Text; name != "" && (b.Bound(name) || strings.Contains(name, "{")) {
		return
	}
	wrong := ""
	count := 0
	// Placeholders are only known at run time. A socket, and with a handler any upstream, may take the vendor's place
	// where insecure_upstream permits it.
	for _, name := range to.names {
		switch {
		case strings.Contains(name, "{"):
		case b.Insecure && (strings.HasPrefix(name, "unix") || !transport):
		case !b.Bound(name):
			wrong = name
			count++
		}
	}
	// The address of a name is no host, and nothing but server_name says what its certificate must have.
	if name := to.lookedUpFor(b); name != "" && !b.Insecure {
		level := ""
		if len(to.names) > 1 {
			level = config.LevelWarning
		}
		c.say(p, level, "dynamic a dials the address of "+name+", which is not a host of "+b.Module+", so that requests are refused (421);"+
			" write tls_server_name "+b.Hosts[0]+" in its transport http")
		return
	}
	what := "upstream " + wrong + " is not a host of " + b.Module + " (" + strings.Join(b.Hosts, ", ") + ")"
	switch {
	case count == len(to.names):
		c.say(p, "", what+": every request is refused (421); name the same host in both")
	case count > 0:
		c.say(p, config.LevelWarning, what+": requests that it gets are refused (421); add it to host, or remove it")
	// The transport of ours without TLS is refused with its own options.
	case to.plain(tls) && (!transport || tls.Shape == config.Table) && !b.Insecure && !fastCGI(p.node):
		c.say(p, "", "the upstream is plain http, where anyone can read the credential;"+
			" write https:// before it, or set insecure_upstream in "+b.Module)
	case !transport && tls.Last("insecure_skip_verify").Text == "true" && !b.Insecure:
		c.say(p, "", "tls_insecure_skip_verify would send the credential to anyone;"+
			" trust the issuer or set insecure_upstream in "+b.Module)
	}
}
