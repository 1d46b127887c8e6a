package modules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// unmarshal reads a block into the module's options, and checks them. Options that do not belong to the signer go
// to upstream, if there is one.
//
//	transport vendorsign acme {        s.vendor is acme
//	    key_id K1                      s.values
//	    dial_timeout 5s                upstream, Caddy's transport http
//	}
//
// Errors are those of a Caddyfile, with file and line. They quote no value, which may be a secret.
func (s *signing) unmarshal(d *caddyfile.Dispenser, upstream caddyfile.Unmarshaler) error {
	if s.values == nil {
		return errUnmade
	}
	d.Next() // the directive
	options, err := s.unmarshalVendor(d)
	if err != nil {
		return d.WrapErr(err)
	}
	if err := s.unmarshalOptions(d, options, upstream); err != nil {
		return err
	}
	return s.check(d, options)
}

// unmarshalVendor reads the vendor's name, if that is the directive's first argument, and returns the vendor's
// options. A matcher behind the name would be taken for a file, so its place is said.
func (s *signing) unmarshalVendor(d *caddyfile.Dispenser) ([]signers.Option, error) {
	if s.choice == nil {
		return outbound.Options(s.vendor)
	}
	directive, vendor := d.Val(), ""
	if d.NextArg() {
		vendor = d.Val()
	}
	// A vendor that there is not is an error with the nearest name, whatever follows.
	options, err := s.choose(vendor)
	if rest := d.CountRemainingArgs(); err == nil && rest > 0 {
		d.NextArg()
		if matcher := d.Val(); strings.HasPrefix(matcher, "@") || strings.Contains(matcher, "*") {
			return nil, fmt.Errorf("a matcher comes before the vendor: write %s %s %s", directive, matcher, vendor)
		}
		// The name is read again as that of a file.
		d.Prev()
	}
	return options, err
}

// unmarshalOptions reads the name of a file behind the directive, and the block. A file is taken for one by a
// slash, a placeholder or its ending: another word is more likely an option that should be in the block.
func (s *signing) unmarshalOptions(d *caddyfile.Dispenser, options []signers.Option, upstream caddyfile.Unmarshaler) error {
	given, directive := make(map[string]bool), d.Val()
	if d.NextArg() {
		file := d.Val()
		if d.NextArg() || !strings.ContainsAny(file, "/{") && !strings.HasSuffix(file, ".json") {
			return d.Errf("only a credentials file may come after %s, as in /etc/vendorsign/acme.json", directive)
		}
		s.values["credentials_file"], given["credentials_file"] = []string{file}, true
	}
	tokens := []caddyfile.Token{d.Token()} // what is left for upstream
	before := ""
	// What is neither ours nor a line of a block goes to the transport http with its own block, as NextSegment
	// reads it.
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := noBlock(d, before); err != nil {
			return err
		}
		before = d.Val()
		if block, ours := findLine(options, d.Val()); ours {
			if err := s.unmarshalLine(d, block); err != nil {
				return err
			}
			continue
		}
		// An option of the signer's goes to the signer, even if the transport has one of that name.
		if _, ours := signers.Find(options, d.Val()); !ours && upstream != nil {
			tokens = append(tokens, d.NextSegment()...)
			continue
		}
		if err := s.unmarshalOption(d, options, given); err != nil {
			return err
		}
	}
	if upstream == nil || len(tokens) == 1 {
		return nil
	}
	return unmarshalUpstream(tokens, options, upstream)
}

// unmarshalUpstream gives upstream a block with its own options. Tokens are those of the directive and of what is
// left, without braces; the block gets its own, on the lines of the first and behind the last, so that errors have
// the right line.
func unmarshalUpstream(tokens []caddyfile.Token, options []signers.Option, upstream caddyfile.Unmarshaler) error {
	start, end := tokens[0], tokens[len(tokens)-1]
	start.Text, end.Text = "{", "}"
	end.Line++ // a closing brace has a line of its own
	block := append([]caddyfile.Token{tokens[0], start}, append(tokens[1:], end)...)
	rest := caddyfile.NewDispenser(block)
	err := upstream.UnmarshalCaddyfile(rest)
	// Caddy's error has no type. It names the transport http, which the user did not write, so ours replaces it.
	if err != nil && strings.Contains(err.Error(), "unrecognized subdirective") {
		text := unknown(options, transportSubdirectives, rest.Val())
		if strings.Contains(text, "; known are ") {
			text += ", and those of Caddy's transport http"
		}
		return rest.WrapErr(errors.New(text))
	}
	return err
}

// unmarshalOption reads the option that d is at, with its values. given are the options so far: a second one is an
// error, but for those that are written once for each value, such as allow.
func (s *signing) unmarshalOption(d *caddyfile.Dispenser, options []signers.Option, given map[string]bool) error {
	o, ok := signers.Find(options, d.Val())
	if !ok {
		return d.WrapErr(errors.New(unknown(options, nil, d.Val())))
	}
	if given[o.Name] && o.Kind != signers.Lines {
		return d.Errf("%s is given twice", o.Name)
	}
	given[o.Name] = true
	if o.Kind == signers.Block {
		return s.unmarshalBlock(d, o)
	}
	args := d.RemainingArgs()
	// allow GET|POST /devices/** is one entry: methods and paths.
	if o.Kind == signers.Lines && len(args) > 0 {
		args = []string{strings.Join(args, " ")}
	}
	// Its value is no secret, so the error may show what is meant: 10 MiB is max_body 10MiB.
	if o.Name == "max_body" && len(args) == 2 {
		return d.Errf("max_body takes one value; write %s", args[0]+args[1])
	}
	if len(args) == 0 && o.Kind != signers.Flag || len(args) > 1 && !o.Many() {
		return countErr(d, o.Name, args...)
	}
	// A flag.
	if len(args) == 0 {
		args = []string{""}
	}
	for _, arg := range args {
		if fault := s.values.Set(o, arg); fault != nil {
			return d.WrapErr(errors.New(fault.Text))
		}
	}
	return nil
}

// unknown is the error for an option that does not exist. Those of the vendor custom have the operator's names, behind a word.
func unknown(options []signers.Option, more []string, name string) string {
	shown := signers.ShownName(name)
	if _, operators := findLine(options, "secret"); operators {
		if _, near := signers.Nearest(options, name); !near {
			return fmt.Sprintf("unknown option %s; write option %s VALUE, or secret %s {env.NAME}, if the operations use it", shown, shown, shown)
		}
	}
	return signers.Unknown(signers.WithNames(options, more), name).Text
}

// countErr is the error for a line with too few or too many values. Unlike Caddy's own it quotes none of them: one
// may be a secret.
//
//	Caddyfile:7: secret_key has no value; a {$NAME} whose variable is not set is empty
//	Caddyfile:7: secret_key has a = behind its name; write it without
//	Caddyfile:7: secret_key has too many values; put one with blanks into double quotes
func countErr(d *caddyfile.Dispenser, name string, values ...string) error {
	switch {
	case len(values) == 0:
		return d.Errf("%s has no value; a {$NAME} whose variable is not set is empty", name)
	case values[0] == "=" || values[0] == ":":
		return d.Errf("%s has a %s behind its name; write it without", name, values[0])
	}
	return d.Errf("%s has too many values; put one with blanks into double quotes", name)
}

// misspelt finds references in Traefik's syntax, and placeholders that are never filled in: file:/run/secrets/acme,
// or {http.request.host}, which no request has while the configuration loads.
func (s *signing) misspelt(options []signers.Option) (faults []signers.Fault) {
	for _, o := range options {
		if o.Many() {
			continue
		}
		if err := credentials.Misspelt(s.values.Text(o.Name), false); err != nil {
			faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + ": " + err.Error()})
		}
	}
	return append(faults, outbound.Unfillable(options, s.values)...)
}

// check finds missing options and bad values while there is still a line to point to: the option's, or the
// directive's. The line is that of the first fault.
func (s *signing) check(d *caddyfile.Dispenser, options []signers.Option) error {
	faults := s.misspelt(options)
	if len(faults) == 0 {
		faults = outbound.Check(s.vendor, s.values)
	}
	if len(faults) == 0 {
		return nil
	}
	err := signers.FaultsError(s.vendor, faults)
	// Back to the beginning: the block is read a second time, for the line of the option.
	directive := func() {
		d.Reset()
		d.Next()
	}
	directive()
	if s.choice != nil {
		d.RemainingArgs()
	}
	for start := d.Nesting(); d.NextBlock(start); {
		if d.Val() == faults[0].Option {
			return wrapInner(d, faults[0].Inner, err)
		}
	}
	// The option is missing, so the line is the directive's.
	directive()
	return d.WrapErr(err)
}
