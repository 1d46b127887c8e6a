//go:build go1.21

package outbound

import (
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Attempt is one more attempt of a request, or a probe: what it is signed with.
type Attempt struct {
	offset     time.Duration // to the local time
	credential *credential
	probe      bool
}

// Again reports whether one more attempt of a request is worth it, and what it is made with: the vendor's own time
// after a refusal for the clock, a new token, or the previous credential. probe, which may be nil, sends a probe and
// returns the answer. There is one more attempt at most, and none for a while after too many were in vain.
func (g *Gate) Again(a Answer, e *Explanation, probe func(Attempt) Answer) (Attempt, bool) {
	return Again(g, a, e, probe)
}

// Again is the method of that name, for callers that are interpreted: see Sign.
func Again(g *Gate, a Answer, e *Explanation, probe func(Attempt) Answer) (Attempt, bool) {
	c := a.Signed.credential
	if c == nil || e == nil || a.Signed.repeated {
		return Attempt{}, false
	}
	now := g.Now()
	if pending(c.account.trust.resting.Load(), now.Unix(), extraRest) {
		return Attempt{}, false
	}
	if e.renewed {
		return Attempt{offset: clockOffset(g), credential: c}, true
	}
	if offset, ok := worthwhile(c, a, e, now); ok {
		return Attempt{offset: offset, credential: c}, true
	}
	main := g.main.Load().(*pair)
	switch {
	case main.older == nil:
	case main.newer == c && fallBack(g, main, e, now, probe):
		return Attempt{offset: clockOffset(g), credential: main.older}, true
	case main.older == c && goForward(g, main, e, now, probe):
		return Attempt{offset: clockOffset(g), credential: main.newer}, true
	}
	return Attempt{}, false
}

// worthwhile is how far the vendor's time is ahead after a refusal for the clock, if it is believable and differs enough
// to matter.
func worthwhile(c *credential, a Answer, e *Explanation, now time.Time) (time.Duration, bool) {
	if c.clock == nil || !(a.Verified || c.clockTrusted) || e.Class != "E" {
		return 0, false
	}
	offset, ok := vendorOffset(a.Header, now)
	off := offset - time.Duration(c.clock.offset.Load())
	if !ok || off <= clockFloor && off >= -clockFloor || offset > c.clock.max || offset < -c.clock.max {
		return 0, false
	}
	return offset, true
}

// SignAgain signs r, which was admitted before, for another attempt, or a probe, which is the operator's own request.
// Either counts in the rates.
func (g *Gate) SignAgain(r *http.Request, target string, a Attempt) (Signed, *Problem) {
	return SignAgain(g, r, target, a)
}

// SignAgain is the method of that name, for callers that are interpreted: see Sign.
func SignAgain(g *Gate, r *http.Request, target string, a Attempt) (Signed, *Problem) {
	c := a.credential
	m := signers.Message{Method: r.Method, Host: c.hosts[0], Target: target, Header: r.Header}
	if host, ok := hostFor(c, r.Host); ok {
		m.Host = host
	}
	if c.insecure {
		looped(r.Header) // marks it, if the first attempt did not
	}
	cleanse(c.cleanser, r.Header)
	at := signers.Moment{Time: g.Now()}
	signed := Signed{credential: c, repeated: !a.probe, probe: a.probe}
	if p := gather(g, r, &m, &at, &signed); p != nil {
		return signed, p
	}
	at.Time = at.Time.Add(a.offset)
	var err error
	if signed.Target, err = c.sign(&m, at, r.Header); err != nil {
		return signed, signProblem(err, &signed)
	}
	r.Host = m.Host
	if r.Body != nil && r.Body != http.NoBody {
		closeAfter(g, r, &signed)
	}
	if g.OnSigned != nil {
		g.OnSigned(&m, at)
	}
	return signed, nil
}

// Probe is the request that an Attempt for a probe is made with.
func (a Attempt) Probe() (method, target string) { return a.credential.probe[0], a.credential.probe[1] }
