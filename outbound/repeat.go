//go:build go1.21

package outbound

import (
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// Again reports whether a request is worth one more attempt, and with which snapshot: with the vendor's own time after a
// refusal for the clock, a new token, or the previous credential. probe, which may be nil, sends a probe with the snapshot
// that it is given, and returns the answer. There is at most one more attempt, and none for a while after too many have
// failed. e is what Learn returned for a; the caller sends the same request again, with its body if it was read, and passes
// the answer to Learn.
func Again(g *Gate, a Answer, e *Explanation, probe func(*Snapshot) Answer) (*Snapshot, bool) {
	c := a.Signed.credential
	if c == nil || e == nil || a.Signed.repeated {
		return nil, false
	}
	now := g.Now()
	// Extra attempts have failed too often: see recordVerdict.
	if limits.Pending(c.account.trust.resting.Load(), now.Unix(), extraRest) {
		return nil, false
	}
	if e.renewed {
		return repeat(g, c, ClockOffset(g), a.Signed.hint), true
	}
	if offset, ok := clockRetry(c, a, e, now); ok {
		return repeat(g, c, offset, a.Signed.hint), true
	}
	main := g.main.Load().(*rotation)
	switch {
	case main.previous == nil:
	case main.current == c && fallBack(g, main, e, now, probe):
		return repeat(g, main.previous, ClockOffset(g), a.Signed.hint), true
	case main.previous == c && promote(g, main, e, now, probe):
		return repeat(g, main.current, ClockOffset(g), a.Signed.hint), true
	}
	return nil, false
}

// repeat is the snapshot of one more attempt, with the hint of the first. It skips admission, which the first attempt passed.
func repeat(g *Gate, c *credential, offset time.Duration, hint map[string]string) *Snapshot {
	s := attempt(g, c, offset)
	s.repeated = true
	s.hint = hint
	return s
}

// probeWith is the snapshot of a probe, a harmless request of the gateway's own (Traits.Probe). It counts in the rates, as
// the vendor counts it.
func probeWith(g *Gate, c *credential) *Snapshot {
	s := attempt(g, c, ClockOffset(g))
	s.probe = true
	return s
}

// attempt is a snapshot for one request outside of the gate's seconds, which gathers a moment of its own.
func attempt(g *Gate, c *credential, offset time.Duration) *Snapshot {
	return &Snapshot{gate: g, credential: c, second: never, offset: offset, gathers: true, moment: &signers.Moment{}}
}

// clockRetry is how far the vendor's time is ahead after a refusal for the clock, if it is plausible and differs enough to
// matter. It serves one attempt; the clock itself is corrected more slowly (limits.Learn), since one answer may be wrong.
func clockRetry(c *credential, a Answer, e *Explanation, now time.Time) (time.Duration, bool) {
	if c.clock == nil || !(a.Verified || c.clockTrusted) || e.Class != "E" {
		return 0, false
	}
	offset, ok := limits.VendorOffset(a.Header, now)
	if !ok || !limits.WorthRetry(c.clock, offset) {
		return 0, false
	}
	return offset, true
}
