package caddyplugin

import (
	"fmt"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

func init() {
	for _, vendor := range signers.Vendors() {
		registerDirective(vendor + "_sign")
	}
}

// registerDirective makes the directive of a handler. It comes before all that can lead to a reverse_proxy, and behind
// what asks who the client is.
func registerDirective(directive string) {
	httpcaddyfile.RegisterDirective(directive, func(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
		var matchers caddy.ModuleMap
		if !fileAlone(h.Dispenser) {
			if err := fileForMatcher(h.Dispenser); err != nil {
				return nil, err
			}
			h.Next() // the directive
			var err error
			if matchers, err = h.ExtractMatcherSet(); err != nil {
				return nil, err
			}
		}
		info, err := caddy.GetModule("http.handlers." + directive)
		if err != nil {
			return nil, err
		}
		m := info.New().(interface {
			caddyfile.Unmarshaler
			caddyhttp.MiddlewareHandler
		})
		if err := m.UnmarshalCaddyfile(h.Dispenser); err != nil {
			return nil, err
		}
		rememberLine(h, m)
		return h.NewRoute(matchers, m), nil
	})
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.Before, "invoke")
}

// fileAlone reports whether the directive has one argument, which is its credentials_file, and no block. Caddy takes a
// path there for a matcher, but a signer that has nothing else would sign nothing.
func fileAlone(d *caddyfile.Dispenser) bool {
	defer d.Reset()
	var tokens []string
	for d.Next() {
		tokens = append(tokens, d.Val())
	}
	return len(tokens) == 2 && tokens[1] != "*" && !strings.HasPrefix(tokens[1], "@")
}

// fileForMatcher refuses a directive with a block whose only argument is a file. Caddy takes it for a path to match, which
// no request has.
func fileForMatcher(d *caddyfile.Dispenser) error {
	defer d.Reset()
	d.Next() // the directive
	args := d.RemainingArgs()
	if len(args) != 1 || !strings.HasPrefix(args[0], "/") || strings.Contains(args[0], "*") {
		return nil
	}
	info, err := os.Stat(args[0])
	if !strings.HasSuffix(args[0], ".json") && (err != nil || !info.Mode().IsRegular()) {
		return nil
	}
	return d.Errf("%s is taken for a path of requests; if it is the file with the credential, write credentials_file %s in the block, and if it is such a path, write @name path %s and @name here",
		args[0], args[0], args[0])
}

// unmarshal reads a block into the module's options, and checks them.
func (s *signing) unmarshal(d *caddyfile.Dispenser, upstream caddyfile.Unmarshaler) error {
	if s.config == nil {
		return errUnmade
	}
	if err := unmarshal(d, s.config, s.policy, upstream); err != nil {
		return err
	}
	config, policy, err := s.options()
	if err != nil {
		return err
	}
	return check(d, s.vendor, config, policy)
}

// unmarshal reads a block into the settings of config and policy. Options that are none of theirs are upstream's, if
// there is one.
func unmarshal(d *caddyfile.Dispenser, config signers.Config, policy *outbound.Policy, upstream caddyfile.Unmarshaler) error {
	d.Next() // the directive
	if d.NextArg() {
		policy.CredentialsFile = d.Val()
		if d.NextArg() || !strings.ContainsAny(policy.CredentialsFile, "/{") && !strings.HasSuffix(policy.CredentialsFile, ".json") {
			return d.ArgErr()
		}

	}
	settings := append(config.Settings(), policy.Settings()...)
	given := map[string]bool{"credentials_file": policy.CredentialsFile != ""}
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
	return unmarshalUpstream(tokens, settings, upstream)
}

// unmarshalUpstream gives upstream a block of its own options.
func unmarshalUpstream(tokens []caddyfile.Token, settings []signers.Setting, upstream caddyfile.Unmarshaler) error {
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
	if s.Block != nil {
		return unmarshalBlock(d, s)
	}
	args := d.RemainingArgs()
	if s.Line && len(args) > 0 {
		args = []string{strings.Join(args, " ")}
	}
	if s.Name == "max_body" && len(args) == 2 { // its value is no secret
		return d.Errf("max_body takes one value; write %s", args[0]+args[1])
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

// unmarshalBlock reads the options of a block within the block, or the name of the file that has them.
func unmarshalBlock(d *caddyfile.Dispenser, s signers.Setting) error {
	*s.Block = make(map[string]any)
	if d.NextArg() {
		(*s.Block)["credentials_file"] = d.Val()
	}
	if d.NextArg() {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		args := d.RemainingArgs()
		if len(args) != 1 {
			return d.ArgErr()
		}
		if _, twice := (*s.Block)[name]; twice {
			return d.Errf("%s is given twice", name)
		}
		(*s.Block)[name] = args[0]
	}
	if len(*s.Block) == 0 {
		return d.Errf("%s is empty", s.Name)
	}
	return nil
}

// misspelt finds references that are written as for Traefik.
func misspelt(vendor string, settings []signers.Setting) error {
	for _, s := range settings {
		if s.Text == nil {
			continue
		}
		if err := outbound.Misspelt(*s.Text, false); err != nil {
			return fmt.Errorf("%s: %s: %w", vendor, s.Name, err)
		}
	}
	return nil
}

// check finds missing options and bad values while there is still a line to point to: the option's, or the
// directive's. config and policy must be copies.
func check(d *caddyfile.Dispenser, vendor string, config signers.Config, policy outbound.Policy) error {
	settings := append(config.Settings(), policy.Settings()...)
	err := misspelt(vendor, settings)
	if err == nil {
		err = outbound.Check(vendor, config, &policy)
	}
	if err == nil {
		return nil
	}
	directive := func() {
		d.Reset()
		d.Next()
	}
	directive()
	s, ok := signers.FindBlamed(settings, strings.TrimPrefix(err.Error(), vendor+": "))
	if !ok {
		return d.WrapErr(err)
	}
	for start := d.Nesting(); d.NextBlock(start); {
		if d.Val() == s.Name {
			return d.WrapErr(err)
		}
	}
	directive() // the option is missing
	return d.WrapErr(err)
}
