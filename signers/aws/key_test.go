package aws

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

func newTestSigner(t testing.TB, settings ...string) *signer {
	t.Helper()
	scheme, err := signers.Lookup("aws")
	if err != nil {
		t.Fatal(err)
	}
	s, faults := scheme.Signer(values(t, settings...))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s.(*signer)
}

func signAt(t testing.TB, s *signer, at time.Time, more map[string]string) {
	t.Helper()
	m := &signers.Message{Method: "GET", Host: "vendor.example", Target: "/a?b=1&a=2", Header: http.Header{"Accept": {"*/*"}}}
	if err := s.Sign(m, &signers.Moment{Time: at, Date: s.Date(at), Hint: more}); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyIsDerivedOnceADay(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKID", "secret_access_key=secret-of-a-usual-length", "region=eu-west-1", "service=guardduty")
	midnight := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)
	derived := map[*sync.Pool]bool{}
	for at := midnight.Add(-24 * time.Hour); at.Before(midnight.Add(24 * time.Hour)); at = at.Add(10*time.Minute + time.Second) {
		signAt(t, s, at, nil)
		for _, macs := range s.keys.made {
			derived[macs] = true
		}
	}
	if len(derived) != 2 || len(s.keys.made) != 2 {
		t.Errorf("%d keys were derived for two days, and %d are kept", len(derived), len(s.keys.made))
	}
	for range 100 { // the clock is set to and fro
		signAt(t, s, midnight.Add(-time.Second), nil)
		signAt(t, s, midnight, nil)
	}
	for _, macs := range s.keys.made {
		derived[macs] = true
	}
	if len(derived) != 2 {
		t.Errorf("%d keys were derived for two days", len(derived))
	}
	for n := range 100 { // years
		signAt(t, s, midnight.Add(time.Duration(n)*24*time.Hour), nil)
		if len(s.keys.made) > maxKeys {
			t.Fatalf("%d keys are kept", len(s.keys.made))
		}
	}
}

func TestFewKeysAreKept(t *testing.T) {
	s := newTestSigner(t, "access_key_id=AKID", "secret_access_key=secret-of-a-usual-length", "region=eu-1", "region=eu-2", "service=s3", "mode=re_sign")
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for n := range 100 {
				signAt(t, s, exampleTime, map[string]string{"region": fmt.Sprintf("eu-%d", (n+worker)%40), "service": "s3"})
			}
		})
	}
	all.Wait()
	if n := len(s.keys.made); n > maxKeys || n == 0 {
		t.Errorf("%d keys are kept, want at most %d", n, maxKeys)
	}
}

func TestTheSessionTokenIsASecretPartInHeaderAndQuery(t *testing.T) {
	const token = "session/token+=="
	for _, placement := range []string{"header", "query"} {
		s := newTestSigner(t, "access_key_id=AKID", "secret_access_key=secret-of-a-usual-length", "session_token="+token, "region=eu-west-1", "service=s3",
			"placement="+placement)
		m := &signers.Message{Method: "GET", Host: "vendor.example", Target: "/a?b=1&z=2", Header: http.Header{}}
		at := &signers.Moment{Time: exampleTime, Date: s.Date(exampleTime)}
		parts, err := s.Canonical(m, at)
		if err != nil {
			t.Fatal(err)
		}
		text, hidden := "", 0
		for _, p := range parts {
			text += p.Text
			if p.Secret {
				hidden++
			} else if strings.Contains(p.Text, token) || strings.Contains(p.Text, url.QueryEscape(token)) {
				t.Errorf("%s: the part %s shows the session token", placement, p.Label)
			}
		}
		var c canonical
		if err := prepare(s, &c, m, at); err != nil || !strings.HasSuffix(stringToSign(&c, at.Date), wire.HexHash(text)) || hidden != 1 {
			t.Errorf("%s: %d parts are hidden, and all are %q, %v", placement, hidden, text, err)
		}
	}
}
