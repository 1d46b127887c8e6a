package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Names in capitals are no proof: lenient verifiers take them. A refusal that nothing else explains may be due to them.
func TestCapitalsInTheListOfHeadersAreAGuess(t *testing.T) {
	const date = "Wed, 03 Jun 2026 09:26:53 GMT"
	for _, test := range []struct {
		names  string
		status int
		class  string
		causes []string
	}{
		{"(request-target) host date", 401, "J", []string{"unexplained"}},
		{"(REQUEST-TARGET) HOST DATE", 0, "none", []string{}},
		{"(REQUEST-TARGET) HOST DATE", 401, "D", []string{"signature_input"}},
		{"(REQUEST-TARGET) HOST DATE", 200, "none", []string{}},
	} {
		mac := hmac.New(sha256.New, []byte("0123456789abcdef"))
		mac.Write([]byte("(request-target): get /a\nhost: api.acme.example\ndate: " + date))
		c := &Case{Signer: "cavage", Now: time.Date(2026, 6, 3, 9, 26, 53, 0, time.UTC),
			Options: map[string]string{"key_id": "k", "algorithm": "hmac-sha256", "shared_secret": "MDEyMzQ1Njc4OWFiY2RlZg=="},
			Request: signers.Message{Method: "GET", Host: "api.acme.example", Target: "/a", Header: http.Header{"Date": {date},
				"Signature": {`keyId="k",algorithm="hmac-sha256",headers="` + test.names + `",signature="` +
					base64.StdEncoding.EncodeToString(mac.Sum(nil)) + `"`}}}}
		if test.status > 0 {
			c.Response = &Response{Status: test.status, Header: http.Header{}}
		}
		f, err := Diagnose(c)
		if err != nil {
			t.Fatal(err)
		}
		if f.Class != test.class || !slices.Equal(f.Causes, test.causes) || f.Proved && f.Class == "D" {
			t.Errorf("%s, %d: %s %v, proved %v: %s", test.names, test.status, f.Class, f.Causes, f.Proved, f.Explanation)
		}
	}
}
