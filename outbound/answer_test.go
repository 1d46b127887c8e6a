package outbound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// A vendor's clock that differs is no reason for a refusal if no time was signed, or if the vendor gives another reason.
func TestARefusalIsBlamedOnTheClockOnlyIfThatMayBe(t *testing.T) {
	const duoSays = `{"stat":"FAIL","code":`
	tests := map[string]struct {
		vendor  string
		options map[string]string
		body    string
		want    string
	}{
		"a date, and no reason given":            {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, "", "E unclear"},
		"a date, and the signature is wrong":     {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, duoSays + "40103}", "E signature"},
		"a date, and the key is not known":       {"duo", map[string]string{"integration_key": "ID1", "secret_key": "x"}, duoSays + "40102}", "F key"},
		"a timestamp of milliseconds":            {"cortex", map[string]string{"api_key_id": "1", "api_key": "x"}, "", "E unclear"},
		"a standard key, which is sent as it is": {"cortex", map[string]string{"api_key_id": "1", "api_key": "x", "key_type": "standard"}, "", "F unclear"},
		"an id and its secret, sent as they are": {"carbonblack", map[string]string{"api_id": "ID1", "api_secret_key": "x"}, "", "F unclear"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := signers.Values{"host": {"blamed.example"}}
			for name, value := range test.options {
				v[name] = []string{value}
			}
			g, faults := outbound.Build(test.vendor, v, credentials.References{}, outbound.Sharing{}, nil)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			signed := g.Begin(g.Now()).Sign(httptest.NewRequest("GET", "/api", nil), "/api")
			if signed.Problem != nil {
				t.Fatal(signed.Problem.Detail)
			}
			ahead := http.Header{"Date": {time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)}}
			e := g.Learn(outbound.Answer{Status: http.StatusUnauthorized, Header: ahead, Body: []byte(test.body), Verified: true, Signed: signed})
			if e == nil || !strings.HasPrefix(e.Line(), test.want+": ") {
				t.Errorf("explained as %+v, want %s", e, test.want)
			}
		})
	}
}
