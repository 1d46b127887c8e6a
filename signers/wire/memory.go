//go:build go1.21

package wire

import (
	"fmt"

	"github.com/vendorsign/vendorsign/signers"
)

// MaxParameters is how many parameters of a query or form are put in order, empty ones included. A client chooses how many
// there are, and each takes time and memory: ten megabytes of them would keep a processor busy for seconds.
const MaxParameters = 100000

// ErrParameters is the error of a query, or of a form if that is what is too much.
func ErrParameters(vendor string, form bool) error {
	what, kind := "query", signers.ErrMessage
	if form {
		what, kind = "form", signers.ErrBody
	}
	return fmt.Errorf("%s: the %s has more than %d parameters, too many to be put in order: %w", vendor, what, MaxParameters, kind)
}

// SortMemory is the memory in bytes that SortQuery takes at most for so many bytes and separators, or to decode a query.
func SortMemory(size, separators int) int64 {
	if separators >= MaxParameters {
		return 0 // it is refused
	}
	return 8*int64(size) + 256*int64(separators+1)
}
