package cli

import (
	"net"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// Directive is a directive of a Caddyfile, after import and with its place. A site is one, too: its
// name and arguments are its addresses.
type Directive struct {
	Name string
	Args []string
	File string
	Line int
	Body []Directive
}

// CaddyfileDirectives reads a Caddyfile's sites. Only a program with Caddy in it sets this.
var CaddyfileDirectives func(file string, data []byte) []Directive

// directives finds the lines of what a Caddyfile became. The adapter keeps no lines in its JSON, so a
// module is matched with the directive that fits best, by its name, its site and its hosts or
// upstreams. A wrong guess costs a wrong line in a message, and nothing else. In a program without
// Caddy there are no directives, and no Caddyfile is read.
type directives struct {
	file  string
	known []*knownDirective
}

// knownDirective is a directive of the Caddyfile with what identifies it: the addresses of its site,
// and its hosts or upstreams.
type knownDirective struct {
	Directive
	site  []string
	words []string
	// A module has taken it: of equal ones the next counts.
	used bool
}

// newDirectives reads the lines of a Caddyfile; none in a program without Caddy.
func newDirectives(file string, data []byte) *directives {
	d := &directives{file: file}
	if CaddyfileDirectives == nil {
		return d
	}
	for _, site := range CaddyfileDirectives(file, data) {
		d.add(site.Body, append([]string{site.Name}, site.Args...))
	}
	return d
}

// add takes directives, and those in their blocks.
func (d *directives) add(all []Directive, site []string) {
	for _, one := range all {
		d.known = append(d.known, &knownDirective{Directive: one, site: site, words: one.words()})
		d.add(one.Body, site)
	}
}

// find returns the place of a module. It is the directive that fits best, and of equal ones the next:
// the JSON does not say which it was. Without directives the lines are those of the JSON. An empty file
// is the one that is checked, as opposed to one that it imports.
func (d *directives) find(m *caddyModule) (file string, line int) {
	if d == nil {
		return "", m.node.Line
	}
	best, most := (*knownDirective)(nil), 0
	for _, k := range d.known {
		if points := k.fits(m); points > most {
			best, most = k, points
		}
	}
	if best == nil {
		return "", 1
	}
	best.used = true
	return d.place(best.Directive)
}

// place is a directive's file and line; the file is empty if it is the one that is checked, and not one that it
// imports.
func (d *directives) place(one Directive) (file string, line int) {
	if one.File == d.file {
		return "", one.Line
	}
	return one.File, one.Line
}

// fits says how well a directive fits a module, in points; 0: it is another one.
//
//	1  the same name           4  for each host of the site
//	1  not used yet            8  for each host or upstream
func (k *knownDirective) fits(m *caddyModule) (points int) {
	name := m.node.Get("handler").Text
	switch {
	case k.Name == name:
	case name == "reverse_proxy" && (k.Name == "php_fastcgi" || k.Name == "forward_auth"):
	default:
		return 0
	}
	// A module's own words weigh most, then its site, then that no module has taken the directive yet.
	points = 1
	if !k.used {
		points++
	}
	for _, step := range m.steps {
		for _, set := range step.match.List {
			for _, host := range set.Get("host").Texts() {
				if slices.ContainsFunc(k.site, func(address string) bool { return siteHost(address) == strings.ToLower(host) }) {
					points += 4
				}
			}
		}
	}
	for _, wanted := range m.words() {
		if slices.Contains(k.words, wanted) {
			points += 8
		}
	}
	return points
}

// words are what tells a module from others of its kind: a signer's hosts, or a proxy's upstreams.
func (m *caddyModule) words() (all []string) {
	switch m.node.Get("handler").Text {
	case config.VerifierModule:
		return m.node.Get("vendor").Texts()
	case "reverse_proxy":
	default:
		return m.node.Get("host").Texts()
	}
	for _, u := range m.node.Get("upstreams").List {
		all = append(all, u.Get("dial").Text)
	}
	return all
}

// words are those of the directive.
func (k Directive) words() (all []string) {
	if k.Name == config.VerifierModule {
		return k.Args
	}
	signs := strings.HasSuffix(k.Name, "_sign") || k.Name == "vendorsign"
	args := slices.Clone(k.Args)
	for _, below := range k.Body {
		if signs && below.Name == "host" || !signs && below.Name == "to" {
			args = append(args, below.Args...)
		}
	}
	if signs {
		return args
	}
	for _, arg := range args {
		all = append(all, dialled(arg))
	}
	return all
}

// dialled is the address that Caddy makes of an upstream's.
//
//	https://api.example  ->  api.example:443
//	api.example          ->  api.example:80
//	api.example:8080     ->  api.example:8080
func dialled(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	port := "80"
	if !found {
		rest = address
	} else if scheme == "https" {
		port = "443"
	}
	rest, _, _ = strings.Cut(rest, "/")
	if name, own := credentials.SplitPort(rest); own != "" {
		return net.JoinHostPort(strings.Trim(name, "[]"), own)
	}
	return net.JoinHostPort(strings.Trim(rest, "[]"), port)
}

// siteHost is the name in a site's address.
//
//	https://a.example:8443/x,  ->  a.example
func siteHost(address string) string {
	if _, rest, found := strings.Cut(address, "://"); found {
		address = rest
	}
	address, _, _ = strings.Cut(strings.TrimSuffix(address, ","), "/")
	name, _ := credentials.SplitPort(strings.ToLower(address))
	return name
}

// lineOf returns the place of a signer's block, for what is wrong in it. A transport has the line of
// the word transport in its reverse_proxy.
func (c *caddyFile) lineOf(b config.Block) (file string, line int) {
	for _, m := range slices.Concat(c.signers, c.proxies) {
		switch {
		case m.node == b.Value:
			return m.file, m.line
		case m.node.Get("transport") == b.Value:
			for _, k := range c.directives.known {
				if k.Line != m.line || k.File != m.file && m.file != "" {
					continue
				}
				for _, below := range k.Body {
					if below.Name == "transport" {
						return c.directives.place(below)
					}
				}
			}
			return m.file, m.line
		}
	}
	for _, k := range c.directives.known { // of a named route that nothing invokes
		if k.Name == b.Module || k.Name == "vendorsign" && slices.Contains(k.Args, b.Vendor) {
			return c.directives.place(k.Directive)
		}
	}
	return "", 1
}
