package cli

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// transportOptions are the options that Caddy's HTTP transport has in JSON; none in a program without Caddy.
var transportOptions []string

// reading is a block whose options are read as its gateway does. Nothing that it refers to is read: a reference is taken to
// become a good value.
type blockReading struct {
	block
	*options
	found []fault          // what is wrong with it
	given map[string]entry // by the option's own name
}

func newReading(b block) *blockReading {
	return &blockReading{block: b, options: newOptions(b.vendor), given: make(map[string]entry)}
}

func (x *blockReading) fault(e entry, what string) {
	x.found = append(x.found, fault{Line: e.line, Field: e.field, What: x.spell(what)})
}

// fill takes the options that are given and returns those that misspelt ones most likely stand for.
func (x *blockReading) fill() (meant []signers.Setting) {
	for _, e := range x.block.given {
		s, ok := x.find(e.key)
		if !ok {
			if s, ok = x.unknown(e); ok {
				meant = append(meant, s)
			}
			continue
		}
		if first, twice := x.given[s.Name]; twice {
			x.fault(e, s.Name+" is given twice, first in line "+strconv.Itoa(first.line))
			continue
		}
		x.given[s.Name] = e
		if err := x.set(s, e.value); err != nil {
			x.fault(e, err.Error())
			meant = append(meant, s)
		}
	}
	return meant
}

// find is exact in Caddy. Traefik compares with the names of fields, in any case.
func (x *blockReading) find(key string) (signers.Setting, bool) {
	if x.dialect == inTraefik {
		i := slices.IndexFunc(x.settings, func(s signers.Setting) bool {
			return strings.EqualFold(signers.Camel(s.Name), key)
		})
		if i < 0 {
			return signers.Setting{}, false
		}
		return x.settings[i], true
	}
	return signers.Find(x.settings, key)
}

// unknown complains, and returns the option that its hint is about. Options of Caddy's own transport are no fault;
// without Caddy only a key that is nearly ours is.
func (x *blockReading) unknown(e entry) (signers.Setting, bool) {
	settings := slices.Clone(x.settings)
	if x.dialect == inTraefik {
		for i := range settings {
			settings[i].Name = signers.Camel(settings[i].Name)
		}
	}
	err := signers.Unknown(settings, e.key)
	_, hint, hinted := strings.Cut(err.Error(), "; did you mean ")
	if x.dialect == inTransport && (slices.Contains(transportOptions, e.key) || transportOptions == nil && !hinted) {
		return signers.Setting{}, false
	}
	x.found = append(x.found, fault{Line: e.line, Field: e.field, What: err.Error()})
	i := slices.IndexFunc(settings, func(s signers.Setting) bool { return s.Name == strings.TrimSuffix(hint, "?") })
	if i < 0 {
		return signers.Setting{}, false
	}
	return x.settings[i], true
}

// leaves are the options that are given, and those in their blocks.
func (x *blockReading) leaves() (all []entry) {
	for _, e := range x.block.given {
		all = append(all, e)
		if s, ok := x.find(e.key); ok && s.Block != nil {
			all = append(all, inside(e)...)
		}
	}
	return all
}

// inside are the options of a block.
func inside(e entry) (all []entry) {
	for _, option := range e.value.table {
		if option.field == "" {
			option.field = join(e.field, option.key)
		}
		all = append(all, option)
	}
	return all
}

var word = regexp.MustCompile(`\w+`)

// below returns the option of a block that a fault names, or else the block.
func (x *blockReading) below(e entry, what string) entry {
	for _, option := range inside(e) {
		if slices.Contains(word.FindAllString(what, -1), option.key) {
			return option
		}
	}
	return e
}

// named is an option's name, as messages have it.
func (x *blockReading) named(e entry) string {
	if s, ok := x.find(e.key); ok {
		return s.Name
	}
	return e.key
}

// assume gives an option a value that will do.
func (x *blockReading) assume(s signers.Setting) {
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

// signer makes the block's signer. What is missing or wrong is assumed to be there; nil: nothing can be assumed.
func (x *blockReading) signer() signers.Signer {
	for range 10 {
		err := outbound.Check(x.block.vendor, x.config, x.policy)
		if err == nil {
			break
		}
		s, ok := signers.FindBlamed(x.settings, strings.TrimPrefix(err.Error(), x.block.vendor+": "))
		if !ok {
			break
		}
		x.assume(s)
	}
	signer, err := x.config.Signer()
	if err != nil {
		return nil
	}
	return signer
}

// check asks the signer and the policy themselves, again and again: they tell their first fault only. What is
// reported once is assumed to be repaired.
func (x *blockReading) check() {
	for told := make(map[string]bool); ; {
		err := outbound.Check(x.block.vendor, x.config, x.policy)
		if err == nil {
			return
		}
		what := strings.TrimPrefix(err.Error(), x.block.vendor+": ")
		s, named := signers.FindBlamed(x.settings, what)
		if !named {
			x.fault(x.entry, what)
			return
		}
		if told[s.Name] {
			return
		}
		told[s.Name] = true
		e, ok := x.given[s.Name]
		if !ok {
			e = x.entry
		}
		if s.Block != nil {
			e = x.below(e, x.spell(what))
		}
		x.fault(e, what)
		x.assume(s)
	}
}

var snake = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

// spell puts the options' names in Traefik's spelling.
func (x *blockReading) spell(text string) string {
	if x.dialect != inTraefik {
		return text
	}
	return snake.ReplaceAllStringFunc(text, func(word string) string {
		if _, ok := signers.Find(x.settings, word); !ok {
			return word
		}
		return signers.Camel(word)
	})
}
