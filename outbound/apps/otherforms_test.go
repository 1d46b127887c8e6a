package apps

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// A key that has signed before has its signer at hand, which the first request of a key has not: both must try the other forms.
func TestWhatAClientMayWriteInAnotherFormIsTriedForEveryRequestOfAKey(t *testing.T) {
	prove := func(m *signers.Message, _ *signers.Moment) (string, error) { return m.Scheme + " " + m.Host, nil }
	for _, test := range []struct {
		name, proof       string
		schemes, portless bool
		want              bool
	}{
		{"as it came", "http api:8443", false, false, true},
		{"another scheme where it is covered", "https api:8443", true, false, true},
		{"another scheme", "https api:8443", false, false, false},
		{"no port where clients leave it out", "http api", false, true, true},
		{"no port", "http api", false, false, false},
		{"the port for a signer that cuts one off", "http api:8443:443", false, true, true},
		{"another port", "http api:9443", false, true, false},
		{"another host", "http other:8443", true, true, false},
	} {
		v := &Verifier{schemes: test.schemes, portless: test.portless, dummy: uncheckedKey("nobody", "secret")}
		k := uncheckedKey("id", "secret")
		k.made.Store(&madeSigners{by: map[string]*prover{"": {small: prove, any: prove}}})
		m := &signers.Message{Method: "GET", Scheme: "http", Host: "api:8443", Target: "/"}
		claim := &signers.Claim{Key: "id", Proof: test.proof, At: new(signers.Moment)}
		if got := proves(v, k, claim, m, true); got != test.want {
			t.Errorf("%s: proves is %v", test.name, got)
		}
		if proves(v, k, claim, m, false) {
			t.Errorf("%s: an unknown key proves", test.name)
		}
	}
}
