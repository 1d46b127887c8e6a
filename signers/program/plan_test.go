package program

import (
	"testing"

	"github.com/vendorsign/vendorsign/signers"
)

// What binding works out is kept for the program; the values of one credential must not be in what another one gets.
func TestEachCredentialOfAProgramHasItsOwnValues(t *testing.T) {
	p, err := Compile([]string{
		"let who = [[opt.id|hex]]",
		"let part = [[body|first:opt.n]]",
		"let hash = [[body|first:opt.n|sha256|hex|first:4]]",
		"let later = [[now|add:opt.n|unix]]",
		"let chain = [[part|hmac_sha256:opt.key]]",
		"let picked = [[header_list:opt.names:',']]",
		"let full = [[method|if:opt.mode:full]][[path|if:opt.mode:short]]",
		"header X-Sig = [[who]] [[part|hex]] [[hash]] [[picked]] [[full]] [[later|first:10]] [[body|hmac_sha256:opt.key|hex]] [['x'|hmac_sha256:chain|hex]]",
	}, append([]Option{{Name: "mode"}}, ruled...), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	values := []struct {
		values map[string][]string
		want   string
	}{
		{map[string][]string{"id": {"a"}, "key": {"KEY"}, "n": {"2"}, "names": {"X-One"}, "mode": {"full"}},
			"61 6865 " + "372f" + " x-one:1 a POST " + "1772600769 " + macHex("KEY", "hello") + " " + macHex(macRaw("KEY", "he"), "x")},
		{map[string][]string{"id": {"b"}, "key": {"OTHER"}, "n": {"5"}, "names": {"X-Two"}, "mode": {"short"}},
			"62 68656c6c6f " + "2cf2" + " x-two:2,3 /a%20b/C " + "1772600772 " + macHex("OTHER", "hello") + " " + macHex(macRaw("OTHER", "hello"), "x")},
		{map[string][]string{"id": {"c"}, "key": {"KEY"}, "n": {"1"}, "names": {"X-One"}, "mode": {"neither"}},
			"63 68 " + "aaa9" + " x-one:1 a  " + "1772600768 " + macHex("KEY", "hello") + " " + macHex(macRaw("KEY", "h"), "x")},
	}
	made := make([]signers.Signer, 0, len(values))
	for _, v := range values {
		b, faults := Bind(p, v.values)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		made = append(made, NewSigner(b, Scheme{}))
	}
	for range 2 { // all were bound before the first signs
		for i, v := range values {
			m, at := posted()
			at.Date = made[i].Date(at.Time)
			if err := made[i].Sign(m, at); err != nil {
				t.Fatal(err)
			}
			if got := m.Header.Get("X-Sig"); got != v.want {
				t.Errorf("credential %d signs %q, want %q", i, got, v.want)
			}
		}
	}
}
