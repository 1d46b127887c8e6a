package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// TransportOptions are the options that Caddy's HTTP transport has in JSON; none in a program without Caddy.
var TransportOptions []string

// Reading is a block whose options are read as its gateway does. Nothing that it refers to is read: a reference is taken to
// become a good value.
type Reading struct {
	Block
	*Options
	Found []Fault          // what is wrong with it
	Given map[string]Entry // by the option's own name
}

// NewReading returns the reading of b before its options are taken.
func NewReading(b Block) *Reading {
	return &Reading{Block: b, Options: NewOptions(b.Vendor), Given: make(map[string]Entry)}
}

// Fault adds what is wrong at e, with the options' names in the spelling of the gateway.
func (x *Reading) Fault(e Entry, what string) {
	x.Found = append(x.Found, Fault{Line: e.Line, Field: e.Field, What: x.Spell(what)})
}

// Fill takes the options that are given and returns those that misspelt ones most likely stand for.
func (x *Reading) Fill() (meant []signers.Setting) {
	for _, e := range x.Block.given {
		s, ok := x.Find(e.Key)
		if !ok {
			if s, ok = x.unknown(e); ok {
				meant = append(meant, s)
			}
			continue
		}
		if first, twice := x.Given[s.Name]; twice {
			x.Fault(e, s.Name+" is given twice, first in line "+strconv.Itoa(first.Line))
			continue
		}
		x.Given[s.Name] = e
		if err := x.set(s, e.Value); err != nil {
			x.Fault(e, err.Error())
			meant = append(meant, s)
		}
	}
	return meant
}

// Find is exact in Caddy. Traefik compares with the names of fields, in any case.
func (x *Reading) Find(key string) (signers.Setting, bool) {
	if x.Dialect == InTraefik {
		i := slices.IndexFunc(x.Settings, func(s signers.Setting) bool {
			return strings.EqualFold(signers.Camel(s.Name), key)
		})
		if i < 0 {
			return signers.Setting{}, false
		}
		return x.Settings[i], true
	}
	return signers.Find(x.Settings, key)
}

// unknown complains, and returns the option that its hint is about. Options of Caddy's own transport are no fault;
// without Caddy only a key that is nearly ours is.
func (x *Reading) unknown(e Entry) (signers.Setting, bool) {
	settings := slices.Clone(x.Settings)
	if x.Dialect == InTraefik {
		for i := range settings {
			settings[i].Name = signers.Camel(settings[i].Name)
		}
	}
	err := signers.Unknown(settings, e.Key)
	_, hint, hinted := strings.Cut(err.Error(), "; did you mean ")
	if x.Dialect == InTransport && (slices.Contains(TransportOptions, e.Key) || TransportOptions == nil && !hinted) {
		return signers.Setting{}, false
	}
	x.Found = append(x.Found, Fault{Line: e.Line, Field: e.Field, What: err.Error()})
	i := slices.IndexFunc(settings, func(s signers.Setting) bool { return s.Name == strings.TrimSuffix(hint, "?") })
	if i < 0 {
		return signers.Setting{}, false
	}
	return x.Settings[i], true
}

// Leaves are the options that are given, and those in their blocks.
func (x *Reading) Leaves() (all []Entry) {
	for _, e := range x.Block.given {
		all = append(all, e)
		if s, ok := x.Find(e.Key); ok && s.Block != nil {
			all = append(all, Inside(e)...)
		}
	}
	return all
}

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

var word = regexp.MustCompile(`\w+`)

// below returns the option of a block that a fault names, or else the block.
func (x *Reading) below(e Entry, what string) Entry {
	for _, option := range Inside(e) {
		if slices.Contains(word.FindAllString(what, -1), option.Key) {
			return option
		}
	}
	return e
}

// Named is an option's name, as messages have it.
func (x *Reading) Named(e Entry) string {
	if s, ok := x.Find(e.Key); ok {
		return s.Name
	}
	return e.Key
}

// Assume gives an option a value that will do.
func (x *Reading) Assume(s signers.Setting) {
	switch {
	case s.Text != nil:
		*s.Text = "{assumed}"
	case s.List != nil:
		*s.List = []string{"{assumed}"}
	case s.Number != nil:
		*s.Number = 0
	case s.Block != nil:
		*s.Block = nil
	}
}

// Signer makes the block's signer. What is missing or wrong is assumed to be there; nil: nothing can be assumed.
func (x *Reading) Signer() signers.Signer {
	for range 10 {
		err := outbound.Check(x.Block.Vendor, x.Config, x.Policy)
		if err == nil {
			break
		}
		s, ok := signers.FindBlamed(x.Settings, strings.TrimPrefix(err.Error(), x.Block.Vendor+": "))
		if !ok {
			break
		}
		x.Assume(s)
	}
	signer, err := x.Config.Signer()
	if err != nil {
		return nil
	}
	return signer
}

// Check asks the signer and the policy themselves, again and again: they tell their first fault only. What is
// reported once is assumed to be repaired.
func (x *Reading) Check() {
	for told := make(map[string]bool); ; {
		err := outbound.Check(x.Block.Vendor, x.Config, x.Policy)
		if err == nil {
			return
		}
		what := strings.TrimPrefix(err.Error(), x.Block.Vendor+": ")
		s, named := signers.FindBlamed(x.Settings, what)
		if !named {
			x.Fault(x.Entry, what)
			return
		}
		if told[s.Name] {
			return
		}
		told[s.Name] = true
		e, ok := x.Given[s.Name]
		if !ok {
			e = x.Entry
		}
		if s.Block != nil {
			e = x.below(e, x.Spell(what))
		}
		x.Fault(e, what)
		x.Assume(s)
	}
}

var snake = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

// Spell puts the options' names in Traefik's spelling.
func (x *Reading) Spell(text string) string {
	if x.Dialect != InTraefik {
		return text
	}
	return snake.ReplaceAllStringFunc(text, func(word string) string {
		if _, ok := signers.Find(x.Settings, word); !ok {
			return word
		}
		return signers.Camel(word)
	})
}
