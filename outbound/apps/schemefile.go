//go:build go1.21

package apps

import (
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// SchemeOptions are the options that name the file in which a vendor's scheme is: those of its own of the kind File. A verifier
// has them, too, since the apps sign as the file says. Nil: the vendor has one scheme.
func SchemeOptions(vendor string) []signers.Option {
	scheme, err := signers.Lookup(vendor)
	if err != nil || !signers.HasFiles(vendor) {
		return nil
	}
	var own []signers.Option
	for _, o := range scheme.Options {
		if o.Kind == signers.File {
			own = append(own, o)
		}
	}
	return own
}

// ReadScheme reads the files that v names for the options of SchemeOptions, for Options.File. The fault names the option. In
// Traefik a label may only name a file in the operator's folder, as in the signer.
func ReadScheme(vendor string, v signers.Values, refs credentials.References) (signers.Values, *signers.Fault) {
	own := make(signers.Values)
	for _, o := range SchemeOptions(vendor) {
		if !v.Has(o.Name) {
			continue
		}
		if o.Verbatim && refs.Confined {
			return nil, &signers.Fault{Option: o.Name, Text: o.Name + " is for the operator's files only, not for labels"}
		}
		text, err := refs.Preset(v.Text(o.Name), o.Verbatim)
		if err != nil {
			return nil, &signers.Fault{Option: o.Name, Text: o.Name + ": " + err.Error()}
		}
		own[o.Name] = []string{text}
	}
	return own, nil
}
