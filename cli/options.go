package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// options are a vendor's configuration, to be filled: the values of its own options and of those that all share.
type options struct {
	vendor string
	own    []signers.Option // the vendor's
	all    []signers.Option // and those that all share
	values signers.Values
}

func newOptions(vendor string) *options {
	o := &options{vendor: vendor, values: make(signers.Values)}
	if scheme, err := signers.Lookup(vendor); err == nil {
		o.own = scheme.Options
		o.all, _ = outbound.Options(vendor)
	}
	return o
}

// policy is the common part of the configuration.
func (o *options) policy() outbound.Policy { return outbound.PolicyOf(o.values) }

// signer makes the signer of values that are resolved.
func (o *options) signer() (signers.Signer, error) {
	scheme, err := signers.Lookup(o.vendor)
	if err != nil {
		return nil, err
	}
	s, faults := scheme.Signer(o.values)
	return s, signers.FaultsError(o.vendor, faults)
}

// exemplary is o with examples in place of its references, which are not resolved.
func (o *options) exemplary() *options {
	return &options{vendor: o.vendor, own: o.own, all: o.all, values: outbound.WithExamples(o.values, o.all)}
}

// fillJSON takes the values of a JSON object whose keys are the options' names.
func (o *options) fillJSON(data []byte) error {
	if _, err := signers.Lookup(o.vendor); err != nil {
		return err
	}
	values, faults := signers.FromJSON(o.all, data)
	o.values = values
	return signers.FaultsError(o.vendor, faults)
}

// single reports whether an option has one value, which may be a reference.
func single(o signers.Option) bool {
	return !o.Many() && o.Kind != signers.Number && o.Kind != signers.Flag && o.Kind != signers.Block
}

// literal refuses references where only values are taken: with the reference's own text everything would be wrong,
// and nobody could see why.
func (o *options) literal(command string) error {
	for _, known := range o.all {
		if single(known) && (outbound.References{}).Is(o.values.Text(known.Name)) {
			return fmt.Errorf("%s: %s is a reference; %s takes literal values and reads no environment and no files", o.vendor, known.Name, command)
		}
	}
	return nil
}

// resolve reads the references. A secret that cannot be read counts as missing, with the reason.
func (o *options) resolve() (missing []string, err error) {
	for _, known := range o.all {
		given := o.values.Text(known.Name)
		if !single(known) || given == "" {
			continue
		}
		value, err := references.Value(given)
		switch {
		case err == nil && (value == given && strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}")):
			err = fmt.Errorf("only Caddy itself can fill in this placeholder")
			fallthrough
		case err != nil && known.Hides(given):
			missing = append(missing, fmt.Sprintf("%s: %v", known.Name, err))
			value = ""
		case err != nil:
			return nil, misuse("%s: %s: %w", o.vendor, known.Name, err)
		}
		o.values.Set(known, value)
	}
	if !o.values.Has("credentials_file") {
		return missing, nil
	}
	values, faults := outbound.AddFile(o.vendor, o.values, references)
	switch {
	case len(faults) > 0 && faults[0].Absent:
		missing = append(missing, faults[0].Text)
		delete(o.values, "credentials_file")
	case len(faults) > 0:
		return nil, misuse("%w", signers.FaultsError(o.vendor, faults))
	default:
		o.values = values
	}
	return missing, nil
}

// texts are all of the vendor's options that are set, by name.
func (o *options) texts() map[string]string {
	all := make(map[string]string)
	for _, known := range o.own {
		if value := o.values.Text(known.Name); value != "" && !known.Many() {
			all[known.Name] = value
		}
	}
	return all
}

// secrets are the options that are secret, with their values.
func (o *options) secrets() map[string]string {
	all := make(map[string]string)
	for _, known := range o.own {
		if value := o.values.Text(known.Name); known.Secret && value != "" {
			all[known.Name] = value
		}
	}
	return all
}

func marshalled(values map[string]json.RawMessage) []byte {
	text, _ := json.Marshal(values) // of valid JSON
	return text
}
