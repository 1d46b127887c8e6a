//go:build go1.21

package signers

import "fmt"

// MaxParameters is how many parameters of a query or form are put in order, empty ones included. A client chooses how many
// there are, and each takes time and memory: ten megabytes of them would keep a processor busy for seconds.
const MaxParameters = 100000

func errParameters(vendor, what string, kind error) error {
	return fmt.Errorf("%s: the %s has more than %d parameters, too many to be put in order: %w", vendor, what, MaxParameters, kind)
}

// formMemory is the memory that the canonical form of so many bytes and separators takes at most: a byte may become an escape
// of three, and each parameter has a place of its own. Interpreted, the steps are large ones of the library, which copy.
func formMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0 // it is refused
	}
	if interpreted {
		return 16*int64(size) + 512*int64(separators+1)
	}
	return 4*int64(size) + 16*int64(separators+1)
}

// sortMemory is the same for a query that is sorted, or decoded.
func sortMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0
	}
	return 8*int64(size) + 256*int64(separators+1)
}
