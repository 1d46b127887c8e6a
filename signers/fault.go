//go:build go1.21

package signers

import (
	"errors"
	"strings"
)

// Fault is something wrong with a configuration.
type Fault struct {
	// Option is the name of the option to look at; empty if no single option is at fault.
	Option string
	// Inner is the option in the block that Option names, if the fault is about one there.
	Inner string
	// Entry is the place in a list, from 1, of what the fault is about, such as an app; 0: none.
	Entry int
	// Text is a sentence without capital and full stop that names the option and what it must be, and never shows a value.
	Text string
	// Absent says that the option refers to a file that does not exist yet, but may later.
	Absent bool
}

// FaultsError is one error for all faults of a vendor's configuration, nil if there are none.
func FaultsError(vendor string, faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	texts := make([]string, 0, len(faults))
	for _, f := range faults {
		texts = append(texts, f.Text)
	}
	return errors.New(vendor + ": " + strings.Join(texts, "; "))
}
