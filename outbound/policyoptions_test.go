package outbound

import (
	"os"
	"regexp"
	"strings"
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

// docs/options.md says what the fields of Policy say, for users of both gateways. It has each option and each of its values.
func TestThePageOfOptionsHasEveryOptionAndItsValues(t *testing.T) {
	page, err := os.ReadFile("../docs/options.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range PolicyOptions {
		row := regexp.MustCompile("(?m)^\\|[^|]*`" + o.Name + "`[^|]*\\|.*$").FindString(string(page))
		if row == "" {
			t.Errorf("%s is not on the page", o.Name)
		}
		for _, value := range o.Values {
			if !strings.Contains(row, "`"+value+"`") {
				t.Errorf("the page has no value %s of %s", value, o.Name)
			}
		}
	}
}
