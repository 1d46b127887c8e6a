package apps

import (
	"testing"

	"github.com/vendorsign/vendorsign/outbound"
)

// Lists that only differ in where an entry ends are not the same, whichever is read first.
func TestAListOfRulesIsNotTakenForAnotherWithTheSameText(t *testing.T) {
	known := &alike{rights: make(map[string]*outbound.Rights)}
	two, err := rightsOf(known, []string{"GET /a", "POST /b"})
	if err != nil || two == nil {
		t.Fatal(err)
	}
	if one, err := rightsOf(known, []string{"GET /a\nPOST /b"}); err == nil || one == two {
		t.Errorf("an entry with a line end is taken for two entries: %v", err)
	}
	if again, err := rightsOf(known, []string{"GET /a", "POST /b"}); err != nil || again != two {
		t.Errorf("the same list is made anew: %v", err)
	}
}
