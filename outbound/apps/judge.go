//go:build go1.21

package apps

import (
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// judge fills the verdict on a request that is an app's own: whether it comes in time and for the first time, and whether the
// app may make it. Only a request that may pass is remembered as used.
//
// The order of its checks is that of the reasons: clock, revoked, replay, rights, rate. The branches at its end have the same
// result as judgeUse, with less work for the most frequent apps:
//
//	allow or rate                          -> judgeUse
//	no signature may come twice            -> judgeOnce
//	the method may come twice              -> passes, without a look at the memory
//	else                                   -> judgeUse
func judge(v *Verifier, app *entry, claim *signers.Claim, r *http.Request, m *signers.Message, now time.Time, verdict *Verdict) {
	// Both directions count: a signature that is dated ahead could be kept and used later.
	age := now.Sub(claim.At.Time)
	if age.Abs() > v.window {
		mistimed(v, claim, age, verdict)
		return
	}
	if claim.Life > 0 {
		if mistimed(v, claim, age, verdict) {
			return
		}
	}
	if app.ends {
		if ended(app, now, verdict) {
			return
		}
	}
	if app.limited {
		judgeUse(v, app, claim, r, m, now, verdict)
		return
	}
	if v.once {
		judgeOnce(v, app, claim, r, now, verdict)
		return
	}
	if v.harmless[m.Method] {
		verdict.Verified = app.app
		return
	}
	judgeUse(v, app, claim, r, m, now, verdict)
}

// judgeOnce is judgeUse for an app without allow and rate, where no signature may be used twice. Whether it is remembered
// need not be asked first: remember says so, and so takes the lock of the memory once.
func judgeOnce(v *Verifier, app *entry, claim *signers.Claim, r *http.Request, now time.Time, verdict *Verdict) {
	memory := v.memory
	if claim.At.Time.Unix() < memory.unsure.Load() {
		if repeated(v, claim, r, now, verdict) {
			return
		}
	}
	reason := remember(memory, claim.Key, claim.Proof, now)
	if reason != "" {
		if reason == Replay && attempted(r, claim) {
			verdict.Verified = app.app
			return
		}
		unremembered(reason, verdict)
		return
	}
	// The signature fits no other method and path, so that it is given back if the request is not sent (see GiveBack). Where
	// it leaves the method out, it could be used for another request meanwhile, and stays used.
	if v.claims.Method {
		verdict.Verified = withSpent(app.app, &spent{memory: memory, key: claim.Key, proof: claim.Proof})
		return
	}
	verdict.Verified = app.app
}

// judgeUse is judge for what depends on earlier requests, and on the app's own allow and rate. It takes a place in the rate
// before the signature is remembered, and gives it back if the signature turns out to be used; so neither is spent for a
// request that is refused.
func judgeUse(v *Verifier, app *entry, claim *signers.Claim, r *http.Request, m *signers.Message, now time.Time, verdict *Verdict) {
	once := v.replay == replayRefuse || v.replay == replayUnsafe && !safeMethods[m.Method] // a second use is refused
	// Asked before the rights, though spend asks again: whoever repeats a captured request must not learn what the app may
	// do.
	if once && repeated(v, claim, r, now, verdict) {
		return
	}
	if app.rights != nil && outbound.Permit(app.rights, r, m) != nil {
		verdict.Reason, verdict.Detail = Rights, "the app's allow has no entry for this method and path"
		return
	}
	var place *limits.Reservation
	if len(app.rates) > 0 {
		place = reserve(app, m, now, verdict)
	}
	if verdict.Reason != "" {
		return
	}
	// A harmless request is remembered too where its signature leaves the method out: a captured GET could be sent as a POST.
	if once || v.replay != replayAllow && !v.claims.Method {
		spend(v, claim, once, place, r, now, verdict)
	} else if place != nil {
		verdict.spent = &spent{place: place}
	}
	if verdict.Reason != "" {
		return
	}
	verdict.Verified = app.app
	if verdict.spent != nil {
		verdict.Verified = withSpent(app.app, verdict.spent)
	}
}

// mistimed reports whether a signature does not come in time, and fills the verdict if so. Life is a client's own limit, such
// as X-Amz-Expires of a presigned URL; it can only shorten the window.
func mistimed(v *Verifier, claim *signers.Claim, age time.Duration, verdict *Verdict) bool {
	switch {
	case age > v.window:
		verdict.Detail = "the signature is too old for the option window"
	case age < -v.window:
		verdict.Detail = "the signature is from the future: compare the clocks"
	case claim.Life > 0 && age > claim.Life:
		verdict.Detail = "the signature has expired, as it says itself"
	default:
		return false
	}
	verdict.Reason = Clock
	return true
}

// ended reports whether the key of an app with an end is no longer good, and fills the verdict if so. It is asked after the proof:
// only the app itself learns that its key is revoked.
func ended(app *entry, now time.Time, verdict *Verdict) bool {
	if app.revoked {
		verdict.Reason, verdict.Detail = Revoked, "the key is revoked"
		return true
	}
	if !now.Before(app.expires) {
		verdict.Reason, verdict.Detail = Revoked, "the key has expired"
		return true
	}
	return false
}

// repeated reports whether a signature was used before, or may have been, and fills the verdict if so. It remembers nothing.
func repeated(v *Verifier, claim *signers.Claim, r *http.Request, now time.Time, verdict *Verdict) bool {
	if wasUsed(v.memory, claim.Proof, now) && !attempted(r, claim) {
		verdict.Reason, verdict.Detail = Replay, "the signature was used before"
		return true
	}
	if early(v, claim.At.Time, now) {
		verdict.Reason, verdict.Detail = Replay, "the signature is from before the start of the gateway, which cannot tell whether it was used"
		return true
	}
	if forgotten(v, claim.At.Time) {
		verdict.Reason, verdict.Detail = Replay, "the gateway's clock was set back, and it cannot tell whether the signature was used before that"
		return true
	}
	return false
}

// forgotten reports whether a signature of this date may have been used and is forgotten: see Memory.
func forgotten(v *Verifier, date time.Time) bool {
	if v.claims.Coarse > 0 {
		date = date.Truncate(v.claims.Coarse)
	}
	return date.Unix() < v.memory.lost.Load()
}

// spend remembers a signature as used, or fills the verdict and gives back the place in the rates. Between repeated and here
// another request may have used it: remember decides, under its lock.
func spend(
	v *Verifier, claim *signers.Claim, once bool, place *limits.Reservation, r *http.Request, now time.Time, verdict *Verdict,
) {
	reason := remember(v.memory, claim.Key, claim.Proof, now)
	if reason == "" || !once && reason != Full {
		// A harmless request whose signature fits other methods passes, even if it is a second one, but not without room. Its
		// signature stays remembered even if the request is not sent: who has seen it could use it for something else.
		if once && v.claims.Method {
			verdict.spent = &spent{memory: v.memory, key: claim.Key, proof: claim.Proof, place: place}
		} else if place != nil {
			verdict.spent = &spent{place: place}
		}
		return
	}
	// The attempt before has it: there is nothing that this one could give back but its place.
	if reason == Replay && attempted(r, claim) {
		if place != nil {
			verdict.spent = &spent{place: place}
		}
		return
	}
	limits.Cancel(place)
	unremembered(reason, verdict)
}

// unremembered fills the verdict on a signature that remember refuses: Replay or Full. Full is a 503, since the same request
// is right later.
func unremembered(reason string, verdict *Verdict) {
	verdict.Reason = reason
	verdict.Detail = "the signature was used before"
	if reason == Full {
		verdict.Detail = "the app has used so many signatures within the window that no more can be remembered"
	}
}

// safeMethods change nothing (RFC 9110 section 9.2.1), so that it is no harm if they come twice.
var safeMethods = map[string]bool{"GET": true, "HEAD": true, "OPTIONS": true}

// early reports whether a signature may have been used before the verifier began to remember: its date is before the start.
// After a period none may, since all of those are outside the window by then. A coarse date is taken for the first moment
// that it can mean:
//
//	start 10:20, Coarse 1h: 10:05 -> early; 10:40 -> 10:00, early as well; 11:00 -> not early
func early(v *Verifier, date, now time.Time) bool {
	if v.start.IsZero() || now.Sub(v.start) > v.window+v.claims.Coarse {
		return false
	}
	if v.claims.Coarse > 0 {
		date = date.Truncate(v.claims.Coarse)
	}
	return date.Before(v.start)
}

// reserve takes a place in the app's own rates, if one counts this path, or fills the verdict. It returns nil without an
// error if no rate counts the path. The query does not count: a limit for /logs/** is one for all queries.
func reserve(app *entry, m *signers.Message, now time.Time, verdict *Verdict) *limits.Reservation {
	path, _, _ := strings.Cut(m.Target, "?")
	counting := limits.Counting(app.rates, path)
	if len(counting) == 0 {
		return nil
	}
	place, wait := limits.Reserve(app.windows, counting, now, 0)
	if place == nil {
		verdict.Reason, verdict.Detail, verdict.Wait = Rate, "the app's own limit, its option rate, is reached", wait
	}
	return place
}
