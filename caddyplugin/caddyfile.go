package caddyplugin

import (
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// signHandler is what the handler modules have in common.
type signHandler interface {
	caddy.Module
	caddy.Provisioner
	caddy.Validator
	caddy.CleanerUpper
	caddyfile.Unmarshaler
	caddyhttp.MiddlewareHandler
}

// signTransport is what the transport modules have in common with reverse_proxy's own.
type signTransport interface {
	caddy.Provisioner
	caddy.Validator
	caddy.CleanerUpper
	caddyfile.Unmarshaler
	http.RoundTripper
	reverseproxy.TLSTransport
	reverseproxy.RequestHeaderOpsTransport
}

// register makes a handler module and its directive of the same name. It signs what the directives that rewrite
// requests left, right before reverse_proxy sends it.
func register(create func() signHandler) {
	module := create()
	caddy.RegisterModule(module)
	directive := strings.TrimPrefix(string(module.CaddyModule().ID), "http.handlers.")
	httpcaddyfile.RegisterHandlerDirective(directive, func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		m := create()
		return m, m.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.Before, "reverse_proxy")
}

// unmarshal reads a block into the settings of config and policy. Options that are none of theirs are upstream's, if
// there is one.
func unmarshal(d *caddyfile.Dispenser, config signers.Config, policy *outbound.Policy, upstream caddyfile.Unmarshaler) error {
	d.Next() // the directive
	if d.NextArg() {
		return d.ArgErr()
	}
	settings := append(config.Settings(), policy.Settings()...)
	given := make(map[string]bool)
	tokens := []caddyfile.Token{d.Token()} // what is left for upstream
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if _, ours := signers.Find(settings, d.Val()); !ours && upstream != nil {
			tokens = append(tokens, d.NextSegment()...)
			continue
		}
		if err := unmarshalOption(d, settings, given); err != nil {
			return err
		}
	}
	if upstream == nil || len(tokens) == 1 {
		return nil
	}
	return unmarshalUpstream(d, tokens, settings, upstream)
}

// unmarshalUpstream gives upstream a block of its own options.
func unmarshalUpstream(d *caddyfile.Dispenser, tokens []caddyfile.Token, settings []signers.Setting, upstream caddyfile.Unmarshaler) error {
	start, end := tokens[0], tokens[len(tokens)-1]
	start.Text, end.Text = "{", "}"
	end.Line++ // a closing brace stands on a line of its own
	block := append([]caddyfile.Token{tokens[0], start}, append(tokens[1:], end)...)
	rest := caddyfile.NewDispenser(block)
	err := upstream.UnmarshalCaddyfile(rest)
	if err != nil && strings.Contains(err.Error(), "unrecognized subdirective") {
		return rest.WrapErr(signers.Unknown(settings, rest.Val()))
	}
	return err
}

// unmarshalOption reads the option on which d stands, with its values.
func unmarshalOption(d *caddyfile.Dispenser, settings []signers.Setting, given map[string]bool) error {
	s, ok := signers.Find(settings, d.Val())
	if !ok {
		return d.WrapErr(signers.Unknown(settings, d.Val()))
	}
	if given[s.Name] && !s.Line {
		return d.Errf("%s is given twice", s.Name)
	}
	given[s.Name] = true
	args := d.RemainingArgs()
	if s.Line && len(args) > 0 {
		args = []string{strings.Join(args, " ")}
	}
	if len(args) == 0 && s.Flag == nil || len(args) > 1 && s.List == nil {
		return d.ArgErr()
	}
	if len(args) == 0 {
		args = []string{""}
	}
	for _, arg := range args {
		if err := s.Set(arg); err != nil {
			return d.WrapErr(err)
		}
	}
	return nil
}

// check finds missing options and bad values while there is still a line to point to: the option's, or the
// directive's. config and policy must be copies.
func check(d *caddyfile.Dispenser, vendor string, config signers.Config, policy outbound.Policy) error {
	settings := append(config.Settings(), policy.Settings()...)
	err := outbound.Check(vendor, config, &policy)
	if err == nil {
		return nil
	}
	d.Reset()
	d.Next()
	start := d.Nesting()
	for _, s := range settings {
		if !strings.HasPrefix(err.Error(), vendor+": "+s.Name) {
			continue
		}
		for d.NextBlock(start) {
			if d.Val() == s.Name {
				break
			}
		}
		if d.Val() != s.Name { // it is missing
			d.Reset()
			d.Next()
		}
		break
	}
	return d.WrapErr(err)
}
