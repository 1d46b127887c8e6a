package program

import (
	"net/http"
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// made makes the proof of each test.
const made = "let proof = [[target|hmac_sha256:opt.key|hex]]"

// A proof that is taken before it is put into its header is the one that would be cut out of the header.
func TestAProofIsTheSameBeforeItIsInItsHeader(t *testing.T) {
	for _, test := range []struct {
		name, template string
		operations     []string
		bare           bool
	}{
		{"at the end", "ACME {key}:{time},sig={proof}",
			[]string{made, "header Authorization = ACME [[opt.id]]:[[now|unix]],sig=[[proof]]"}, true},
		{"shorter text before it", "ACME {key}:{time}:{proof}",
			[]string{made, "header Authorization = ACME [[opt.id]]:[[now|unix]]:[[proof]]"}, true},
		{"in the middle", "ACME {proof};{key}:{time}",
			[]string{made, "header Authorization = ACME [[proof]];[[opt.id]]:[[now|unix]]"}, false},
		{"before other text", "ACME {key}:{time},{proof};end",
			[]string{made, "header Authorization = ACME [[opt.id]]:[[now|unix]],[[proof]];end"}, false},
		{"between the same signs", "ACME {key},{proof},{time}",
			[]string{made, "header Authorization = ACME [[opt.id]],[[proof]],[[now|unix]]"}, false},
		{"alone", "{proof}", []string{made, "header Authorization = [[proof]]"}, false},
		{"behind what the request says", "ACME {key}:{time}{proof}",
			[]string{made, "header Authorization = ACME [[opt.id]]:[[now|unix]][[method|lower]][[proof]]"}, false},
		{"behind text that is not the template's", "ACME {key}:{time},sig={proof}",
			[]string{made, "header Authorization = ACME [[opt.id]]:[[now|unix]],[[proof]]"}, false},
		{"in a header that is not the last", "ACME {key}:{time},{proof}", []string{made,
			"header Authorization = ACME [[opt.id]]:[[now|unix]],[[proof]]", "header Extra = a,[[now|unix]]"}, false},
	} {
		p, err := Compile(test.operations, []Option{{Name: "id"}, {Name: "key", Secret: true}}, "", nil)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		b, faults := Bind(p, map[string][]string{"id": {"k"}, "key": {"a secret"}})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		s := NewSigner(b, Scheme{}).(*signer)
		place := placeOf("Authorization", test.template)
		if bare := bareProof(&place, s, slotOf(s, "Authorization")) >= 0; bare != test.bare {
			t.Errorf("%s: taken before it is in its header: %v, want %v", test.name, bare, test.bare)
		}
		m := &signers.Message{Method: "GET", Host: "h.example", Target: "/p?a=1", Header: http.Header{}}
		at := &signers.Moment{Date: "1795852800"}
		got, err := prover(&place, s)(m, at)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sign(m, at); err != nil {
			t.Fatal(err)
		}
		if want, _ := proofIn(&place, m.Header["Authorization"][0]); got != want {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}
