package outbound_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// The vendor's time does not change with the key.
func TestTheVendorsTimeIsStillKnownWhenAFileBringsAnotherCredential(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credential.json")
	write := func(secret string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(`{"integration_key":"ID1","secret_key":"`+secret+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	v := signers.Values{"host": {"timed.example"}, "credentials_file": {file}}
	g, faults := outbound.Build("duo", v, credentials.References{}, outbound.Sharing{}, nil)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	now := time.Now()
	g.Now = func() time.Time { return now }
	ask := func() {
		t.Helper()
		signed := g.Begin(g.Now()).Sign(httptest.NewRequest("GET", "/api", nil), "/api")
		if signed.Problem != nil {
			t.Fatal(signed.Problem.Detail)
		}
		header := http.Header{"Date": {now.Add(2 * time.Minute).UTC().Format(http.TimeFormat)}}
		outbound.Learn(g, outbound.Answer{Status: http.StatusOK, Header: header, Verified: true, Signed: signed})
		now = now.Add(6 * time.Second)
	}
	for range 3 {
		ask()
	}
	first, offset := g.Fingerprint(), outbound.ClockOffset(g)
	write("another")
	for range 2 { // it is seen, and later it is still the same
		ask()
	}
	if g.Fingerprint() == first || offset < 119*time.Second || outbound.ClockOffset(g) != offset {
		t.Errorf("the credential was %s and is %s, the offset was %v and is %v", first, g.Fingerprint(), offset, outbound.ClockOffset(g))
	}
}
