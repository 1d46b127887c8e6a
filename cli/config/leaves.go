package config

import (
	"github.com/vendorsign/vendorsign/signers"
)

// Leaf is an option that is given, also in a block within the block or for an app.
type Leaf struct {
	Entry
	Option signers.Option // without a name: it is not known
}

// Called is the leaf's option, as messages have it.
func (l Leaf) Called() string {
	if l.Option.Name != "" {
		return l.Option.Name
	}
	return l.Key
}

// Leaves are the options that are given, those in their blocks, and those of apps.
func (x *Reading) Leaves() (all []Leaf) {
	for _, e := range x.Block.given {
		s, ok := x.Find(e.Key)
		all = append(all, Leaf{Entry: e, Option: s})
		if !ok || s.Kind != signers.Block {
			continue
		}
		for _, inner := range Inside(e) {
			o := signers.Option{Name: inner.Key, Secret: s.Secret} // named by the operator, as in secrets.NAME
			if s.Name == previousBlock {
				o, _ = x.Find(inner.Key)
			}
			all = append(all, Leaf{Entry: inner, Option: o})
		}
	}
	if x.Apps != nil {
		all = append(all, x.Apps.leaves...)
	}
	return all
}

// previousBlock has the options of another credential.
const previousBlock = "previous"

// Inside are the options of a block.
func Inside(e Entry) (all []Entry) {
	for _, option := range e.Value.Table {
		if option.Field == "" {
			option.Field = Join(e.Field, option.Key)
		}
		all = append(all, option)
	}
	return all
}
