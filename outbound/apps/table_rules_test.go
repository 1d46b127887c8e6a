package apps

import (
	"strings"
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

// The same in a file, whose lists are checked once each.
func TestAFilesEntryWithALineEndIsRefusedBesideItsTwoHalves(t *testing.T) {
	text := `{"version": 1, "vendor": "duo", "gateway": "g", "apps": [
		{"name": "two", "key_id": "DI000000000000000001", "generation": 1, "allow": ["GET /a", "GET /b"]},
		{"name": "one", "key_id": "DI000000000000000002", "generation": 1, "allow": ["GET /a\nGET /b"]}]}`
	if _, err := ParseFile(text); err == nil || !strings.Contains(err.Error(), "line break") {
		t.Errorf("ParseFile: %v", err)
	}
}
