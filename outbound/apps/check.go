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
	Verdict *Verdict
	Problem *outbound.Problem // answers in its place; nil: it may pass
	Held    int64             // memory that its body takes until it is done: see outbound.Release
}

// Check verifies r, as a gateway got it: m is its head, with the method, host and target that the app sent. It reads the body as far as
// the signature covers it, up to maxBody, and puts it back.
//
// Interpreted, a call costs more than most of what is called, and each value in a function's source takes memory: what few requests
// need is in functions of its own, here and below.
func Check(v *Verifier, r *http.Request, m *signers.Message, maxBody int64, now time.Time) *Checked {
	m.Header = r.Header
	bodied := false
	if r.Body != http.NoBody {
		bodied = hasBody(r, m)
	}
	claim, err := ReadClaim(v, m)
	if claim == nil {
		return refused(v, r, NoSignature(err))
	}
	c := &Checked{Request: r}
	if bodied {
		if !takeBody(v, c, claim, m, maxBody) {
			return c
		}
	}
	verdict := Verify(v, claim, err, r, m, now)
	c.Verdict = verdict
	if verdict.Reason != "" {
		refuse(v, c, claim, m, now)
		return c
	}
	if claim.Placeholder != "" {
		moveToHeader(r, claim)
	}
	c.Request = outbound.WithApp(r, verdict.Verified)
	return c
}

// hasBody reports whether r has a body, and tells m how long it is.
func hasBody(r *http.Request, m *signers.Message) bool {
	if r.Body == nil {
		return false
	}
	m.Length = r.ContentLength
	return true
}

// takeBody reads as much of the body as the signature covers, unless that is too much.
func takeBody(v *Verifier, c *Checked, claim *signers.Claim, m *signers.Message, maxBody int64) bool {
	held, p := outbound.TakeBody(c.Request, Traits(v, claim), m, maxBody)
	c.Held = held
	c.Problem = p
	if p != nil {
		c.Verdict = &Verdict{Reason: Body, Detail: p.Detail}
	}
	return p == nil
}

// refused is what comes of a request that says nothing of an app.
func refused(v *Verifier, r *http.Request, verdict *Verdict) *Checked {
	return &Checked{Request: r, Verdict: verdict, Problem: problemOf(v, verdict)}
}

// refuse adds the answer to a request that Verify refuses, and looks for the mistake that a wrong signature has. The other reasons say
// enough, but take the same time: see why.
func refuse(v *Verifier, c *Checked, claim *signers.Claim, m *signers.Message, now time.Time) {
	verdict := c.Verdict
	if !Proved(verdict.Reason) && (v.explains || whyDue(v, now)) {
		cause := why(v, claim, m)
		if verdict.Reason == Signature && cause != "" {
			verdict.Cause = cause
			verdict.Detail = mistakes[cause].says
		}
	}
	c.Problem = problemOf(v, verdict)
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
func problemOf(v *Verifier, verdict *Verdict) *outbound.Problem {
	if v.explains {
		return outbound.ExplainedProblem(verdict.Reason, verdict.Detail, verdict.Wait)
	}
	return outbound.AppProblem(verdict.Reason, verdict.Detail, verdict.Wait)
}
