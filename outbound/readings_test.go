package outbound

import (
	"strings"
	"testing"
)

// Caddy's transport passes on targets of any length, so readings are bounded before they are made.
func TestAPathWithTooManyReadingsIsRefusedBeforeTheyAreMade(t *testing.T) {
	path := "/" + strings.Repeat("\xe9a", maxReadings/2)
	allocs := testing.AllocsPerRun(10, func() {
		if _, complete := looseReadings(path); complete {
			t.Error("all readings were made")
		}
	})
	if allocs != 0 {
		t.Errorf("%.0f allocations, want none", allocs)
	}
}

func TestAListIsComparedWithABoundedPartOfAPathsReadings(t *testing.T) {
	list, err := newRules([]string{"GET /**"})
	if err != nil {
		t.Fatal(err)
	}
	// Escapes in four layers, a character that has a plain form, and a blank at the end of a name: dozens of readings.
	path := "/%252525EF%252525BC%252525A1%252525EF%252525BC%252525A2/" + strings.Repeat("%20a", 10)
	if p := admitListed(list, "GET", path); p != nil {
		t.Errorf("a short path: %v", p)
	}
	path += strings.Repeat("b", 200<<10)
	if p := admitListed(list, "GET", path); p == nil || p.Kind != kindBadTarget.name {
		t.Errorf("a long path: %v, want %s", p, kindBadTarget.name)
	}
}
