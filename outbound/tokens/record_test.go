package tokens

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

func TestTheNumberSaysWhichOfTwoTokensIsNewer(t *testing.T) {
	own := signers.Token{Text: "own"}
	for _, test := range []struct {
		stored record
		want   bool
	}{
		{record{Token: "other", Number: 6}, true},
		{record{Token: "other", Number: 5}, true}, // one of the two was renewed while the store failed
		{record{Token: "other", Number: 4}, false},
		{record{Token: "own", Number: 6}, false},
		{record{Number: 6}, false},
	} {
		if newer(test.stored, own, 5) != test.want {
			t.Errorf("%q of renewal %d: %v", test.stored.Token, test.stored.Number, !test.want)
		}
	}
}
