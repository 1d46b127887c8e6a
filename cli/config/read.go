package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// References may be written as in a Caddyfile or as in a Traefik label.
var References = credentials.References{Short: true}

// Options are a vendor's configuration, to be filled: the values of its own options and of those that all share.
type Options struct {
	Vendor string
	Own    []signers.Option // the vendor's
	All    []signers.Option // and those that all share
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

// Policy is the common part of the configuration.
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

// Exemplary is o with examples in place of its references, which are not resolved.
func (o *Options) Exemplary() *Options {
	return o.with(outbound.WithExamples(o.Values, o.All))
}

// Copy is o with values of its own.
func (o *Options) Copy() *Options { return o.with(o.Values.Copy()) }

func (o *Options) with(v signers.Values) *Options {
	return &Options{Vendor: o.Vendor, Own: o.Own, All: o.All, Values: v}
}

// ExampleSigner is a signer of the vendor's with example values for what its options require; nil for an unknown vendor.
func ExampleSigner(vendor string) signers.Signer {
	o := NewOptions(vendor)
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

// single reports whether an option has one value, which may be a reference.
func single(o signers.Option) bool {
	return !o.Many() && o.Kind != signers.Number && o.Kind != signers.Flag && o.Kind != signers.Block
}

// inBlocks are the keys of the vendor's blocks, such as secrets.NAME of a custom scheme, each with its option.
func (o *Options) inBlocks() map[string]signers.Option {
	keys := make(map[string]signers.Option)
	for _, known := range o.Own {
		for key := range o.Values {
			if known.Kind == signers.Block && strings.HasPrefix(key, known.Name+".") {
				keys[key] = known
			}
		}
	}
	return keys
}

// Literal refuses references where only values are accepted: the text of a reference would give wrong results, and
// nobody could see why.
func (o *Options) Literal(command string) error {
	for _, known := range o.All {
		text := o.Values.Text(known.Name)
		if single(known) && (credentials.References{}).Is(text) || known.Kind == signers.File && text != "" {
			return o.notLiteral(known.Name, command)
		}
	}
	blocks := o.inBlocks()
	for _, key := range slices.Sorted(maps.Keys(blocks)) {
		if (credentials.References{}).Is(o.Values.Text(key)) {
			return o.notLiteral(key, command)
		}
	}
	return nil
}

func (o *Options) notLiteral(name, command string) error {
	return fmt.Errorf("%s: %s is a reference; %s takes literal values and reads no environment and no files", o.Vendor, name, command)
}

// Resolve reads the references and preset files. A secret that cannot be read counts as missing, with the reason.
func (o *Options) Resolve() (missing []string, err error) {
	for _, known := range o.All {
		given := o.Values.Text(known.Name)
		if !single(known) || given == "" {
			continue
		}
		value, reason, err := o.value(known, known.Name, given)
		if err != nil {
			return nil, err
		}
		missing = append(missing, reason...)
		o.Values.Set(known, value)
	}
	blocks := o.inBlocks()
	for _, key := range slices.Sorted(maps.Keys(blocks)) {
		for i, given := range o.Values[key] {
			value, reason, err := o.value(blocks[key], key, given)
			if err != nil {
				return nil, err
			}
			missing = append(missing, reason...) // the key stays, with no text: operations name it
			o.Values[key] = slices.Concat(o.Values[key][:i], []string{value}, o.Values[key][i+1:])
		}
	}
	if !o.Values.Has("credentials_file") {
		return missing, nil
	}
	values, faults := outbound.AddFile(o.Vendor, o.Values, References)
	switch {
	case len(faults) > 0 && faults[0].Absent:
		missing = append(missing, faults[0].Text)
		delete(o.Values, "credentials_file")
	case len(faults) > 0:
		return nil, signers.FaultsError(o.Vendor, faults)
	default:
		o.Values = values
	}
	return missing, nil
}

// isPlaceholder reports whether a value is one that Caddy replaces when it runs. A JWK is in braces, too.
func isPlaceholder(known signers.Option, value string) bool {
	return known.Kind != signers.File && strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") &&
		!(known.Kind == signers.Document && strings.Contains(value, `"`))
}

// value resolves a reference: for a preset file, it returns its content. For a secret that cannot be read there is a reason, and
// no error.
func (o *Options) value(known signers.Option, key, given string) (value string, missing []string, err error) {
	switch {
	case known.Kind == signers.File:
		value, err = References.Preset(given, known.Verbatim)
	case known.Verbatim:
		return given, nil, nil
	default:
		value, err = References.Value(given)
	}
	switch {
	case err == nil && value == given && isPlaceholder(known, value):
		return "", []string{key + ": only Caddy itself can fill in this placeholder"}, nil
	case err == nil:
		return value, nil, nil
	case known.Hides(given):
		return "", []string{fmt.Sprintf("%s: %v", key, err)}, nil
	}
	return "", nil, fmt.Errorf("%s: %s: %w", o.Vendor, key, err)
}

// Texts are all of the vendor's options that are set, by name.
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

// set converts as the gateway does, and says what the value must be if it is something else.
func (x *Reading) set(o signers.Option, v *Node) string {
	if v.Shape == Null {
		return emptyList(o)
	}
	if x.Dialect == InTraefik {
		return setWeakly(x.Values, o, v)
	}
	if o.Many() && v.Shape != List {
		return o.Name + " must be a list of texts"
	}
	delete(x.Values, o.Name) // of a key that came before
	for name := range x.Values.Sub(o.Name) {
		delete(x.Values, o.Name+"."+name)
	}
	return setJSON(x.Values, o, v)
}

// emptyList says what is wrong with a list without an entry; usually nothing.
func emptyList(o signers.Option) string {
	if err := signers.EmptyList(o, o.Name); err != nil {
		return err.Error()
	}
	return ""
}

func setJSON(values signers.Values, o signers.Option, v *Node) string {
	read, faults := signers.FromJSON([]signers.Option{o}, slices.Concat([]byte("{"), marshal(o.Name), []byte(":"), v.JSON(), []byte("}")))
	if len(faults) > 0 {
		return faults[0].Text
	}
	maps.Copy(values, read)
	return ""
}

// setWeakly accepts texts for everything, as Traefik's plugin does: labels are only texts.
func setWeakly(values signers.Values, o signers.Option, v *Node) string {
	switch {
	case o.Kind == signers.Block && v.Shape == Table:
		return setJSON(values, o, v)
	case o.Kind == signers.Block:
		return o.Name + " must be a block of options"
	case v.Shape == Table && single(o):
		return o.Name + " must be a text; put a reference in braces in quotes, or write env:NAME or file:/path"
	case o.Many() && v.Shape == List:
		for _, item := range v.List {
			if item.Shape == Table || item.Shape == List {
				return o.Name + " must be a list of texts"
			}
			values[o.Name] = append(values[o.Name], item.Text)
		}
		if len(v.List) == 0 {
			return emptyList(o)
		}
		return ""
	case v.Shape == Table || v.Shape == List:
		return o.Name + " must be a single value"
	case v.Text == "":
		return emptyList(o)
	case o.Many():
		entries := strings.Split(v.Text, ",")
		if fault := outbound.SplitMethods(entries); fault != "" && o.Name == "allow" {
			return fault
		}
		values[o.Name] = entries
		return ""
	case single(o) && v.Shape == Number && !decimal.MatchString(v.Text):
		return o.Name + " must be in quotes: without them it is a number, and read in another form"
	case !single(o) && strings.Contains(v.Text, "{"): // known when the gateway runs
		return ""
	case strings.HasPrefix(v.Text, KubernetesValue):
		values[o.Name] = []string{"{urn}"}
		return ""
	}
	if fault := values.Set(o, v.Text); fault != nil {
		return fault.Text
	}
	return ""
}

// KubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const KubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
