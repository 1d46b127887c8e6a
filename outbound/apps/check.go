//go:build go1.21

package apps

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/signers"
)

// Check verifies r, as a gateway got it: m is its head, with the method, host and target that the app sent. It reads the body as far as
// the signature covers it, and puts it back. The request that may pass knows its app. In its place there may be a problem to answer
// with: that of the verdict, or of a body that cannot be read. held is the memory that the body takes until the request is done.
func Check(v *Verifier, r *http.Request, m *signers.Message, maxBody int64, now time.Time) (*http.Request, Verdict, int64, *outbound.Problem) {
	m.Header, m.Length = r.Header, r.ContentLength
	if r.Body == nil || r.Body == http.NoBody {
		m.Length = 0
	}
	if !strings.HasPrefix(m.Target, "/") {
		verdict := Verdict{Reason: Unsigned, Detail: "only requests for a path are signed by apps"}
		return r, verdict, 0, Problem(verdict)
	}
	seen, ok := Look(v, m)
	if !ok {
		verdict := NoSignature(seen)
		return r, verdict, 0, Problem(verdict)
	}
	held, p := outbound.TakeBody(r, Traits(v, seen), m, maxBody)
	if p != nil {
		return r, Verdict{Reason: Body, Detail: p.Detail}, held, p
	}
	verdict := Verify(v, seen, r, m, now)
	if verdict.Reason != "" {
		return r, verdict, held, Problem(verdict)
	}
	if seen.claim.Placeholder != "" {
		moveToHeader(r, &seen.claim)
	}
	return outbound.WithApp(r, verdict.Verified), verdict, held, nil
}

// moveToHeader takes a verified signature out of the query, where signers refuse one, and says in a header what it was for.
func moveToHeader(r *http.Request, claim *signers.Claim) {
	_, query, asked := strings.Cut(claim.Target, "?")
	r.RequestURI = claim.Target
	r.URL.RawQuery = query
	r.URL.ForceQuery = asked && query == ""
	r.Header["Authorization"] = []string{claim.Placeholder}
}

// Problem is the answer to a request that is refused.
func Problem(verdict Verdict) *outbound.Problem {
	return outbound.AppProblem(verdict.Reason, verdict.Detail, verdict.Wait)
}
