//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/outbound/tokens"
	"github.com/vendorsign/vendorsign/signers"
)

// Answer is the part of the vendor's answer that the gateway saw. How much that is depends on the gateway: Caddy's transport
// sees all of it, a handler and Traefik without observe the header alone. What was not seen is never guessed: a zero field
// says nothing.
type Answer struct {
	Status   int // 0: not seen
	Header   http.Header
	Body     []byte  // its first bytes, signers.AnswerHead at most; nil: not seen
	Verified bool    // it came over verified TLS
	Signed   Outcome // what it answers
	Target   string  // what was asked for, where Signed does not say

	Sent *http.Request // as it went out; nil: not known
}

// Explanation is why a vendor refused a request, as far as the gateway can tell from what it signed. It is for logs and for
// the header Vendorsign-Explanation. To change to another credential takes probes as well (fallback.go), since vendors blame
// the signature for all kinds of mistakes.
type Explanation struct {
	Refusal signers.Refusal
	Class   string // A to K, as in docs/causes.md
	Text    string // one sentence, without a secret

	renewed bool // the token was discarded; another attempt gets a new one
}

// refusalNotes is one line for each kind of refusal: the likely cause, given that the gateway signed what it sent. The
// classes are those of docs/causes.md.
var refusalNotes = map[signers.Refusal]Explanation{
	signers.RefusedClock: {Class: "E", Text: "the vendor says that the date is outside its window; compare this machine's clock with the " +
		"vendor's"},
	signers.RefusedDate: {Class: "E", Text: "the vendor cannot read the date; something on the way may change or drop it"},
	signers.RefusedSignature: {Class: "F", Text: "the signatures do not match; the secret is wrong, or something behind the " +
		"gateway changes the request"},
	signers.RefusedKey:    {Class: "F", Text: "the vendor does not know this key; it was deleted or is mistyped"},
	signers.RefusedRights: {Class: "K", Text: "the key has no permission for this at the vendor, or not from this address"},
	signers.RefusedRate:   {Class: "K", Text: "the vendor limits the rate of requests"},
	signers.RefusedUnclear: {Class: "F", Text: "the vendor refuses the credential and does not say why; check the key, its kind and its " +
		"expiry"},
}

// Line is the explanation for a log or a header, in one line:
//
//	E clock: the vendor says that the date is outside its window; compare this machine's clock with the vendor's
func (e *Explanation) Line() string { return e.Class + " " + string(e.Refusal) + ": " + e.Text }

// Learn evaluates an answer: the vendor's time, the pause that it asks for and, if it refuses the request, why. The
// explanation is nil if the request was not refused. It may be called concurrently, once for each answer whose Outcome asks
// for it (ClockDue, FirstDue) and for each refusal; it sends nothing. Again then says whether one more attempt is worth it.
func Learn(g *Gate, a Answer) *Explanation {
	now := g.Now()
	// The verdict is about the credential that signed, although a file may have brought another one since.
	c := a.Signed.credential
	if c == nil {
		c = current(g)
	}
	// The clock comes first: an answer with a status that says nothing has a Date nevertheless.
	if c.clock != nil {
		h := a.Header
		if !a.Verified && !c.clockTrusted {
			h = nil // nothing to learn, and no reason to ask again with every request
		}
		news, taken := limits.Learn(c.clock, h, now)
		// The offset is part of the snapshot.
		if taken {
			invalidate(g)
		}
		if news != "" {
			tell(g, news)
		}
	}
	learnPause(g, c, a, now)
	if len(a.Body) > 0 {
		a.Body = legible(a.Header, a.Body)
	}
	refusal := c.refusal(signers.Answer{Status: a.Status, Header: a.Header, Body: a.Body})
	recordVerdict(c, a, refusal, now)
	noteFirst(g, c, a.Status, refusal)
	lost := c.tokened && refusesToken(c.traits.Tokens, a)
	if refusal == signers.Unrefused && lost { // such as a redirect to the login page
		refusal = signers.RefusedUnclear
	}
	if refusal == signers.Unrefused {
		return nil
	}
	// A copy, to which the vendor's own hints are added.
	e := refusalNotes[refusal]
	e.Refusal = refusal
	if hint := c.traits.Hints[refusal]; hint != "" {
		e.Text += "; " + hint
	}
	if refusal == signers.RefusedSignature && c.traits.Quotes != nil {
		e.Text += quotedDifference(c, a)
	}
	// The token is discarded if it is still the one that signed: of many refused requests the first one causes the renewal.
	if lost {
		if e.renewed = tokens.Invalidate(c.state.tokens, a.Signed.token, now); e.renewed {
			invalidate(g)
		}
	}
	// Vendors often blame the signature when the clock is wrong. The Date of the refusal itself tells, whatever its words.
	if offset, ok := limits.VendorOffset(a.Header, now); ok && c.timed && maybeClock(refusal) {
		if off := offset - ClockOffset(g); off > limits.MinOffset || off < -limits.MinOffset {
			e.Class, e.Text = "E", "the vendor's clock is "+off.Round(time.Second).String()+" ahead of the signed time; set this machine's clock"
			if off < 0 {
				e.Text = "the vendor's clock is " + (-off).Round(time.Second).String() + " behind the signed time; set this machine's clock"
			}
		}
	}
	return &e
}

// quotedDifference names the lines in which the canonical text that the vendor's answer quotes differs from the text of what was sent;
// empty if the answer quotes none. Of the answer's text it shows nothing but names of headers. The text of what was sent is made
// from the request as it left (Answer.Sent), and so shows what was changed after signing.
func quotedDifference(c *credential, a Answer) string {
	quoted := c.traits.Quotes(signers.Answer{Status: a.Status, Header: a.Header, Body: a.Body})
	if quoted == "" || a.Sent == nil {
		return ""
	}
	m := &signers.Message{Method: a.Sent.Method, Host: a.Sent.Host, Target: a.Signed.Target, Header: a.Sent.Header, Body: a.Signed.Body,
		Length: a.Sent.ContentLength}
	if m.Target == "" {
		m.Target = a.Target
	}
	ours := c.traits.AsSent(m)
	if len(ours) == 0 {
		return ""
	}
	names := signers.Differing(ours, quoted)
	// The same text under another key has another MAC, so the key is at fault.
	if len(names) == 0 {
		return "; the vendor's canonical request matches what was sent, so the secret differs"
	}
	// A log line, not a report: eight names are enough to see what the lines have in common.
	if len(names) > 8 {
		names = names[:8]
	}
	return "; the vendor's canonical request differs from what was sent in: " + strings.Join(names, ", ")
}

// refusesToken reports whether an answer says that the token is no longer valid. Vendors that use another status than 401, or
// answer with a login page, say so by TokenSource.Refused.
func refusesToken(from *signers.TokenSource, a Answer) bool {
	// RFC 6750, 3.1: invalid_token is answered with 401.
	if from.Refused == nil {
		return a.Status == http.StatusUnauthorized
	}
	return from.Refused(signers.Answer{Status: a.Status, Header: a.Header, Body: a.Body})
}

// Answered records the status of an answer that is not passed to Learn, for gateways that see nothing else of it.
func Answered(g *Gate, signed *Outcome, status int) {
	noteFirst(g, signed.credential, status, signers.Unrefused)
}

// noteFirst remembers that the vendor has given a verdict on the credential: then answers need not be looked at any more
// (Outcome.FirstDue). A server error of the vendor and a full rate are no verdict, but after maxFirst of them it is no longer
// waited for.
func noteFirst(g *Gate, c *credential, status int, refusal signers.Refusal) {
	if status == 0 || c.account.first.Load() >= maxFirst {
		return
	}
	seen := int64(1)
	if status < 500 && refusal != signers.RefusedRate {
		seen = maxFirst
	}
	if c.account.first.Add(seen) >= maxFirst {
		invalidate(g)
	}
}

// maybeClock reports whether a wrong time may be the cause of a refusal, which it may unless the vendor names another one: an
// unknown key, a rate, missing rights.
func maybeClock(refusal signers.Refusal) bool {
	return refusal != signers.RefusedKey && refusal != signers.RefusedRate && refusal != signers.RefusedRights
}

// ClockOffset is what is added to the local time to sign: positive if the vendor's clock is ahead; 0 as long as nothing was
// learned.
func ClockOffset(g *Gate) time.Duration {
	return limits.Offset(current(g).clock)
}

// LogDue reports whether an explanation, or another log line that clients can trigger, may be logged now: once in ten
// seconds, so that a vendor that refuses everything does not fill the log. Of several callers at the same time one gets true.
// A clock that was set back does not keep the log silent for longer than the interval.
func LogDue(g *Gate) bool {
	now := g.Now().UnixNano()
	last := g.logged.Load()
	return !limits.Pending(last+int64(LogInterval), now, int64(LogInterval)) && g.logged.CompareAndSwap(last, now)
}
