package outbound

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The second attempt finds the gateway's own signature where the client's was, which names another key than clients must.
func TestARepetitionIsSignedForWhatTheClientAsked(t *testing.T) {
	g := newTestGate(t, "aws", signers.Values{"access_key_id": {"AKIDEXAMPLE"}, "secret_access_key": {"secret-of-a-usual-length"},
		"mode": {"re_sign"}, "region": {"eu-west-1", "us-east-1"}, "service": {"guardduty"}, "placeholder_key": {"AKIAPLACEHOLDER"},
		"host": {"vendor.example"}})
	g.Now = func() time.Time { return start }
	r := httptest.NewRequest("GET", "/detector", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAPLACEHOLDER/20260102/us-east-1/guardduty/aws4_request, "+
		"SignedHeaders=host, Signature=0")
	signed := g.Begin(start).Sign(r, "/detector")
	if signed.Problem != nil {
		t.Fatal(signed.Problem)
	}
	a := Answer{Status: 403, Verified: true, Signed: signed, Body: []byte(`{"__type":"RequestTimeTooSkewed"}`),
		Header: http.Header{"Date": {start.Add(4 * time.Minute).Format(http.TimeFormat)}}}
	second, again := Again(g, a, Learn(g, a), nil)
	if !again {
		t.Fatal("there is no second attempt")
	}
	if p := second.Sign(r, "/detector").Problem; p != nil {
		t.Fatal(p)
	}
	if got := r.Header.Get("Authorization"); !strings.Contains(got, "Credential=AKIDEXAMPLE/20260102/us-east-1/guardduty/") {
		t.Errorf("signed with %s", got)
	}
}
