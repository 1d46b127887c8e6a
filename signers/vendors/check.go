//go:build go1.21

// Package vendors has the schemes of five security vendors: Carbon Black, Cortex, Darktrace, Duo
// and ThreatConnect. A vendor is a file: its options, the signer that New makes of their values,
// and what is known of its answers. Importing the package registers them (package all does). Other
// vendors are presets, which are data.
//
//	vendor          what is hashed                                      header
//	carbonblack     nothing: the key is sent                            X-Auth-Token
//	cortex          key, nonce, milliseconds (SHA-256)                  Authorization, X-Xdr-*
//	darktrace       target or path?body, token, date (HMAC-SHA1)        DTAPI-*
//	duo             date, method, host, path, params, hashes (HMAC)     Authorization, Date
//	threatconnect   target:method:seconds (HMAC-SHA256)                 Authorization, Timestamp
//
// A larger vendor has further files: claims.go and duoclaim.go read what a vendor's own client
// signed, so that a gateway can verify it with a local key; duotext.go makes Duo's canonical text;
// carbonblackbearer.go and threatconnecttoken.go are for tokens. A change to how one vendor signs
// belongs in that vendor's file, and needs a vector of tests/vectors, which is what the vendor's
// own client sends.
//
// All signers may be used concurrently. Their Sign functions change only Header, and Target where
// the scheme puts a query in order.
package vendors

import (
	"regexp"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// checkSwapped finds an ID where the secret belongs, where its shape tells, and the secret where
// the ID does. The vendor would only say that it does not know the key. Both must hold, and the
// secret must be the longer one: a key of an unusual shape must not be refused.
func checkSwapped(v signers.Values, id, secret string, shape *regexp.Regexp) []signers.Fault {
	idValue, secretValue := v.Text(id), v.Text(secret)
	if shape.MatchString(secretValue) && !shape.MatchString(idValue) && len(idValue) > len(secretValue) {
		return []signers.Fault{{Option: id, Text: id + " and " + secret + " are swapped: what " + secret + " holds is an ID"}}
	}
	return nil
}

// missing returns the faults of options that are required in the mode that a configuration chose.
// It is for vendors with several kinds of credential: their options cannot be Required, which would
// hold for all modes.
func missing(v signers.Values, names ...string) []signers.Fault {
	var faults []signers.Fault
	for _, name := range names {
		if v.Text(name) == "" {
			faults = append(faults, fault(name, name+" is required"))
		}
	}
	return faults
}

// fault is what is wrong with an option, as it is shown to an operator: text names the option and
// never quotes its value. An empty option means that the combination is wrong.
func fault(option, text string) signers.Fault { return signers.Fault{Option: option, Text: text} }

// refused is the fault of a system that refuses a MAC of the key in this option, as in FIPS mode.
func refused(option string, macs *sync.Pool) []signers.Fault {
	if text := wire.MACFault(macs); text != "" {
		return []signers.Fault{fault(option, text)}
	}
	return nil
}
