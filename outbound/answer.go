//go:build go1.21

package outbound

import (
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// Answer is what a gateway saw of the vendor's answer.
type Answer struct {
	Status   int // 0: not seen
	Header   http.Header
	Body     []byte // its first bytes, signers.AnswerHead at most; nil: not seen
	Verified bool   // it came over verified TLS
	Signed   Signed // what it answers
}

// Explanation is why a vendor refused a request, as far as the gateway can tell from what it signed.
type Explanation struct {
	Refusal signers.Refusal
	Class   string // A to K, as in docs/causes.md
	Text    string // one sentence, without a secret

	renewed bool // the token was given up, and another attempt has a new one
}

// refusalNotes is one line for each kind of refusal: what is likely, given that the gateway signed what it sent.
var refusalNotes = map[signers.Refusal]Explanation{
	signers.RefusedClock:     {Class: "E", Text: "the vendor finds the date out of its window; compare this machine's clock with the vendor's"},
	signers.RefusedDate:      {Class: "E", Text: "the vendor cannot read the date; something on the way may change or drop it"},
	signers.RefusedSignature: {Class: "F", Text: "the vendor computes another signature; the secret is wrong, or something behind the gateway changes the request"},
	signers.RefusedKey:       {Class: "F", Text: "the vendor does not take this key; it is unknown, expired, or of another kind than configured"},
	signers.RefusedRights:    {Class: "K", Text: "the key may not do this at the vendor, or not from this address"},
	signers.RefusedRate:      {Class: "K", Text: "the vendor limits the rate of requests"},
	signers.RefusedUnclear:   {Class: "F", Text: "the vendor refuses the credential and does not say why; check the key, its kind and its expiry"},
}

// Line is the explanation for a log or a header.
func (e *Explanation) Line() string { return e.Class + " " + string(e.Refusal) + ": " + e.Text }

// quiet is the least time between two explanations for the log.
const quiet = 10 * time.Second

// Learn takes what an answer tells: the vendor's time and, if it refuses the request, why. The explanation is nil if
// the request was not refused.
func (g *Gate) Learn(a Answer) *Explanation {
	now := g.Now()
	if g.clock != nil {
		h := a.Header
		if !a.Verified && !g.clockTrusted {
			h = nil // nothing to learn, and not to be asked for with every request either
		}
		news, taken := learnClock(g.clock, h, now)
		if taken {
			g.tick.Store(&tick{second: -1 << 62}) // the next request looks again
		}
		if news != "" && g.OnNews != nil {
			g.OnNews(news)
		}
	}
	refusal := g.refusal(a.Status, a.Header, a.Body)
	if refusal == signers.Unrefused {
		return nil
	}
	e := refusalNotes[refusal]
	e.Refusal = refusal
	if g.tokens != nil && a.Status == http.StatusUnauthorized {
		e.renewed = dropToken(g.tokens, a.Signed.token, now)
	}
	if offset, ok := vendorOffset(a.Header, now); ok && refusal != signers.RefusedRate && refusal != signers.RefusedRights {
		if off := offset - g.ClockOffset(); off > clockFloor || off < -clockFloor {
			e.Class, e.Text = "E", "the vendor's clock is "+off.Round(time.Second).String()+" ahead of the signed time; set this machine's clock"
			if off < 0 {
				e.Text = "the vendor's clock is " + (-off).Round(time.Second).String() + " behind the signed time; set this machine's clock"
			}
		}
	}
	return &e
}

// ClockOffset is what is added to the local time to sign.
func (g *Gate) ClockOffset() time.Duration {
	if g.clock == nil {
		return 0
	}
	return time.Duration(g.clock.offset.Load())
}

// Loud reports whether an explanation may be logged now: one in ten seconds, so that a vendor that refuses everything
// does not fill the log.
func (g *Gate) Loud() bool {
	now := g.Now().UnixNano()
	last := g.said.Load()
	return now-last >= int64(quiet) && g.said.CompareAndSwap(last, now)
}

// Again reports whether one more attempt is worth it, and the time to sign it for: the vendor's own time after a
// refusal for the clock, if it is believable and differs enough to matter, or now after a token was given up.
func (g *Gate) Again(a Answer, e *Explanation) (time.Time, bool) {
	now := g.Now()
	if e != nil && e.renewed {
		return now.Add(g.ClockOffset()), true
	}
	if g.clock == nil || e == nil || !(a.Verified || g.clockTrusted) || e.Class != "E" {
		return time.Time{}, false
	}
	offset, ok := vendorOffset(a.Header, now)
	off := offset - g.ClockOffset()
	if !ok || off <= clockFloor && off >= -clockFloor || offset > g.clock.max || offset < -g.clock.max {
		return time.Time{}, false
	}
	return now.Add(offset), true
}
