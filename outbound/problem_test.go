package outbound

import (
	"os"
	"strings"
	"testing"
)

func TestEveryProblemHasASectionInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../docs/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	// Whoever gets one begins with the page that lists them by status.
	first, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if !strings.Contains(string(first), "](problems.md#"+k.name+")") {
			t.Errorf("docs/troubleshooting.md does not lead to %q", k.name)
		}
		if !strings.Contains(string(page), "\n## "+k.name+"\n") {
			t.Errorf("docs/problems.md has no section %q", k.name)
		}
	}
	if sections := strings.Count(string(page), "\n## "); sections != len(kinds) {
		t.Errorf("docs/problems.md has %d sections for %d kinds", sections, len(kinds))
	}
}
