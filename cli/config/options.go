package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// References may be written as in a Caddyfile or as in a Traefik label.
var References = credentials.References{Short: true}

// Options are a vendor's configuration, to be filled: the values of its own options and of those that
// all share. A value may still be a reference; see Resolve and Exemplary.
type Options struct {
	Vendor string
	// The vendor's.
	Own []signers.Option
	// These and those that all share, such as host and allow.
	All    []signers.Option
	Values signers.Values
}

// NewOptions returns the options of a vendor, of which none is set. An unknown vendor has none.
func NewOptions(vendor string) *Options {
	o := &Options{Vendor: vendor, Values: make(signers.Values)}
	if scheme, err := signers.Lookup(vendor); err == nil {
		o.Own = scheme.Options
		o.All, _ = outbound.Options(vendor)
	}
	return o
}

// Policy is the common part of the configuration: what the gate does for any vendor.
func (o *Options) Policy() outbound.Policy { return outbound.PolicyOf(o.Values) }

// Signer makes the signer of values that are resolved.
func (o *Options) Signer() (signers.Signer, error) {
	scheme, err := signers.Lookup(o.Vendor)
	if err != nil {
		return nil, err
	}
	s, faults := scheme.Signer(o.Values)
	return s, signers.FaultsError(o.Vendor, faults)
}

// Exemplary is o with examples in place of its references, which are not resolved: a configuration can
// be checked where its secrets are not.
func (o *Options) Exemplary() *Options {
	return o.with(outbound.WithExamples(o.Values, o.All))
}

// Copy is o with values of its own.
func (o *Options) Copy() *Options { return o.with(o.Values.Copy()) }

// with is o with other values. The lists of options are shared, and never changed.
func (o *Options) with(v signers.Values) *Options {
	return &Options{Vendor: o.Vendor, Own: o.Own, All: o.All, Values: v}
}

// ExampleSigner is a signer of the vendor's with example values for what its options require; nil for
// an unknown vendor. Only its traits and texts mean anything.
func ExampleSigner(vendor string) signers.Signer {
	o := NewOptions(vendor)
	// Examples are given as the scheme asks for them: most need only some of the options, and some exclude each
	// other.
	for range o.Own {
		if signer, err := o.Signer(); err == nil {
			return signer
		}
		scheme, _ := signers.Lookup(vendor)
		_, faults := scheme.Signer(o.Values)
		for _, f := range faults {
			if known, ok := signers.Find(o.Own, f.Option); ok {
				o.Values[known.Name] = []string{known.Example()}
			}
		}
	}
	return nil
}

// FillJSON takes the values of a JSON object whose keys are the options' names.
func (o *Options) FillJSON(data []byte) error {
	if _, err := signers.Lookup(o.Vendor); err != nil {
		return err
	}
	values, faults := signers.FromJSON(o.All, data)
	o.Values = values
	return signers.FaultsError(o.Vendor, faults)
}

// Texts are the vendor's options that are set and have one value, by name.
func (o *Options) Texts() map[string]string {
	return o.texts(func(known signers.Option) bool { return !known.Many() })
}

// Secrets are the options that are secret, with their values. Those of a custom scheme have the names that they have there.
func (o *Options) Secrets() map[string]string {
	secrets := o.texts(func(known signers.Option) bool { return known.Secret })
	for key, known := range o.inBlocks() {
		if value := o.Values.Text(key); known.Secret && value != "" {
			secrets[strings.TrimPrefix(key, known.Name+".")] = value
		}
	}
	return secrets
}

// texts are the vendor's own options that are set and wanted, by name.
func (o *Options) texts(wanted func(signers.Option) bool) map[string]string {
	all := make(map[string]string)
	for _, known := range o.Own {
		if value := o.Values.Text(known.Name); value != "" && wanted(known) {
			all[known.Name] = value
		}
	}
	return all
}

// Take takes the options of a block as its gateway does, and ends at the first that is wrong. Options of Caddy's own, next to a
// module's, are ignored.
func (o *Options) Take(b Block) error {
	x := &Reading{Block: b, Options: o}
	given := slices.Clone(b.given)
	// In the order of names, so that of several faults always the same one is reported.
	slices.SortStableFunc(given, func(a, b Entry) int { return strings.Compare(x.Named(a), x.Named(b)) })
	for _, e := range given {
		known, ok := x.Find(e.Key)
		what := ""
		switch {
		case !ok && (b.Dialect == InTraefik || b.bare && e.Key != "handler" && e.Key != "protocol"):
			what = signers.Unknown(o.All, e.Key).Text
		case !ok || e.Value.Shape == Null:
		case b.Dialect == InTraefik:
			what = setWeakly(o.Values, known, e.Value)
		default:
			what = setJSON(o.Values, known, e.Value)
		}
		if what != "" {
			return errors.New(what)
		}
	}
	return nil
}
