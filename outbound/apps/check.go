//go:build go1.21

package apps

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Checked is what came of a request.
type Checked struct {
	Request *http.Request // goes on: it knows its app
	Verdict Verdict
	Problem *outbound.Problem // answers in its place; nil: it may pass
	Held    int64             // memory that its body takes until it is done: see outbound.Release
}

// Check verifies r, as a gateway got it: m is its head, with the method, host and target that the app sent. It reads the body as far as
// the signature covers it, up to maxBody, and puts it back.
func Check(v *Verifier, r *http.Request, m *signers.Message, maxBody int64, now time.Time) Checked {
	c := Checked{Request: r}
	m.Header = r.Header
	if m.Target == "" || m.Target[0] != '/' {
		c.Verdict = Verdict{Reason: Unsigned, Detail: "only requests for a path are signed by apps"}
		c.Problem = problemOf(v, c.Verdict)
		return c
	}
	bare := r.Body == nil || r.Body == http.NoBody
	if !bare {
		m.Length = r.ContentLength
	}
	seen, ok := Look(v, m)
	if !ok {
		c.Verdict = NoSignature(seen)
		c.Problem = problemOf(v, c.Verdict)
		return c
	}
	if !bare {
		c.Held, c.Problem = outbound.TakeBody(r, Traits(v, seen), m, maxBody)
		if c.Problem != nil {
			c.Verdict = Verdict{Reason: Body, Detail: c.Problem.Detail}
			return c
		}
	}
	c.Verdict = Verify(v, seen, r, m, now)
	if c.Verdict.Reason != "" {
		if !Proved(c.Verdict.Reason) && (v.explains || whyDue(v, now)) {
			blame(v, seen, m, &c.Verdict)
		}
		c.Problem = problemOf(v, c.Verdict)
		return c
	}
	if seen.claim.Placeholder != "" {
		moveToHeader(r, &seen.claim)
	}
	c.Request = outbound.WithApp(r, c.Verdict.Verified)
	return c
}

// blame looks for the mistake that a wrong signature has. The other reasons say enough, but take the same time: see why.
func blame(v *Verifier, seen *Seen, m *signers.Message, verdict *Verdict) {
	cause := why(v, seen, m)
	if verdict.Reason == Signature && cause != "" {
		verdict.Cause = cause
		verdict.Detail = mistakes[cause].says
	}
}

// moveToHeader takes a verified signature out of the query, where signers refuse one, and says in a header what it was for.
func moveToHeader(r *http.Request, claim *signers.Claim) {
	_, query, asked := strings.Cut(claim.Target, "?")
	r.RequestURI = claim.Target
	r.URL.RawQuery = query
	r.URL.ForceQuery = asked && query == ""
	r.Header["Authorization"] = []string{claim.Placeholder}
}

// problemOf is the answer to a request that is refused.
func problemOf(v *Verifier, verdict Verdict) *outbound.Problem {
	if v.explains {
		return outbound.ExplainedProblem(verdict.Reason, verdict.Detail, verdict.Wait)
	}
	return outbound.AppProblem(verdict.Reason, verdict.Detail, verdict.Wait)
}
