package apps

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// An unknown key has a signer made of some app's key, another one for each unknown key. However many keys a client names, few signers
// are kept, and the apps go on.
func TestFewSignersAreKeptForKeysThatClientsName(t *testing.T) {
	list := []App{billing}
	for i := range 2 * maxWarm {
		list = append(list, App{Name: fmt.Sprint("app", i), KeyID: fmt.Sprint("K", i), Secret: fmt.Sprint("secret", i)})
	}
	v := newCounted(t, Options{}, list...)
	now := time.Unix(1e9, 0)
	m := &signers.Message{Method: "GET", Target: "/", Header: http.Header{}}
	r := &http.Request{Method: "GET", Body: http.NoBody}
	ask := func(key, proof string) string {
		claim := &signers.Claim{Key: key, Proof: proof, Target: "/", At: &signers.Moment{Time: now, Date: "d"}}
		return Verify(v, claim, nil, r, m, now).Reason
	}
	for i := range 20 * maxWarm {
		if reason := ask(fmt.Sprint("nobody", i), "x"); reason != Key {
			t.Fatal(reason)
		}
		if i%97 == 0 {
			ask(fmt.Sprint("K", i%(2*maxWarm)), "x")
		}
	}
	kept := 0
	for _, e := range v.table.Load().(*table).entries {
		kept += len(e.current.made.Load().(*madeSigners).by)
	}
	if kept == 0 || kept > maxWarm {
		t.Errorf("%d signers are kept, want 1 to %d", kept, maxWarm)
	}
	p := makeSigner(v.table.Load().(*table).byKey["B"].current, v.scheme, &noTries[0])
	proof, err := p.any(m, &signers.Moment{Time: now, Date: "d"})
	if err != nil {
		t.Fatal(err)
	}
	if reason := ask("B", proof); reason != "" {
		t.Errorf("the app is refused: %s", reason)
	}
}
