package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// Reading is a block whose options are read as its gateway does. References are not read: they are
// assumed to resolve to good values. Its use:
//
//	x := NewReading(block)
//	x.Fill()    // takes the options; unknown ones and wrong types are faults
//	x.Check()   // what the gateway would refuse of their values
//	x.Found     // the faults
type Reading struct {
	Block
	*Options
	Found []Fault          // what is wrong with it
	Given map[string]Entry // by the option's own name
	Apps  *Apps            // with local keys; nil: none are given
}

// NewReading returns the reading of b before its options are taken.
func NewReading(b Block) *Reading {
	return &Reading{Block: b, Options: NewOptions(b.Vendor), Given: make(map[string]Entry)}
}

// Fault adds what is wrong at e, with the options' names in the spelling of the gateway.
func (x *Reading) Fault(e Entry, what string) {
	x.Found = append(x.Found, Fault{Line: e.Line, Field: e.Field, What: x.Spell(what)})
}

// Warn adds a warning about e.
func (x *Reading) Warn(e Entry, what string) {
	x.Found = append(x.Found, Fault{Line: e.Line, Level: LevelWarning, Field: e.Field, What: what})
}

// Fill takes the options that are given and returns those that misspelt ones most likely mean: a
// missing option that somebody tried to give is one fault, not two.
func (x *Reading) Fill() (meant []signers.Option) {
	for _, e := range x.Block.given {
		s, ok := x.Find(e.Key)
		if !ok && x.Dialect == InTraefik && x.aboutApps(e) {
			continue
		}
		if !ok {
			if s, ok = x.unknown(e); ok {
				meant = append(meant, s)
			}
			continue
		}
		first, twice := x.Given[s.Name]
		if x.Dialect != InTraefik {
			x.doubtKey(e, s, first, twice)
		} else if twice {
			x.Fault(e, s.Name+" is given twice, first in line "+strconv.Itoa(first.Line))
			continue
		}
		x.Given[s.Name] = e
		if what := x.set(s, e.Value); what != "" {
			x.Fault(e, what)
			meant = append(meant, s)
		}
	}
	return meant
}

// Find finds an option in any case: Caddy's JSON compares keys without it, and Traefik does with the names of fields.
func (x *Reading) Find(key string) (signers.Option, bool) {
	if x.Dialect == InTraefik {
		return findCamel(x.All, key)
	}
	i := slices.IndexFunc(x.All, func(o signers.Option) bool { return strings.EqualFold(o.Name, key) })
	if i < 0 {
		return signers.Option{}, false
	}
	return x.All[i], true
}

// doubtKey warns of a key of Caddy's JSON that is written in another case or comes again: Caddy takes it, and the last one counts.
func (x *Reading) doubtKey(e Entry, s signers.Option, first Entry, twice bool) {
	if e.Key != s.Name {
		x.Warn(e, s.Name+" is written in a different letter case")
	}
	if twice {
		x.Warn(e, s.Name+" is given twice, first in line "+strconv.Itoa(first.Line)+", and the last one counts")
	}
}

// unknown complains, and returns the option that its hint is about. Options of Caddy's own transport are no fault;
// without Caddy only a key that is nearly ours is.
func (x *Reading) unknown(e Entry) (signers.Option, bool) {
	options := x.All
	if x.Dialect == InTraefik {
		// Those about apps are in the same block.
		options = signers.InCamel(append(signers.WithNames(x.All, []string{"apps"}), verifierOptions...))
	}
	if x.Dialect == InTransport {
		options = signers.WithNames(x.All, TransportOptions)
	}
	near, hinted := signers.Nearest(options, e.Key)
	if x.Dialect == InTransport && (slices.ContainsFunc(TransportOptions, func(name string) bool { return strings.EqualFold(name, e.Key) }) ||
		TransportOptions == nil && !hinted) {
		x.transportObject(e)
		return signers.Option{}, false
	}
	x.Found = append(x.Found, Fault{Line: e.Line, Field: shownField(e), What: signers.Unknown(options, e.Key).Text})
	i := slices.IndexFunc(options, func(o signers.Option) bool { return hinted && o.Name == near })
	if i < 0 || i >= len(x.All) { // none, or Caddy's
		return signers.Option{}, false
	}
	return x.All[i], true
}

// shownField is the field of a key that is not known. If the key may be a secret in the wrong place, it is the field of the table.
func shownField(e Entry) string {
	if signers.ShownName(e.Key) == e.Key {
		return e.Field
	}
	return strings.TrimSuffix(strings.TrimSuffix(e.Field, e.Key), ".")
}

// At is the option that a fault is about, the one in a block if it names one there, or else the signer.
func (x *Reading) At(f signers.Fault) Entry {
	e, ok := x.Given[f.Option]
	if !ok {
		return x.Entry
	}
	for _, inner := range Inside(e) {
		if o, _ := x.Find(inner.Key); inner.Key == f.Inner || o.Name == f.Inner && o.Name != "" {
			return inner
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

// Assume gives an option a value that will do, or takes it away.
func (x *Reading) Assume(o signers.Option) {
	for name := range x.Values {
		if strings.HasPrefix(name, o.Name+".") {
			delete(x.Values, name)
		}
	}
	delete(x.Values, o.Name)
	if example := o.Example(); example != "" {
		x.Values[o.Name] = []string{example}
	}
}

// Signer makes the block's signer. Valid values are assumed for what is missing or wrong; nil: nothing can be
// assumed. So the routes around a signer can be checked even if its own options have faults.
func (x *Reading) Signer() signers.Signer {
	// An assumed value may make another one necessary, such as a key for an algorithm.
	// Each round assumes at least one value more. Ten rounds are a bound, for a scheme that is never content.
	for range 10 {
		assumed := false
		for _, f := range outbound.Check(x.Block.Vendor, x.Values) {
			if o, ok := signers.Find(x.All, f.Option); ok {
				x.Assume(o)
				assumed = true
			}
		}
		if !assumed {
			break
		}
	}
	signer, err := x.Exemplary().Signer()
	if err != nil {
		return nil
	}
	return signer
}

// Check reports what the gateway would refuse, once for each option. Faults that name no option are all
// reported.
func (x *Reading) Check() {
	told := make(map[string]bool)
	for _, f := range outbound.Check(x.Block.Vendor, x.Values) {
		_, named := signers.Find(x.All, f.Option)
		if told[f.Option] && named {
			continue
		}
		told[f.Option] = true
		x.Fault(x.At(f), f.Text)
	}
	if x.Dialect == InTraefik {
		x.checkApps()
	}
}

// snake finds names of options with an underscore. Those of one word are the same in both spellings.
var snake = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b`)

// Spell puts the options' names in Traefik's spelling, in a sentence made for any gateway: "client_id
// is required" becomes "clientId is required".
func (x *Reading) Spell(text string) string {
	if x.Dialect != InTraefik {
		return text
	}
	return snake.ReplaceAllStringFunc(text, func(word string) string {
		for _, options := range [][]signers.Option{x.All, apps.AppOptions, verifierOptions} {
			if _, ok := signers.Find(options, word); ok {
				return signers.Camel(word)
			}
		}
		return word
	})
}
