package apps

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// The hash of a large body takes milliseconds, and all else microseconds: were it left out for an unknown key, its time would tell.
func TestTheBodyIsHashedForAnUnknownKeyToo(t *testing.T) {
	v := newCounted(t, Options{}, billing)
	m := &signers.Message{Method: "GET", Target: "/", Header: http.Header{}, Body: make([]byte, 4<<20), Length: 4 << 20}
	took := func(key, reason string) time.Duration {
		c := &signers.Claim{Key: key, Proof: "x", Target: "/", At: &signers.Moment{Time: start}, BodyHash: strings.Repeat("0", 64)}
		begin := time.Now()
		got := Verify(v, c, nil, &http.Request{Method: "GET", Body: http.NoBody}, m, start)
		if got.Reason != reason {
			t.Fatalf("%s: %q, want %q", key, got.Reason, reason)
		}
		return time.Since(begin)
	}
	// Other work on the machine can only make a time longer, so the least of several counts; where all were disturbed, more are taken.
	known, unknown := time.Hour, time.Hour
	for n := 0; n < 5 || n < 500 && unknown < known/4; n++ {
		known, unknown = min(known, took("B", Body)), min(unknown, took("X", Key))
	}
	if unknown < known/4 {
		t.Errorf("an unknown key takes %v, a known one %v", unknown, known)
	}
}

// Whoever cuts a request off must not get its start signed, whose hash the app never stated for the whole.
func TestAPartOfABodyIsNotTheBody(t *testing.T) {
	sum := sha256.Sum256([]byte("half"))
	hashed := &signers.Claim{BodyHash: hex.EncodeToString(sum[:])}
	empty := &signers.Claim{WithBody: errors.New("it leaves the body out")}
	for _, test := range []struct {
		claim  *signers.Claim
		body   string
		length int64
		want   string
	}{
		{hashed, "half", 4, ""}, {hashed, "half", 8, Body}, {hashed, "half", -1, ""}, {hashed, "other", 5, Body},
		{empty, "", 0, ""}, {empty, "", 8, Uncovered}, {empty, "", -1, Uncovered}, {empty, "half", 4, Uncovered},
	} {
		m := &signers.Message{Body: []byte(test.body), Length: test.length}
		if got, _ := unproved(test.claim, nil, m, true); got != test.want {
			t.Errorf("%q of %d bytes: %q, want %q", test.body, test.length, got, test.want)
		}
	}
}
