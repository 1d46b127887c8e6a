package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// single reports whether an option has one value, which may be a reference.
func single(o signers.Option) bool {
	return !o.Many() && o.Kind != signers.Number && o.Kind != signers.Flag && o.Kind != signers.Block
}

// inBlocks are the keys of the vendor's blocks, such as secrets.NAME of a custom scheme, each with its
// option. Their names are the configuration's, so that no list of options has them.
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

// Literal refuses references where only values are accepted: the text of a reference would give wrong
// results, and nobody could see why. command names who accepts them.
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

// notLiteral is the error about one option.
func (o *Options) notLiteral(name, command string) error {
	return fmt.Errorf("%s: %s is a reference; %s takes literal values and reads no environment and no files", o.Vendor, name, command)
}

// Resolve reads the references and preset files, as a gateway does when it starts. A secret that cannot
// be read counts as missing, with the reason, so that a command can still do what needs no secret; any
// other option is an error. The values are changed in place.
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

// isPlaceholder reports whether a value is one that Caddy replaces when it runs, such as
// {http.request.host}. A JWK is in braces, too.
func isPlaceholder(known signers.Option, value string) bool {
	return known.Kind != signers.File && strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") &&
		!(known.Kind == signers.Document && strings.Contains(value, `"`))
}

// value resolves a reference: for a preset file, it returns its content. For a secret that cannot be
// read there is a reason, and no error. An option that is taken verbatim has no references in it.
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
