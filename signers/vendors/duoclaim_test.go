package vendors

import (
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// What a claim says of X-Duo headers saves a look at them, and changes no proof: whatever was signed is proved.
func TestDuoProvesWhatWasSignedWithXDuoHeadersAndWithout(t *testing.T) {
	scheme, err := signers.Lookup("duo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1795852800, 0)
	for name, header := range map[string]http.Header{
		"none":          {"Accept": {"*/*"}, "Cookie": {"a=b"}},
		"unusual":       {"X-Custom": {"1"}},
		"one":           {"X-Duo-Other": {"1"}},
		"several":       {"X-Duo-Other": {"1"}, "X-Duo-A": {"2"}, "Accept": {"*/*"}},
		"another X-Duo": {"X-Duolingo": {"1"}},
	} {
		for _, try := range duoAll[:1:1] {
			for _, dated := range []string{"date", "x-duo-date"} {
				v := try.Options.Copy()
				v["integration_key"], v["secret_key"], v["date_header"] = []string{"DIWJ8X6AEYOR5OMC6TQ1"}, []string{"secret"}, []string{dated}
				s, faults := scheme.Signer(v)
				if len(faults) > 0 {
					t.Fatal(faults)
				}
				m := &signers.Message{Method: "GET", Host: "h.example", Target: "/p?a=1", Header: header.Clone()}
				if err := s.Sign(m, &signers.Moment{Time: now, Date: s.Date(now)}); err != nil {
					t.Fatal(err)
				}
				c, err := claimDuo(m)
				if err != nil {
					t.Fatal(err)
				}
				if proof, err := proveDuo(s)(m, c.At); err != nil || proof != c.Proof {
					t.Errorf("%s, %s: %.8s %v, want %.8s", name, dated, proof, err, c.Proof)
				}
			}
		}
	}
}
