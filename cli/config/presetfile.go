package config

import (
	"github.com/vendorsign/vendorsign/outbound/apps"
	"github.com/vendorsign/vendorsign/signers"
)

// OtherPreset compares the preset files that a verifier in Caddy's JSON and a signer of the same vendor name. They differ if they are
// written differently; certain says that both could be read, and are presets of different names, which the gateway refuses. Where one
// is only known at run time they do not differ.
func OtherPreset(verifier, signer *Node, vendor string) (verified, signed string, certain bool) {
	var read []string
	for _, n := range []*Node{verifier, signer} {
		text, name := presetOf(n, vendor)
		if text == "" || Unknown(text) {
			return "", "", false
		}
		read = append(read, text, name)
	}
	verified, signed = read[0], read[2]
	if verified == signed || read[1] != "" && read[1] == read[3] {
		return "", "", false
	}
	return verified, signed, read[1] != "" && read[3] != ""
}

// presetOf is the preset file that a module names, and the name of the preset in it; empty: there is none, or it cannot be read here.
func presetOf(n *Node, vendor string) (text, name string) {
	values := make(signers.Values)
	for _, o := range apps.SchemeOptions(vendor) {
		if given := n.Last(o.Name).Text; given != "" {
			text = given
			values[o.Name] = []string{given}
		}
	}
	own, fault := apps.ReadScheme(vendor, values, References)
	if text == "" || fault != nil {
		return text, ""
	}
	scheme, faults := signers.FileScheme(vendor, own)
	if len(faults) > 0 {
		return text, ""
	}
	return text, scheme.Name
}
