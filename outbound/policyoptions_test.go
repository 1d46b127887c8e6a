package outbound

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// TestTheCommonOptionsAreValuesAndReferences: resolve leaves the common options out where nothing is a reference, and permits
// knows the only address among them by its name.
func TestTheCommonOptionsAreValuesAndReferences(t *testing.T) {
	for _, o := range PolicyOptions {
		if o.Kind == signers.File || o.Verbatim || o.Kind == signers.Block && o.Name != "previous" {
			t.Errorf("%s has to be read even without a reference: complete skips it", o.Name)
		}
		if o.Address && o.Name != "token_proxy" {
			t.Errorf("%s is an address that permits does not check", o.Name)
		}
	}
}
