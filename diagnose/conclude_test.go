package diagnose

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func TestASecretThatCannotSignIsNotCalledMissing(t *testing.T) {
	veracode := http.Header{"Authorization": {"VERACODE-HMAC-SHA-256 id=K1,ts=1700000000000,nonce=00112233445566778899aabbccddeeff,sig=" +
		strings.Repeat("01", 32)}}
	cavage := http.Header{"Date": {"Tue, 14 Nov 2023 22:13:20 GMT"},
		"Signature": {`keyId="K1",algorithm="hmac-sha256",headers="(request-target) host date",signature="` + strings.Repeat("A", 43) + `="`}}
	const missing = "without the secret the signature cannot be checked"
	for _, tt := range []struct {
		name, vendor string
		options      map[string]string
		header       http.Header
		status       int
		want         string
	}{
		{"a preset's, refused", "veracode", map[string]string{"api_id": "K1", "api_key": "not hex"}, veracode, 401, "given: api_key must be hexadecimal"},
		{"a preset's that is missing", "veracode", map[string]string{"api_id": "K1"}, veracode, 401, missing},
		{"a vendor's", "cavage", map[string]string{"key_id": "K1", "algorithm": "hmac-sha256", "shared_secret": "no base64"}, cavage, 0,
			"given: shared_secret must be base64 with its padding"},
		{"a vendor's that is missing", "cavage", map[string]string{"key_id": "K1", "algorithm": "hmac-sha256"}, cavage, 0, missing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &Case{Signer: tt.vendor, Options: tt.options, Now: time.Unix(1700000000, 0),
				Request: signers.Message{Method: "GET", Host: "vendor.example", Target: "/v1/x", Header: tt.header}}
			if tt.status != 0 {
				c.Response = &Response{Status: tt.status}
			}
			f, err := Diagnose(c)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(f.Explanation, tt.want+".") || f.Proved {
				t.Errorf("said %q, proved %v", f.Explanation, f.Proved)
			}
		})
	}
}

// A vendor that speaks of a right may not have looked at the signature: it is not called right where the secret makes another one.
func TestASignatureThatDiffersIsNotCalledRightBecauseTheVendorSpeaksOfARight(t *testing.T) {
	const right, other = "236e620a2288b8fce8f5c3e8f5a8ff01028adcc5", "236e620a2288b8fce8f5c3e8f5a8ff01028adcc6"
	for signature, want := range map[string]string{
		right: "The signature is right, but the key lacks the permission for this call.",
		other: "The configured secret makes another signature; by the vendor's answer, the key lacks the permission for this call.",
	} {
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		f, err := Diagnose(&Case{Signer: "darktrace", Options: map[string]string{"public_token": "pub", "private_token": "priv"},
			Request: signers.Message{Method: "GET", Host: "acme.darktrace.com", Target: "/devices?a=1&b=2", Header: http.Header{
				"Dtapi-Token": {"pub"}, "Dtapi-Date": {"20260102T030405"}, "Dtapi-Signature": {signature}}},
			Response: &Response{Status: 403}, Now: now})
		if err != nil || f.Class != "K" || f.Explanation != want {
			t.Errorf("%s: %v %+v, want %q", signature, err, f, want)
		}
	}
}
