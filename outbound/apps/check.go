//go:build go1.21

package apps

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Checked is the result of verifying a request. Either Problem answers it, or the request goes on to the signer. Held must be given to
// outbound.Release when the request is done, in both cases.
type Checked struct {
	Verdict *Verdict
	Problem *outbound.Problem // answers in its place; nil: it may pass
	Held    int64             // memory that its body takes until it is done: see outbound.Release

	verifier *Verifier // that let it pass; nil: it may not
}

// Check verifies r, as a gateway got it: m is its head, with the method, host and target that the app sent. It reads the body
// as far as the signature covers it, up to maxBody, and puts it back. It may be called concurrently.
//
// A gateway calls it before anything changes the request, since a changed path or header would no longer fit the signature:
//
//	c := apps.Check(v, r, m, 10<<20, time.Now())
//	defer outbound.Release(c.Held)
//	if c.Problem != nil { ... }   // 401, 403, 413, 429, 503: answer with it
//	r, done := apps.Watch(c, r)   // its context has the outbound.App, for the signer
//	defer done()
//	next.ServeHTTP(w, r)
//
// Interpreted, a call costs more than most of what is called, and each value in a function's source takes memory: what few
// requests need is in functions of its own, here and below.
func Check(v *Verifier, r *http.Request, m *signers.Message, maxBody int64, now time.Time) *Checked {
	m.Header = r.Header
	// Anybody can send such a request, and interpreted it takes up to a minute to verify.
	if len(m.Target) > shortTarget || len(m.Header) > manyHeaders {
		if c := oversized(v, m); c != nil {
			return c
		}
	}
	// http.NoBody is the usual case, and one comparison is cheaper than a call.
	bodied := false
	if r.Body != http.NoBody {
		bodied = hasBody(r, m)
	}
	// The claim comes before the body: a client that has no signature at all cannot have the gateway read one.
	claim, err := ReadClaim(v, m)
	if claim == nil {
		return refused(v, NoSignature(err))
	}
	c := new(Checked)
	if bodied {
		if !takeBody(v, c, claim, r, m, maxBody) {
			return c
		}
	}
	// err with a claim is no reason to stop here: the work of Verify is the same for every key, so that its time tells
	// nothing.
	verdict := Verify(v, claim, err, r, m, now)
	c.Verdict = verdict
	if verdict.Reason != "" {
		refuse(v, c, claim, m, now)
		return c
	}
	if claim.Placeholder != "" {
		moveToHeader(r, claim)
	}
	c.verifier = v
	return c
}

// manyHeaders is how many different headers few requests have.
const manyHeaders = 100

// oversized is what comes of a request that is too large to be looked at; nil: it is not.
func oversized(v *Verifier, m *signers.Message) *Checked {
	p := outbound.AdmitSize(m.Header, m.Target, v.long)
	if p == nil {
		return nil
	}
	return &Checked{Verdict: &Verdict{Reason: Unsigned, Detail: p.Detail}, Problem: p}
}

// hasBody reports whether r has a body, and tells m how long it is: -1 for a chunked body, whose length is not known yet.
func hasBody(r *http.Request, m *signers.Message) bool {
	if r.Body == nil {
		return false
	}
	m.Length = r.ContentLength
	return true
}

// takeBody reads as much of the body as the signature covers, unless that is more than maxBody or than the memory for bodies
// permits. It reports whether the request can go on; otherwise c has the Problem. c.Held is set in both cases, since memory
// may be taken already.
func takeBody(v *Verifier, c *Checked, claim *signers.Claim, r *http.Request, m *signers.Message, maxBody int64) bool {
	held, p := outbound.TakeBody(r, Traits(v, claim), m, maxBody)
	c.Held = held
	c.Problem = p
	if p != nil {
		c.Verdict = &Verdict{Reason: Body, Detail: p.Detail}
	}
	return p == nil
}

// refused is the result for a request that claims no app at all. No key is named, so there is no work to balance.
func refused(v *Verifier, verdict *Verdict) *Checked {
	return &Checked{Verdict: verdict, Problem: problemOf(v, verdict)}
}

// refuse adds the answer to a request that Verify refuses, and looks for the mistake that a wrong signature has. The other
// reasons of a client without a proof say enough, but the search runs for them, too: an answer that takes longer for a wrong
// signature than for an unknown key would tell which keys there are. Once the key is proved there is nothing left to hide,
// nor to search for.
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
// Presigned URLs have such signatures. The signer takes its hint (signers.Traits.Hint) from the header, and then replaces it.
func moveToHeader(r *http.Request, claim *signers.Claim) {
	_, query, asked := strings.Cut(claim.Target, "?")
	r.RequestURI = claim.Target
	r.URL.RawQuery = query
	// "/key?" stays "/key?": whoever signed the bare question mark gets it back.
	r.URL.ForceQuery = asked && query == ""
	r.Header["Authorization"] = []string{claim.Placeholder}
}

// problemOf is the answer to a request that is refused. Without explain it hides the reason as long as the client has not
// proved to be an app: outbound.AppProblem answers all of those with the same 401.
func problemOf(v *Verifier, verdict *Verdict) *outbound.Problem {
	if v.explains {
		return outbound.ExplainedProblem(verdict.Reason, verdict.Detail, verdict.Wait)
	}
	return outbound.AppProblem(verdict.Reason, verdict.Detail, verdict.Wait)
}
