package cli

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// apps checks that what a proxy sends was signed by an app, if the signer b requires it. Without require_app it warns of requests that
// the verifier's matcher leaves out, since they are signed for anybody.
func (c *caddyFile) apps(p *caddyModule, b *config.Binding) {
	var some *caddyModule
	for _, v := range c.site(p, &c.verifiers) {
		if v.node.Last("vendor").Text != b.Vendor {
			continue
		}
		switch c.comesBy(v, p) {
		case armsAll:
			c.presets(p, v, b)
			return
		case armsSome:
			some = v
		}
	}
	switch {
	case some != nil && b.OnlyApps:
		c.say(p, config.LevelWarning, "requests that do not match the matcher of "+some.at()+" are of no app, and are answered 403, since "+
			b.Module+" has require_app; give both the same matcher")
	case some != nil:
		c.say(p, config.LevelWarning, "requests that do not match the matcher of "+some.at()+" are signed for anybody; set require_app in "+
			b.Module+", or give both the same matcher")
	case b.OnlyApps:
		c.say(p, "", "every request is refused (403): "+b.Module+" has require_app, and no "+config.VerifierModule+" "+b.Vendor+
			" comes before this reverse_proxy; put one into the same block, or take require_app out")
	}
}

// presets finds a verifier and a signer that name different preset files: the gateway takes an app only in the scheme that signs.
func (c *caddyFile) presets(p, v *caddyModule, b *config.Binding) {
	verified, signed, certain := config.OtherPreset(v.node, b.Given, b.Vendor)
	switch {
	case verified == "" || !b.OnlyApps:
	case certain:
		c.say(p, "", "every request of an app is refused (403): "+v.at()+" verifies it by the preset "+verified+", and "+b.Module+
			" signs by "+signed+"; name the same file in both")
	default:
		c.say(p, config.LevelWarning, v.at()+" verifies apps by the preset "+verified+", and "+b.Module+" signs by "+signed+
			": if they are different presets, every request of an app is refused (403); name the same file in both")
	}
}

// verifier checks the options of a verifier and its apps.
func (c *caddyFile) verifier(v *caddyModule, referencesOnly bool) {
	say := func(e config.Entry, what string) {
		f := config.Fault{File: v.file, Line: v.line, Field: config.VerifierModule, What: what}
		if c.directives == nil {
			f.Line, f.Field = max(e.Line, v.node.Line), e.Field
			if e.Field == "" {
				f.Field = v.field
			}
		}
		c.found = append(c.found, f)
	}
	a, wrong := config.VerifierOf(v.node, v.field)
	for _, f := range wrong {
		say(config.Entry{Line: f.Line, Field: f.Field}, f.What)
	}
	if v.listens != "" && v.node.Last("insecure_downstream").Text != "true" {
		say(config.Entry{}, "the server listens on "+v.listens+" for plain http, where signatures can be read and repeated: serve https, "+
			"bind 127.0.0.1, or set insecure_downstream")
	}
	if len(wrong) > 0 {
		return
	}
	a.Check(c.secretsOf(a.Vendor), say)
	if referencesOnly {
		a.WrittenOut(func(e config.Entry, name string) { say(e, name+" is written out; refer to a file or a variable") })
	}
}

// secretsOf are the secrets of a vendor's credentials, as they are written.
func (c *caddyFile) secretsOf(vendor string) map[string]bool {
	if c.secrets == nil {
		c.secrets = make(map[string]map[string]bool)
		for _, m := range c.bound() {
			if c.secrets[m.bind.Vendor] == nil {
				c.secrets[m.bind.Vendor] = make(map[string]bool)
			}
			for text := range config.SecretsOf(m.bind) {
				c.secrets[m.bind.Vendor][text] = true
			}
		}
	}
	return c.secrets[vendor]
}

// plainListener is an address at which a server takes plain http from other machines; empty: none that is certain. Caddy serves
// TLS if there are policies for it, or if its automatic HTTPS finds a host name.
func plainListener(server, document *config.Node) string {
	http := document.Last("apps").Get("http")
	portOf := func(key string, usual int) string {
		if text := http.Last(key).Text; text != "" {
			return text
		}
		return strconv.Itoa(usual)
	}
	httpPort, httpsPort := portOf("http_port", 80), portOf("https_port", 443)
	automatic := server.Last("automatic_https")
	named := automatic.Last("disable").Text != "true" && slices.ContainsFunc(server.Last("routes").List, func(route *config.Node) bool {
		return slices.ContainsFunc(route.Last("match").List, func(set *config.Node) bool {
			return slices.ContainsFunc(set.Get("host").Texts(), func(host string) bool {
				return !slices.Contains(automatic.Last("skip").Texts(), host)
			})
		})
	})
	for _, listen := range server.Last("listen").Texts() {
		host, port, err := net.SplitHostPort(strings.TrimPrefix(listen, "tcp/"))
		switch {
		case err != nil, strings.Contains(listen, "{"), host == "localhost", net.ParseIP(host).IsLoopback():
		case port == httpPort, port != httpsPort && !named && len(server.Last("tls_connection_policies").List) == 0:
			return listen
		}
	}
	return ""
}
