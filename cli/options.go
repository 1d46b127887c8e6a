package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// options are a signer's options and those of its policy, to be filled.
type options struct {
	vendor   string
	config   signers.Config
	policy   *outbound.Policy
	settings []signers.Setting
}

func newOptions(vendor string) *options {
	o := &options{vendor: vendor, policy: new(outbound.Policy)}
	var err error
	if o.config, err = signers.New(vendor); err == nil {
		o.settings = append(o.config.Settings(), o.policy.Settings()...)
	}
	return o
}

// fillJSON takes the values of a JSON object whose keys are the options' names.
func (o *options) fillJSON(data []byte) error {
	if o.config == nil {
		_, err := signers.New(o.vendor)
		return err
	}
	if err := signers.FromJSON(o.settings, data); err != nil {
		return fmt.Errorf("%s: %w", o.vendor, err)
	}
	return nil
}

// literal refuses references where only values are taken: with the reference's own text everything would be wrong,
// and nobody could see why.
func (o *options) literal(command string) error {
	for _, s := range o.settings {
		if s.Text != nil && (outbound.References{}).Is(*s.Text) {
			return fmt.Errorf("%s: %s is a reference; %s takes literal values and reads no environment and no files", o.vendor, s.Name, command)
		}
	}
	return nil
}

// resolve reads the references. A secret that cannot be read counts as missing, with the reason.
func (o *options) resolve() (missing []string, err error) {
	for _, s := range o.settings {
		if s.Text == nil {
			continue
		}
		value, err := references.Value(*s.Text)
		switch {
		case err == nil && (value == *s.Text && strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}")):
			err = fmt.Errorf("only Caddy itself can fill in this placeholder")
			fallthrough
		case err != nil && s.Secret:
			missing = append(missing, fmt.Sprintf("%s: %v", s.Name, err))
			value = ""
		case err != nil:
			return nil, misuse("%s: %s: %w", o.vendor, s.Name, err)
		}
		*s.Text = value
	}
	if o.policy.CredentialsFile == "" {
		return missing, nil
	}
	err = outbound.AddFile(o.vendor, o.config, o.policy, references)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing, o.policy.CredentialsFile = append(missing, err.Error()), ""
	case err != nil:
		return nil, misuse("%s: %w", o.vendor, err)
	}
	return missing, nil
}

// texts are all options that are set, by name.
func (o *options) texts() map[string]string {
	all := make(map[string]string)
	for _, s := range o.config.Settings() {
		switch {
		case s.Text != nil && *s.Text != "":
			all[s.Name] = *s.Text
		case s.Number != nil && *s.Number != 0:
			all[s.Name] = strconv.Itoa(*s.Number)
		case s.Flag != nil && *s.Flag:
			all[s.Name] = "true"
		}
	}
	return all
}

// secrets are the options that are secret, with their values.
func (o *options) secrets() map[string]string {
	all := make(map[string]string)
	for _, s := range o.config.Settings() {
		if s.Secret && s.Text != nil && *s.Text != "" {
			all[s.Name] = *s.Text
		}
	}
	return all
}

// take takes the options of a block as its gateway does, and ends at the first that is wrong. Options of Caddy's own, next to a
// module's, are none of ours.
func (o *options) take(b block) error {
	x := &blockReading{block: b, options: o}
	given := slices.Clone(b.given)
	slices.SortStableFunc(given, func(a, b entry) int { return strings.Compare(x.named(a), x.named(b)) })
	for _, e := range given {
		s, ok := x.find(e.key)
		switch {
		case !ok && (b.dialect == inTraefik || b.bare && e.key != "handler" && e.key != "protocol"):
			return signers.Unknown(o.settings, e.key)
		case !ok || e.value.shape == isNull:
		case b.dialect == inTraefik:
			if err := setWeakly(s, e.value); err != nil {
				return err
			}
		default:
			if err := signers.FromJSON([]signers.Setting{s}, (&node{shape: isTable, table: []entry{e}}).json()); err != nil {
				return err
			}
		}
	}
	return nil
}
