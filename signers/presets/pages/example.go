//go:build go1.21

package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/presets"
)

// example is what the examples of a page have in common. Tests load them in Caddy and Traefik, so each must be
// complete, and each name and path in it one that the preset accepts.
type example struct {
	preset *presets.Preset
	// site is the name under which clients reach the gateway, such as veracode.internal.
	site string
	// host is the vendor's, and allow a request that the guards let through.
	host, allow string
	// multiplexed: nothing passes without allow_multiplexed, so the example has it.
	multiplexed bool
	// options are those that a configuration needs: see presets.Examples.
	options []signers.Option
}

// newExample takes the first request that the guards let through as what the example allows: it is a real path of
// the vendor's, such as GET /appsec/v1/applications of Veracode. A path with a colon is passed over where there is
// another one.
func newExample(p *presets.Preset) example {
	e := example{preset: p, site: strings.ReplaceAll(p.Name, "_", "-") + ".internal", host: exampleHost(p)}
	values := presets.Examples(p)
	for _, o := range p.Scheme().Options {
		if values.Has(o.Name) {
			e.options = append(e.options, o)
		}
	}
	for _, request := range p.GuardVectors.Passed {
		// A rule has no query. Colons would need quotes in YAML.
		if e.allow, _, _ = strings.Cut(request, "?"); !strings.Contains(e.allow, ":") {
			break
		}
	}
	// Nothing passes: every endpoint is closed until allow_multiplexed.
	if e.allow == "" {
		e.allow, e.multiplexed = "POST /", true
	}
	return e
}

// exampleHost is a host of the vendor's: the first one, or that of a vector where that is any name below a domain.
// An example with the vendor's own name shows what a customer's looks like. With no hosts any name with a dot in a
// vector will do.
func exampleHost(p *presets.Preset) string {
	if len(p.Hosts) > 0 && !strings.HasPrefix(p.Hosts[0], "*") {
		return p.Hosts[0]
	}
	for i := range p.Vectors {
		_, rest, _ := strings.Cut(p.Vectors[i].Request.URL, "://")
		host := rest[:strings.IndexAny(rest+"/", "/?")]
		// The host of a vector is one that an author found in documentation or a client's tests.
		if len(p.Hosts) == 0 && strings.Contains(host, ".") || len(p.Hosts) > 0 && strings.HasSuffix(host, p.Hosts[0][1:]) {
			return host
		}
	}
	// A made-up customer's: acme.vendor.example for *.vendor.example.
	if len(p.Hosts) > 0 {
		return "acme" + p.Hosts[0][1:]
	}
	return "vendor.example"
}

// sample is a value that an example shows: the file's own, or that of a vector, which is one that the vendor would
// accept in form.
func (e example) sample(o signers.Option) string {
	for i := range e.preset.Options {
		if e.preset.Options[i].Name == o.Name && e.preset.Options[i].Sample != "" {
			return e.preset.Options[i].Sample
		}
	}
	// A value of another kind, such as a list, is passed over.
	for i := range e.preset.Vectors {
		var text string
		if json.Unmarshal(e.preset.Vectors[i].Config[o.Name], &text) == nil && text != "" {
			return text
		}
	}
	return o.Example()
}

// secretFile is the file of a secret: named like the preset, or like the option too where there are several.
// /run/secrets is where Docker mounts secrets. Examples never have a secret in them.
//
//	/run/secrets/veracode, but /run/secrets/zscaler_zia_password and /run/secrets/zscaler_zia_api_key
func (e example) secretFile(o signers.Option) string {
	// Required secrets alone: an example has no others.
	secrets := 0
	for _, own := range e.options {
		if own.Secret {
			secrets++
		}
	}
	if secrets > 1 {
		return "/run/secrets/" + e.preset.Name + "_" + o.Name
	}
	return "/run/secrets/" + e.preset.Name
}

// plainWord needs no quotes in a Caddyfile or YAML. A digit in front is not plain: YAML would make a number of it.
var plainWord = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/@+-]*$`)

// quoted is a text for a Caddyfile or YAML, in quotes unless it is a plain word.
func quoted(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// caddyfile has a site with the transport, and one with the handler. Both forms load side by side, as tests do
// with them; a user takes one. The transport comes first, since it signs what is really sent.
func (e example) caddyfile() string {
	// The lines are the same in both, indented differently.
	block := func(indent string) string {
		var b strings.Builder
		for _, o := range e.options {
			value := quoted(e.sample(o))
			if o.Secret {
				// Caddy's placeholder, which the plugin resolves when it loads, and again when the file changes.
				value = "{file." + e.secretFile(o) + "}"
			}
			fmt.Fprintf(&b, "%s%s %s\n", indent, o.Name, value)
		}
		fmt.Fprintf(&b, "%shost %s\n", indent, e.host)
		if e.multiplexed {
			fmt.Fprintf(&b, "%sallow_multiplexed\n", indent)
		}
		fmt.Fprintf(&b, "%sallow %s\n", indent, e.allow)
		return b.String()
	}
	return fmt.Sprintf(`# as a transport: signs right before sending, retries included
http://%s {
	bind 127.0.0.1
	reverse_proxy https://%s {
		transport vendorsign %s {
%s		}
	}
}

# as a handler: runs before any proxy of the site
http://handler.%[1]s {
	bind 127.0.0.1
	vendorsign %[3]s {
%[5]s	}
	reverse_proxy https://%[2]s
}
`, e.site, e.host, e.preset.Name, block("\t\t\t"), block("\t\t"))
}

// labels is a service of a Compose file, as Traefik's provider for Docker reads it.
func (e example) labels() string {
	// Names of routers in Traefik, with - in place of _, as in host names.
	router := strings.ReplaceAll(e.preset.Name, "_", "-")
	var b strings.Builder
	fmt.Fprintf(&b, `services:
  app:
    image: app
    labels:
      traefik.enable: "true"
      traefik.http.routers.%[1]s.rule: Host(`+"`%[2]s`"+`)
      traefik.http.routers.%[1]s.middlewares: %[1]s
      traefik.http.services.%[1]s.loadbalancer.server.url: https://%[3]s
`, router, e.site, e.host)
	// Labels have camelCase: api_id is apiId.
	label := func(option, value string) {
		fmt.Fprintf(&b, "      traefik.http.middlewares.%s.plugin.vendorsign.%s.%s: %s\n", router, e.preset.Name, option, value)
	}
	for _, o := range e.options {
		value := quoted(e.sample(o))
		if o.Secret {
			// The plugin's own form of a reference, as Traefik has no placeholders.
			value = "file:" + e.secretFile(o)
		}
		label(signers.Camel(o.Name), value)
	}
	label("host", e.host)
	if e.multiplexed {
		label("allowMultiplexed", `"true"`)
	}
	label("allow[0]", e.allow)
	// Without observe the plugin would not see that a session is over.
	if endless(e.preset) {
		label("observe", `"on"`)
	}
	return b.String()
}

// endless reports whether nothing but a refusal of the vendor, which is looked at with observe alone, tells that a
// token is over. A scheme that hides headers of answers looks at answers in any case.
func endless(p *presets.Preset) bool {
	signer, faults := p.Scheme().Signer(presets.Examples(p))
	if len(faults) > 0 {
		return false
	}
	// A token that says when it ends is renewed before that, and needs no look at answers.
	from := signer.Traits().Tokens
	return from != nil && from.Endless && len(signer.Traits().Hides) == 0
}
