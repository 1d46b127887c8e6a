package signers_test

import (
	"strings"
	"testing"
)

// Whoever removes a client's copies looks each name up, and its start at one length.
func TestASignerOwnsOnePrefixOfHeadersAtMost(t *testing.T) {
	for _, mode := range modes {
		prefixes := 0
		for _, name := range newSigner(t, mode.config).Owns() {
			if strings.HasSuffix(name, "*") {
				prefixes++
			}
		}
		if prefixes > 1 {
			t.Errorf("%s owns %d prefixes", mode.name, prefixes)
		}
	}
}
