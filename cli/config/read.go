package config

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// References may be written as in a Caddyfile or as in a Traefik label.
var References = outbound.References{Short: true}

// Options are a signer's options and those of its policy, to be filled.
type Options struct {
	Vendor   string
	Config   signers.Config
	Policy   *outbound.Policy
	Settings []signers.Setting
}

// NewOptions returns the options of a vendor, none of them set.
func NewOptions(vendor string) *Options {
	o := &Options{Vendor: vendor, Policy: new(outbound.Policy)}
	var err error
	if o.Config, err = signers.New(vendor); err == nil {
		o.Settings = append(o.Config.Settings(), o.Policy.Settings()...)
	}
	return o
}

// FillJSON takes the values of a JSON object whose keys are the options' names.
func (o *Options) FillJSON(data []byte) error {
	if o.Config == nil {
		_, err := signers.New(o.Vendor)
		return err
	}
	if err := signers.FromJSON(o.Settings, data); err != nil {
		return fmt.Errorf("%s: %w", o.Vendor, err)
	}
	return nil
}

// Literal refuses references where only values are taken: with the reference's own text everything would be wrong,
// and nobody could see why.
func (o *Options) Literal(command string) error {
	for _, s := range o.Settings {
		if s.Text != nil && (outbound.References{}).Is(*s.Text) {
			return fmt.Errorf("%s: %s is a reference; %s takes literal values and reads no environment and no files", o.Vendor, s.Name, command)
		}
	}
	return nil
}

// Resolve reads the references. A secret that cannot be read counts as missing, with the reason.
func (o *Options) Resolve() (missing []string, err error) {
	for _, s := range o.Settings {
		if s.Text == nil {
			continue
		}
		value, err := References.Value(*s.Text)
		switch {
		case err == nil && (value == *s.Text && strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}")):
			err = fmt.Errorf("only Caddy itself can fill in this placeholder")
			fallthrough
		case err != nil && s.Secret:
			missing = append(missing, fmt.Sprintf("%s: %v", s.Name, err))
			value = ""
		case err != nil:
			return nil, fmt.Errorf("%s: %s: %w", o.Vendor, s.Name, err)
		}
		*s.Text = value
	}
	if o.Policy.CredentialsFile == "" {
		return missing, nil
	}
	err = outbound.AddFile(o.Vendor, o.Config, o.Policy, References)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		missing, o.Policy.CredentialsFile = append(missing, err.Error()), ""
	case err != nil:
		return nil, fmt.Errorf("%s: %w", o.Vendor, err)
	}
	return missing, nil
}

// Texts are all options that are set, by name.
func (o *Options) Texts() map[string]string {
	all := make(map[string]string)
	for _, s := range o.Config.Settings() {
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

// Secrets are the options that are secret, with their values.
func (o *Options) Secrets() map[string]string {
	all := make(map[string]string)
	for _, s := range o.Config.Settings() {
		if s.Secret && s.Text != nil && *s.Text != "" {
			all[s.Name] = *s.Text
		}
	}
	return all
}

// Take takes the options of a block as its gateway does, and ends at the first that is wrong. Options of Caddy's own, next to a
// module's, are none of ours.
func (o *Options) Take(b Block) error {
	x := &Reading{Block: b, Options: o}
	given := slices.Clone(b.given)
	slices.SortStableFunc(given, func(a, b Entry) int { return strings.Compare(x.Named(a), x.Named(b)) })
	for _, e := range given {
		s, ok := x.Find(e.Key)
		switch {
		case !ok && (b.Dialect == InTraefik || b.bare && e.Key != "handler" && e.Key != "protocol"):
			return signers.Unknown(o.Settings, e.Key)
		case !ok || e.Value.Shape == Null:
		case b.Dialect == InTraefik:
			if err := setWeakly(s, e.Value); err != nil {
				return err
			}
		default:
			if err := setJSON(s, e.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// set converts as the gateway does.
func (x *Reading) set(s signers.Setting, v *Node) error {
	if v.Shape == Null {
		return nil
	}
	if x.Dialect == InTraefik {
		return setWeakly(s, v)
	}
	if s.List != nil && v.Shape != List {
		return fmt.Errorf("%s must be a list of texts", s.Name)
	}
	return setJSON(s, v)
}

// setJSON takes what the option is in JSON.
func setJSON(s signers.Setting, v *Node) error {
	return signers.FromJSON([]signers.Setting{s}, slices.Concat([]byte("{"), marshal(s.Name), []byte(":"), v.JSON(), []byte("}")))
}

// setWeakly takes texts for everything, as Traefik's decoder does: labels are nothing else.
func setWeakly(s signers.Setting, v *Node) error {
	switch {
	case s.Block != nil && v.Shape == Table:
		return setJSON(s, v)
	case s.Block != nil:
		return fmt.Errorf("%s must be a block of options", s.Name)
	case v.Shape == Table && s.Text != nil:
		return fmt.Errorf("%s must be a text; a reference in braces stands in quotes, or is written env:NAME or file:/path", s.Name)
	case s.List != nil && v.Shape == List:
		for _, item := range v.List {
			if item.Shape == Table || item.Shape == List {
				return fmt.Errorf("%s must be a list of texts", s.Name)
			}
			*s.List = append(*s.List, item.Text)
		}
		return nil
	case v.Shape == Table || v.Shape == List:
		return fmt.Errorf("%s must be a single value", s.Name)
	case s.List != nil:
		if v.Text != "" {
			*s.List = strings.Split(v.Text, ",")
		}
		return nil
	case s.Text != nil && v.Shape == Number && !decimal.MatchString(v.Text):
		return fmt.Errorf("%s must be in quotes: without them it is a number, and read in another form", s.Name)
	case s.Number != nil && v.Text != "":
		n, err := strconv.ParseInt(v.Text, 0, 32)
		if err != nil && !strings.Contains(v.Text, "{") {
			return s.Set("") // which says what it must be
		}
		*s.Number = int(n)
		return nil
	case s.Number != nil:
		return nil
	case s.Flag != nil:
		on, err := strconv.ParseBool(v.Text)
		if err != nil && v.Text != "" && !strings.Contains(v.Text, "{") {
			return fmt.Errorf("%s must be true or false", s.Name)
		}
		*s.Flag = on
		return nil
	}
	*s.Text = v.Text
	if strings.HasPrefix(v.Text, KubernetesValue) {
		*s.Text = "{urn}"
	}
	return nil
}

// KubernetesValue begins what Traefik replaces by the value of a Kubernetes secret.
const KubernetesValue = "urn:k8s:secret:"

// decimal are the numbers that come out as they went in.
var decimal = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)
