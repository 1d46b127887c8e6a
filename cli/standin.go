package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/signers"
)

// standIn gives a secret that is missing a value, so that all but the signature can be shown, and names
// it: the one that makes the configuration whole, or else the first that is required. It changes o.
// Empty: none is missing.
func standIn(o *config.Options) []string {
	scheme, err := signers.Lookup(o.Vendor)
	if err != nil {
		return nil
	}
	_, faults := scheme.Signer(o.Values)
	if len(faults) == 0 {
		return nil
	}
	required := ""
	for _, known := range o.Own {
		if !known.Secret || o.Values.Has(known.Name) {
			continue
		}
		o.Values[known.Name] = []string{placeholderFor(scheme, o.Values, known)}
		// One is enough where the scheme takes either of two secrets.
		if _, rest := scheme.Signer(o.Values); len(rest) == 0 {
			return []string{known.Name}
		}
		delete(o.Values, known.Name)
		if required == "" && slices.ContainsFunc(faults, func(f signers.Fault) bool { return f.Option == known.Name }) {
			required = known.Name
		}
	}
	if required == "" {
		return nil
	}
	known, _ := signers.Find(o.Own, required)
	o.Values[required] = []string{placeholderFor(scheme, o.Values, known)}
	return []string{required}
}

// placeholderFor is a text that nobody takes for a secret or, where the option wants another form, its
// example.
func placeholderFor(scheme signers.Scheme, v signers.Values, o signers.Option) string {
	with := v.Copy()
	with[o.Name] = []string{"stand-in"}
	_, faults := scheme.Signer(with)
	if slices.ContainsFunc(faults, func(f signers.Fault) bool { return f.Option == o.Name }) {
		return o.Example()
	}
	return "stand-in"
}

// shellNames are the variables for a credential's secrets in what is shown, by the option: the vendor's
// usual variable, or VENDOR_OPTION in capitals.
func shellNames(o *config.Options) map[string]string {
	names := make(map[string]string)
	for name := range o.Secrets() { // those of a scheme of one's own are no options of the vendor's
		names[name] = strings.ToUpper(o.Vendor + "_" + name)
	}
	for _, known := range o.Own {
		if known.Secret {
			names[known.Name] = cmp.Or(known.Variable, strings.ToUpper(o.Vendor+"_"+known.Name))
		}
	}
	return names
}
