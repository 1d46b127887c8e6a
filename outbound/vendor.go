//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// UnknownVendor is the error for a key where a vendor's name is expected. It may be an option whose vendor was omitted, or a
// vendor in another letter case.
//
//	secretKey  -> "secretKey is an option: name the vendor before it, as in acme.secretKey"
func UnknownVendor(key string) error {
	for _, vendor := range append(signers.Natives(), signers.Presets()...) {
		scheme, err := signers.Lookup(vendor)
		if err != nil {
			continue
		}
		if o, ok := spelt(scheme.Options, key); ok {
			return fmt.Errorf("%s is an option: name the vendor before it, as in %s.%s", signers.Camel(o.Name), vendor, signers.Camel(o.Name))
		}
		if o, ok := spelt(PolicyOptions, key); ok { // of all vendors
			return fmt.Errorf("%s is an option: name the vendor before it, as in %s.%s", signers.Camel(o.Name), exampleVendor(),
				signers.Camel(o.Name))
		}
	}
	_, err := signers.Lookup(key)
	if err == nil {
		return errors.New(key + " is given in a different letter case")
	}
	return err
}

// NotOneVendor is the error for a middleware that configures several vendors, or none. A middleware signs with one
// credential.
func NotOneVendor(vendors []string) error {
	if len(vendors) == 0 {
		return errors.New("exactly one of " + signers.Known() + " must be configured in a middleware, and none is")
	}
	return errors.New("exactly one vendor must be configured in a middleware, and " + strings.Join(vendors, " and ") +
		" are; write a middleware for each")
}

// maxLabelList is how long the entries of a list in a label may be together, in bytes. Interpreted, an entry of allow takes a thousand
// times its length in memory while it is loaded, so that one label of 2 MB took 2 GB, and Traefik loads nothing else meanwhile.
const maxLabelList = 64 << 10

// LongList is the fault of a list in a label, an option of that name, whose entries have so many bytes together; empty: there is none.
func LongList(name string, size int) string {
	if size > maxLabelList {
		return name + " is longer than 64 KiB"
	}
	return ""
}

// exampleVendor is the native vendor with the shortest name, to be named in an error.
func exampleVendor() string {
	shortest := ""
	for _, vendor := range signers.Natives() {
		if shortest == "" || len(vendor) < len(shortest) {
			shortest = vendor
		}
	}
	return shortest
}

// spelt finds an option by its name in snake_case or camelCase, in any letter case.
func spelt(options []signers.Option, key string) (signers.Option, bool) {
	for _, o := range options {
		if strings.EqualFold(signers.Camel(o.Name), key) || strings.EqualFold(o.Name, key) {
			return o, true
		}
	}
	return signers.Option{}, false
}
