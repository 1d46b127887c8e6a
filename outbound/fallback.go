//go:build go1.21

package outbound

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// Times are in seconds. One probe a minute costs the vendor next to nothing, and a new key is in use within a minute after
// the vendor knows it.
const (
	trustAgain = 60 // seconds until a refused credential is tried again
	trustProbe = 60 // seconds between two probes
	maxExtra   = 10 // extra attempts in a row that were refused too; then there are none for extraRest seconds
	extraRest  = 60
)

// trust is whether the vendor accepts a credential, of which there is a previous one. Clients cannot influence it: it only
// depends on the gateway's own probes.
//
//	             a probe with the current one is refused, one with the previous one is not (fallBack)
//	current in use ----------------------------------------------------------------------------------> previous in use
//	(refused == 0) <---------------------------------------------------------------------------------- (refused != 0)
//	             once a minute: a probe with the current one is not refused (Settle);
//	             or one with the previous one is refused, and one with the current one is not (promote)
//
// It is shared by all gates with the same credential and hosts, and lives in account, so that a reload does not forget it.
type trust struct {
	refused  atomic.Int64 // not 0: the previous credential is used, and in that unix second a probe with this one is due
	hopeless atomic.Int64 // the vendor accepts neither: no change before that unix second
	wasted   atomic.Int64 // extra attempts in a row that were refused too
	resting  atomic.Int64 // no extra attempt before that unix second

	probing sync.Mutex
	probed  int64 // the unix second of the last probe of a refused credential

	probedOld int64 // and of the previous one
}

// choose returns the credential to sign with now: the current one, or the previous one while the vendor does not accept the
// current one. settle says that it is time to try that again, when the request is done: see Settle.
func choose(p *rotation, now time.Time) (used *credential, settle bool) {
	if p.previous == nil {
		return p.current, false
	}
	until := p.current.account.trust.refused.Load()
	if until == 0 {
		return p.current, false
	}
	return p.previous, !limits.Pending(until, now.Unix(), trustAgain)
}

// Rotating reports whether there is a previous credential.
func Rotating(g *Gate) bool { return g.main.Load().(*rotation).previous != nil }

// Settle tries the current credential again while the previous one is used: with a probe, so that no client's request is
// refused because of it. Of many concurrent callers one sends it. A gateway calls it after a request whose Outcome says
// SettleDue; probe sends the snapshot's Probe request and returns the answer, or one with status 0 if there was none.
func Settle(g *Gate, probe func(*Snapshot) Answer) {
	main, now := g.main.Load().(*rotation), g.Now()
	if main.previous == nil {
		return
	}
	trust := &main.current.account.trust
	until := trust.refused.Load()
	if until == 0 || limits.Pending(until, now.Unix(), trustAgain) || !trust.refused.CompareAndSwap(until, now.Unix()+trustAgain) {
		return
	}
	// No answer, a failing server and a full rate say nothing about the credential: the previous one stays in use.
	a := probe(probeWith(g, main.current))
	if a.Status == 0 || a.Status >= 500 || a.Status == http.StatusTooManyRequests || refusesCredential(a, main.current) {
		return
	}
	if trust.refused.Swap(0) != 0 {
		invalidate(g)
		tell(g, "the vendor accepts the new credential; it is in use")
	}
}

// recordVerdict records what an answer to a second attempt says about such attempts. The credential itself is judged by
// probes alone.
func recordVerdict(c *credential, a Answer, refusal signers.Refusal, now time.Time) {
	trust := &c.account.trust
	// A second attempt that is refused as well shows that attempts are of no use now. After maxExtra of them there are none for a
	// while: otherwise each refused request would cost the vendor two, and count twice in its limits.
	if a.Signed.repeated {
		if refusal == signers.Unrefused {
			trust.wasted.Store(0)
		} else if trust.wasted.Add(1) >= maxExtra {
			trust.wasted.Store(0)
			trust.resting.Store(now.Unix() + extraRest)
		}
	}
}

// blames reports whether the credential is, or may be, the reason for a refusal. A clock, a rate and missing rights are no
// reason to try another key: it would be refused as well.
func blames(refusal signers.Refusal) bool {
	return refusal == signers.RefusedKey || refusal == signers.RefusedSignature || refusal == signers.RefusedUnclear
}

// fallBack switches to the previous credential if the vendor does not accept the current one: a probe with that is refused,
// and one with the previous credential is not. No answer to a client's request is enough, whatever it says: some vendors also
// blame the key when a request is for an API that the application may not use, and a client could then choose the key.
//
// It returns whether the previous credential is in use, so that the refused request is worth another attempt. At most one
// caller probes, once a minute; the others wait for its answer.
func fallBack(g *Gate, p *rotation, e *Explanation, now time.Time, probe func(*Snapshot) Answer) bool {
	second := now.Unix()
	if !blames(e.Refusal) {
		return false
	}
	trust := &p.current.account.trust
	if trust.refused.Load() != 0 {
		return true
	}
	// Without a probe, or shortly after both were refused, nothing can be found out.
	if probe == nil || limits.Pending(trust.hopeless.Load(), second, trustAgain) {
		return false
	}
	trust.probing.Lock() // the others wait for the answer
	defer trust.probing.Unlock()
	// Another request has found it out by now.
	if trust.refused.Load() != 0 {
		return true
	}
	if within(second - trust.probed) {
		return false
	}
	trust.probed = second
	// An answer that names the key usually is about the key. Then the question is whether the other one works.
	first, then := p.current, p.previous
	if e.Refusal == signers.RefusedKey {
		first, then = p.previous, p.current
	}
	if !rightFor(first, p, probe(probeWith(g, first))) {
		if first.old {
			trust.hopeless.Store(second + trustAgain)
			tell(g, "the vendor accepts neither the new credential nor the previous one")
		}
		return false
	}
	if !rightFor(then, p, probe(probeWith(g, then))) {
		return false
	}
	if trust.refused.Swap(second+trustAgain) == 0 {
		invalidate(g)
		tell(g, "the vendor does not accept the new credential; the previous one is in use, and the new one is tried again in a minute")
	}
	return true
}

// rightFor reports whether the answer to a probe with c is a reason to go back to the previous credential: the vendor accepts
// that one, or does not accept the current one. An answer that is missing is no reason in either case.
func rightFor(c *credential, p *rotation, a Answer) bool {
	return refusesCredential(a, c) != (c == p.previous)
}

// promote stops using the previous credential if the vendor no longer accepts it: a probe with it is refused, and one with
// the current credential is not. It cannot be undone for a minute, so that two credentials that are refused in turn do not
// make the gate change with each request. It returns whether the current one is in use now.
func promote(g *Gate, p *rotation, e *Explanation, now time.Time, probe func(*Snapshot) Answer) bool {
	second := now.Unix()
	if !blames(e.Refusal) {
		return false
	}
	trust := &p.current.account.trust
	if trust.refused.Load() == 0 { // another request has already found that out
		return true
	}
	if probe == nil {
		return false
	}
	trust.probing.Lock() // the others wait for the answer
	defer trust.probing.Unlock()
	if trust.refused.Load() == 0 {
		return true
	}
	if within(second - trust.probedOld) {
		return false
	}
	trust.probedOld = second
	if a := probe(probeWith(g, p.previous)); a.Status == 0 || !refusesCredential(a, p.previous) {
		return false
	}
	if a := probe(probeWith(g, p.current)); a.Status == 0 || refusesCredential(a, p.current) {
		return false
	}
	if trust.refused.Swap(0) != 0 {
		trust.hopeless.Store(second + trustAgain)
		invalidate(g)
		tell(g, "the vendor no longer accepts the previous credential; the new one is in use again")
	}
	return true
}

// within reports whether so many seconds are less than trustProbe. They may be negative: a clock can be set back, and then it
// is long ago.
func within(age int64) bool { return age >= 0 && age < trustProbe }

// refusesCredential reports whether the answer to a probe refuses the credential itself. The absence of an answer proves
// nothing: it counts against whichever credential the gate would change to.
func refusesCredential(a Answer, c *credential) bool {
	if a.Status == 0 {
		return c.old // nor is it a reason to use the previous one
	}
	return blames(c.refusal(signers.Answer{Status: a.Status, Header: a.Header, Body: legible(a.Header, a.Body)}))
}
