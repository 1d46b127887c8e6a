package apps_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

// proofAt is what a signer of the scheme proves of a request.
func proofAt(t *testing.T, scheme signers.Scheme, method, target, date string, at time.Time) string {
	t.Helper()
	v := scheme.Claims.Fixed.Copy()
	v[scheme.Claims.Key], v[scheme.Claims.Secret] = []string{"0123"}, []string{"00112233445566778899aabbccddeeff00112233"}
	for _, o := range scheme.Options {
		if o.Required && !v.Has(o.Name) {
			v[o.Name] = []string{o.Example()}
		}
	}
	s, faults := scheme.Signer(v)
	if len(faults) > 0 {
		t.Fatal(scheme.Name, faults)
	}
	moment := &signers.Moment{Time: at, Date: date, Nonce: "00112233445566778899aabbccddeeff"}
	if date == "" {
		moment.Date = s.Date(at)
	}
	if scheme.Name == "aws" { // as a client claims it
		moment.Hint = map[string]string{"region": "eu-west-1", "service": "s3", "claimed names": "host;x-amz-date"}
	}
	m := &signers.Message{Method: method, Host: "h.example", Target: target, Header: make(http.Header)}
	proof, err := scheme.Claims.Prove(s)(m, moment)
	if err != nil {
		t.Fatal(scheme.Name, err)
	}
	return proof
}

// What a scheme says of its signature decides how replays are treated, so it must be true.
func TestClaimsSayWhatTheSignatureCovers(t *testing.T) {
	at := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	found := 0
	for _, name := range signers.Names() {
		scheme, err := signers.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		c := scheme.Claims
		if c == nil || name == "counted" {
			continue
		}
		found++
		usual := proofAt(t, scheme, "GET", "/a?b=c", "", at)
		if usual == "" {
			t.Errorf("%s: no proof", name)
		}
		if covers := proofAt(t, scheme, "DELETE", "/a?b=c", "", at) != usual; covers != c.Method {
			t.Errorf("%s: the signature covers the method: %v, and the claim says %v", name, covers, c.Method)
		}
		if covers := proofAt(t, scheme, "GET", "/other?b=c", "", at) != usual; covers == c.Nothing {
			t.Errorf("%s: the signature covers the path: %v, and the claim says that it covers nothing: %v", name, covers, c.Nothing)
		}
		coarse := time.Duration(0)
		for _, unit := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
			if proofAt(t, scheme, "GET", "/a?b=c", "", at.Add(unit-time.Second)) == usual {
				coarse = unit
			}
		}
		if coarse != c.Coarse {
			t.Errorf("%s: the signature leaves %v of the date out, and the claim says %v", name, coarse, c.Coarse)
		}
		if proofAt(t, scheme, "GET", "/a?b=c", "", at.Add(25*time.Hour)) == usual {
			t.Errorf("%s: the signature has no date", name)
		}
	}
	if found != 8 {
		t.Errorf("%d schemes have a claim, want the five and three presets", found)
	}
}
