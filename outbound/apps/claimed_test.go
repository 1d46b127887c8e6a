package apps

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Options that a client names before it has proved anything make signers. However many it names, and however long they are, few are
// kept, and none that is too long to be one of the vendor's.
func TestFewSignersAreKeptForOptionsThatClientsName(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	now := time.Unix(1e9, 0)
	claim := func(name string) *signers.Claim {
		return &signers.Claim{Key: "B", Proof: "x", Target: "/", At: &signers.Moment{Time: now},
			Tries: []signers.Try{{Name: name, Options: signers.Values{"version": {"1"}}, Claimed: true}}}
	}
	m := &signers.Message{Method: "GET", Target: "/", Header: http.Header{}}
	ask := func(name, key string) {
		c := claim(name)
		c.Key = key
		Verify(v, c, nil, &http.Request{Method: "GET", Body: http.NoBody}, m, now)
	}
	for i := range 3 * maxClaimed {
		ask(fmt.Sprint("claimed ", i), fmt.Sprint("nobody", i))
	}
	if n := len(v.claimed.by); n == 0 || n > maxClaimed {
		t.Errorf("%d signers are kept, want 1 to %d", n, maxClaimed)
	}
	for _, e := range v.table.Load().(*table).entries {
		if n := len(e.current.made.Load().(*madeSigners).by); n > 0 {
			t.Errorf("a key keeps %d signers of a client's words", n)
		}
	}
	before := len(v.claimed.by)
	ask(strings.Repeat("x", maxClaimedName+1), "B")
	if len(v.claimed.by) != before {
		t.Error("options that are too long have a signer")
	}
	ask("one", "B")
	kept := len(v.claimed.by)
	ask("one", "B")
	if len(v.claimed.by) != kept {
		t.Error("a signer is made anew each time")
	}
}
