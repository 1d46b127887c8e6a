package tokens

import (
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func TestATokenIsSettledOnlyWhileNothingAboutItIsOpen(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]struct {
		change func(k *Keeper)
		want   string
	}{
		"valid and not due":                    {func(*Keeper) {}, "token"},
		"a renewal replaces the one before it": {func(k *Keeper) { k.replaces = true }, ""},
		"renewing":                             {func(k *Keeper) { k.renewing = true }, ""},
		"refused by the vendor":                {func(k *Keeper) { k.refused = true }, ""},
		"suspect":                              {func(k *Keeper) { k.suspect = true }, ""},
		"due within the second":                {func(k *Keeper) { k.due = now.Add(time.Second) }, ""},
		"expires within the second":            {func(k *Keeper) { k.token.Expires = now.Add(time.Second) }, ""},
	} {
		k := &Keeper{due: now.Add(time.Hour), token: signers.Token{Text: "token", Expires: now.Add(2 * time.Hour)}}
		c.change(k)
		if got := Settled(k, now).Text; got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
