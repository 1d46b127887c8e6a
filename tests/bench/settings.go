package main

import (
	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all" // every vendor
)

// settings are the options of a configuration that are set, by their names in a Caddyfile.
func settings(v signers.Values) map[string]string {
	set := make(map[string]string)
	for name := range v {
		set[name] = v.Text(name)
	}
	return set
}

// signerOf makes a vendor's signer.
func signerOf(vendor string, v signers.Values) (signers.Signer, error) {
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	signer, faults := scheme.Signer(v)
	if len(faults) > 0 {
		return nil, signers.FaultsError(vendor, faults)
	}
	return signer, nil
}
