package outbound

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

func TestAConnectionIsJudgedByTheCredentialThatSignedItsRequest(t *testing.T) {
	values := signers.Values{"public_token": {"public"}, "private_token": {"private"}, "host": {"vendor.example"}}
	gate := newTestGate(t, "darktrace", values)
	before := gate.Begin(time.Now())

	values["insecure_upstream"] = []string{"true"}
	loose := newTestGate(t, "darktrace", values)
	gate.main.Store(loose.main.Load())
	invalidate(gate)
	after := gate.Begin(time.Now())

	plain, other := net.Pipe()
	defer other.Close()
	if reason := after.CheckConn(plain); !after.Insecure() || reason != "" {
		t.Errorf("the credential that may go insecurely is refused: %q", reason)
	}
	if reason := before.CheckConn(plain); before.Insecure() || !strings.Contains(reason, "plain http") {
		t.Errorf("what the former credential signed may go over plain http: %q", reason)
	}
	if err := plain.SetDeadline(time.Now()); err == nil {
		t.Error("the refused connection is still open")
	}
}
