package tests

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	_ "github.com/vendorsign/vendorsign/signers/all"
)

// A gateway reads the bodies that Traits ask for. A signer that were called without one must not sign the hash of a part of it,
// which is that of another message.
func TestTheHashOfABodyThatWasNotReadIsNotSigned(t *testing.T) {
	const shared, text = "shared_secret", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	for name, tt := range map[string]struct {
		vendor string
		values signers.Values
	}{
		"httpsig": {"httpsig", signers.Values{"key_id": {"k"}, "algorithm": {"hmac-sha256"}, shared: {text}, "content_digest": {"sha-256"},
			"components": {"@method", "content-digest"}}},
		"cavage": {"cavage", signers.Values{"key_id": {"k"}, "algorithm": {"hmac-sha256"}, shared: {text}, "digest": {"sha-256"},
			"headers": {"(request-target)", "host", "digest"}}},
		"aws": {"aws", signers.Values{"access_key_id": {"AKIDEXAMPLE0000"}, "secret_access_key": {text}, "region": {"us-east-1"}, "service": {"sqs"}}},
		"s3": {"aws", signers.Values{"access_key_id": {"AKIDEXAMPLE0000"}, "secret_access_key": {text}, "region": {"us-east-1"}, "service": {"s3"},
			"payload": {"signed"}}},
	} {
		scheme, err := signers.Lookup(tt.vendor)
		if err != nil {
			t.Fatal(err)
		}
		s, faults := scheme.Signer(tt.values)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", name, faults)
		}
		for length, whole := range map[int64]bool{4: true, 5: false, -1: false} {
			m := &signers.Message{Method: "POST", Scheme: "https", Host: "vendor.example", Target: "/", Header: http.Header{}, Body: []byte("body"),
				Length: length}
			at := &signers.Moment{Time: time.Unix(1700000000, 0), Date: "20231114T221320Z", Nonce: "n"}
			if err := s.Sign(m, at); (err == nil) != whole || !whole && !errors.Is(err, signers.ErrMessage) {
				t.Errorf("%s: a body of 4 bytes that should have %d: %v, %v", name, length, err, m.Header)
			}
		}
	}
}
