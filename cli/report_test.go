package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// Letters are labels; a part says who has it.
func TestPartsOfTwoTextsAreShownSideBySide(t *testing.T) {
	parts := func(labels, text string) (all []signers.Part) {
		for _, label := range strings.Fields(labels) {
			all = append(all, signers.Part{Label: label, Text: text})
		}
		return all
	}
	for _, tt := range []struct{ name, signed, right, want string }{
		{"the same", "a b", "a b", "a<> b<>"},
		{"one that only the client has, where it has it", "a x b", "a b", "a<> x< b<>"},
		{"one that only the vendor has", "a b", "a c b", "a<> c> b<>"},
		{"another order, and the client's own in front of what follows it", "a x b y", "b a c", "x< b<> a<> c> y<"},
		{"the same label twice", "a a x", "a a a", "a<> a<> a> x<"},
	} {
		var got []string
		for _, r := range align(parts(tt.signed, "<"), parts(tt.right, ">")) {
			got = append(got, r.label+r.left+r.right)
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}
