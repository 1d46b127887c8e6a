package modules

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/vendorsign/vendorsign/signers"
)

// noBlock refuses the block that d is at after an option that takes none: its brace would be taken for the name of the next.
func noBlock(d *caddyfile.Dispenser, option string) error {
	if d.Val() != "{" {
		return nil
	}
	return d.Errf("a block is not expected after %s", option)
}

// wrapInner gives err the line of the option that is called inner, in the block that d is at. The block may spell its options in
// several ways. Without such an option the line is the block's: one that is missing has none.
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
