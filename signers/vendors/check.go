//go:build go1.21

// Package vendors has the schemes of five security vendors: Carbon Black, Cortex, Darktrace, Duo and ThreatConnect. A vendor is
// a file: its options, the signer that New makes of their values, and what is known of its answers. Importing the package
// registers them.
package vendors

import (
	"regexp"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// checkSwapped finds an ID where the secret belongs, where its shape tells, and the secret where the ID does. The vendor would only say
// that it does not know the key.
func checkSwapped(v signers.Values, id, secret string, shape *regexp.Regexp) []signers.Fault {
	idValue, secretValue := v.Text(id), v.Text(secret)
	if shape.MatchString(secretValue) && !shape.MatchString(idValue) && len(idValue) > len(secretValue) {
		return []signers.Fault{{Option: id, Text: id + " and " + secret + " are swapped: what " + secret + " holds is an ID"}}
	}
	return nil
}

// missing returns the faults of options that are required in the mode that a configuration chose.
func missing(v signers.Values, names ...string) []signers.Fault {
	var faults []signers.Fault
	for _, name := range names {
		if v.Text(name) == "" {
			faults = append(faults, fault(name, name+" is required"))
		}
	}
	return faults
}

func fault(option, text string) signers.Fault { return signers.Fault{Option: option, Text: text} }

// refused is the fault of a system that refuses a MAC of the key in this option, as in FIPS mode.
func refused(option string, macs *sync.Pool) []signers.Fault {
	if text := wire.MACFault(macs); text != "" {
		return []signers.Fault{fault(option, text)}
	}
	return nil
}
