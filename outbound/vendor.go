//go:build go1.21

package outbound

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// UnknownVendor is the error for a key where a vendor's name belongs. It may be an option whose vendor was left out.
func UnknownVendor(key string) error {
	for _, vendor := range signers.Vendors() {
		config, err := signers.New(vendor)
		if err != nil {
			continue
		}
		for _, s := range append(config.Settings(), new(Policy).Settings()...) {
			if strings.EqualFold(signers.Camel(s.Name), key) || strings.EqualFold(s.Name, key) {
				name := signers.Camel(s.Name)
				if !belongs(config.Settings(), s.Name) { // of all vendors
					return fmt.Errorf("%s is an option: name the vendor before it, as in duo.%s", name, name)
				}
				return fmt.Errorf("%s is an option: name the vendor before it, as in %s.%s", name, vendor, name)
			}
		}
	}
	_, err := signers.New(key)
	if err == nil {
		return errors.New(key + " is given in another letter case")
	}
	return err
}

func belongs(settings []signers.Setting, name string) bool {
	_, ok := signers.Find(settings, name)
	return ok
}
