//go:build go1.21

package signers

import (
	"fmt"
	"sort"
	"strings"
)

// Config is a vendor's configuration before it is checked: a struct of options whose secrets are literal.
type Config interface {
	// Settings lists the options with the fields that they fill.
	Settings() []Setting
	// Signer checks the options and returns the signer for them. Its errors begin with the vendor's name, name
	// the option, and never show a value.
	Signer() (Signer, error)
}

var vendors = map[string]func() Config{}

// register is called by each vendor's file.
func register(name string, config func() Config) { vendors[name] = config }

// Vendors lists the names of all vendors in alphabetical order. A name is the block of the Traefik plugin and the
// argument on the command line; with _sign it is the Caddyfile directive.
func Vendors() []string {
	names := make([]string, 0, len(vendors))
	for name := range vendors {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// New returns an empty configuration of the vendor.
func New(vendor string) (Config, error) {
	config, ok := vendors[vendor]
	if !ok {
		return nil, fmt.Errorf("unknown vendor %s; known are %s", printable(vendor), strings.Join(Vendors(), ", "))
	}
	return config(), nil
}

// fault puts the vendor's name before the first error of a check, if there is one.
func fault(vendor string, errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", vendor, err)
		}
	}
	return nil
}
