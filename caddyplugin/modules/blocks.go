package modules

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/signers"
)

// noBlock refuses the block that d is at after an option that takes none: its brace would be taken for the name of
// the next. A brace on the line of a flag is such a mistake:
//
//	insecure_upstream {
func noBlock(d *caddyfile.Dispenser, option string) error {
	if d.Val() != "{" {
		return nil
	}
	return d.Errf("a block is not expected after %s", option)
}

// wrapInner gives err the line of the option that is called inner, in the block that d is at. The block may spell
// its options in several ways. Without such an option the line is the block's: one that is missing has none. d is
// moved.
func wrapInner(d *caddyfile.Dispenser, inner string, err error) error {
	atBlock := d.WrapErr(err)
	if inner == "" {
		return atBlock
	}
	d.RemainingArgs()
	for start := d.Nesting(); d.NextBlock(start); {
		if _, ok := signers.FindSpelt([]signers.Option{{Name: inner}}, d.Val()); ok {
			return d.WrapErr(err)
		}
		d.RemainingArgs()
	}
	return atBlock
}

// findLine finds the block that a line beginning with this word is an entry of: option and secret of the vendor
// custom are entries of options and secrets.
func findLine(options []signers.Option, word string) (signers.Option, bool) {
	for _, o := range options {
		if o.Line != "" && o.Line == word {
			return o, true
		}
	}
	return signers.Option{}, false
}

// unmarshalLine reads a line with an entry of a block: a name, and one or more values. "secret key {env.KEY}"
// becomes the value secrets.key.
func (s *signing) unmarshalLine(d *caddyfile.Dispenser, block signers.Option) error {
	args := d.RemainingArgs()
	if len(args) < 2 {
		return d.Errf("%s takes a name and a value", block.Line)
	}
	key := block.Name + "." + args[0]
	if s.values[key] != nil {
		return d.Errf("%s %s is given twice", block.Line, signers.ShownName(args[0]))
	}
	s.values[key] = args[1:]
	return nil
}

// unmarshalBlock reads the options of a block within the block, such as previous, or the name of the file that has
// them. Its options are checked later, with all others: here only their number and repetition can be said with a
// line. Errors show names through ShownName, since a secret on the wrong line would be taken for a name.
//
//	previous {                         previous.key_id, previous.secret_key
//	    key_id K1
//	    secret_key {file./run/old}
//	}
//	previous /run/old.json             previous.credentials_file
func (s *signing) unmarshalBlock(d *caddyfile.Dispenser, o signers.Option) error {
	block := make(map[string]string)
	if d.NextArg() {
		block["credentials_file"] = d.Val()
	}
	if d.NextArg() {
		return d.Errf("%s takes a block, or the path of a credentials file", o.Name)
	}
	name := ""
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := noBlock(d, name); err != nil {
			return err
		}
		name = d.Val()
		args := d.RemainingArgs()
		if len(args) != 1 {
			return countErr(d, signers.ShownName(name)+" in "+o.Name, args...)
		}
		if _, twice := block[name]; twice {
			return d.Errf("%s is given twice", signers.ShownName(name))
		}
		block[name] = args[0]
	}
	if len(block) == 0 {
		return d.Errf("%s is empty", o.Name)
	}
	for name, value := range block {
		s.values[o.Name+"."+name] = []string{value}
	}
	return nil
}
