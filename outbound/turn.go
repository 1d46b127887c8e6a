//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
)

// Counted reports whether the rates of the credential count the request, so that it matters whether it was sent.
func (o Outcome) Counted() bool { return o.turn != nil }

// Unsent gives back the place that a signed request took in the rates of the credential. It is for a request of which not
// a byte was sent: the client left before, the upstream could not be reached, or the credential may not be sent to it.
func (o Outcome) Unsent() { limits.Cancel(o.turn) }

// RatePaths makes the matcher of a rate's paths for limits.ParseRates, as in "/logs/**". It compares the path as it was sent,
// and as a lenient server reads it: /Logs%2Fx counts, too. A rate that counts a request too many is safe; one that a spelling
// escapes is not.
func RatePaths(patterns string) (func(path string) bool, error) {
	patterns = anyMethod + " " + patterns
	list, err := newRules([]string{patterns, strings.ToLower(patterns)}) // also in the letter case of plainPath
	if err != nil {
		return nil, err
	}
	return func(path string) bool {
		return listed(list, anyMethod, path) || listed(list, anyMethod, plainPath(path))
	}, nil
}

// countingRates are the rates that count requests for target; nil: none. Rates without paths count all.
func countingRates(c *credential, target string) []*limits.Rate {
	if len(c.rates) == 0 {
		return nil
	}
	path, _, _ := strings.Cut(target, "?")
	return limits.Counting(c.rates, path)
}

// spareFor is how many places in the rates a request leaves to others: one for the next probe while the previous credential
// is used, because otherwise clients that use up the rate would keep it in use.
func spareFor(signed *Outcome) int {
	if signed.credential.old && !signed.probe {
		return 1
	}
	return 0
}

// mayGo refuses a request while the vendor wants a pause, or while there is no place in the rates. It takes none yet: the
// request may still fail other checks, and its body may take long to arrive. signed.round is set for learnPause: an answer to
// a request that was let through during a pause tells about the pause.
func mayGo(signed *Outcome, counting []*limits.Rate, now time.Time, target string) *Problem {
	c := signed.credential
	if pauses := &c.account.pauses; limits.Pausing(pauses, now.Unix()) {
		left, round := limits.PauseFor(pauses, pausePath(target), now)
		signed.round = round
		if left > 0 && c.patient {
			return waitProblem(kindPause, "the vendor asked for a pause, which is not over", time.Duration(left)*time.Second)
		}
	}
	if len(counting) == 0 {
		return nil
	}
	if wait, ok := limits.CanReserve(c.windows, counting, now, spareFor(signed)); !ok {
		return rateProblem(wait)
	}
	return nil
}

// waitTurn takes a place in the rates once everything else that the signature needs is there, and waits until it is due,
// which only a rate with a queue permits. waited says that time has passed, so that the moment must be taken again. With a
// problem a place that was taken is in signed.turn nevertheless, and undo gives it back.
func waitTurn(g *Gate, r *http.Request, signed *Outcome, counting []*limits.Rate, target string) (waited bool, p *Problem) {
	// Between CanReserve and here others may have taken the last place.
	place, wait := limits.Reserve(signed.credential.windows, counting, g.Now(), spareFor(signed))
	if place == nil {
		return false, rateProblem(wait)
	}
	signed.turn = place
	if wait > 0 {
		due := time.NewTimer(wait)
		defer due.Stop()
		select {
		case <-due.C:
		case <-r.Context().Done():
			return true, waitProblem(kindRate, "the client left while its request waited for its turn", wait)
		}
		return true, mayGo(signed, nil, g.Now(), target) // the vendor may have asked for a pause meanwhile
	}
	// The place is given back by undo: nobody waits for the answer.
	if r.Context().Err() != nil {
		return false, waitProblem(kindRate, "the client left before its request was sent", time.Second)
	}
	return false, nil
}

// rateProblem is a 429 of the gateway's own limit.
func rateProblem(wait time.Duration) *Problem {
	return waitProblem(kindRate, "the credential's own limit, the option rate, is reached", wait)
}

// waitProblem is a problem with a Retry-After in whole seconds, rounded up.
func waitProblem(k kind, detail string, wait time.Duration) *Problem {
	p := problem(k, detail)
	p.RetryAfter = int((wait + time.Second - 1) / time.Second)
	return p
}

// learnPause obeys the Retry-After of an answer, which may be a 429 or 503 (RFC 9110, 10.2.3). The pause is for the path that
// was refused, and for others for a short while: see package limits.
func learnPause(g *Gate, c *credential, a Answer, now time.Time) {
	pauses := &c.account.pauses
	// An ordinary answer to a request that was let through during a pause shows that the pause is over.
	if !limits.MayAskPause(a.Status, a.Header) {
		if a.Signed.round > 0 {
			limits.EndPause(pauses, now)
		}
		return
	}
	wait := limits.PauseAsked(a.Status, a.Header, now)
	if wait <= 0 || !c.patient {
		return
	}
	target := a.Target
	if target == "" {
		target = a.Signed.Target
	}
	news := limits.BeginPause(pauses, pausePath(target), a.Signed.round, wait, now)
	invalidate(g)
	if news != "" {
		tell(g, news)
	}
}

// pausePath is the part of a target that a pause applies to: the path, whatever its spelling, without the query:
// /V1/users/?page=2 -> /v1/users.
func pausePath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return plainPath(path)
}
