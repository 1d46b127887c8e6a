//go:build go1.21

package apps

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// Verdict is what Verify found.
type Verdict struct {
	// Reason says why the request is refused, one of Reasons; empty: it is an app's, and may pass.
	Reason string
	// Detail says more, for the operator's log, and quotes nothing of the request.
	Detail string
	// App is the configured name of the app that has the key. Whether it made the request is only known if Reason is empty, or is
	// one of those that Proved reports.
	App string
	// Verified is the app as the signer knows it; nil: the request is refused.
	Verified *outbound.App
	// Wait is how long the app has to wait, if Reason is Rate.
	Wait time.Duration
}

// Seen is what the head of a request says of its signature.
type Seen struct {
	claim signers.Claim
	err   error
}

// Look reads what the head of m, as the app sent it, says of a signature. It is not ok if there is none to verify.
func Look(v *Verifier, m *signers.Message) (*Seen, bool) {
	claim, err := v.claims.Read(m)
	return &Seen{claim: claim, err: err}, !errors.Is(err, signers.ErrUnsigned)
}

// NoSignature is the verdict about a request for which Look is not ok.
func NoSignature(s *Seen) Verdict { return Verdict{Reason: Unsigned, Detail: s.err.Error()} }

// Traits are those of the scheme's signers, which say how much of a body a signature covers. The body is needed in any case if
// the signature says its hash.
func Traits(v *Verifier, s *Seen) signers.Traits {
	t := v.traits
	if s.claim.Unsigned {
		t.Body = signers.NoBody
	}
	if s.claim.BodyHash != "" {
		t.Body = signers.WholeBody // each on its own line: yaegi cannot assign nil among several values
		t.Streams = nil
		t.BodyFirst = 0
		t.BodyMethods = nil
	}
	return t
}

// Verify judges a request by what Look found. m has as much of the body as the signature covers, and r is the request for the
// rules that ask for more than its head. Whatever becomes of the signature, making it anew for comparison takes the same work for
// a known and for an unknown key.
func Verify(v *Verifier, s *Seen, r *http.Request, m *signers.Message, now time.Time) Verdict {
	claim := &s.claim
	if nominations, ok := m.Header["Connection"]; ok && !(len(nominations) == 1 && nominations[0] == "keep-alive") {
		claim.Header = outbound.Onward(claim.Header, nominations) // anybody may add one, and take signed headers out of the request
	}
	app := v.table.Load().(*table).byKey[claim.Key]
	current, previous := v.dummy, v.dummy
	if app != nil {
		current = app.current
		if app.previous != nil {
			previous = app.previous
		}
	}
	matches := proves(v, current, claim, m)
	if !matches {
		matches = proves(v, previous, claim, m)
	}
	if app == nil {
		return Verdict{Reason: Key, Detail: "no app has the key of this signature"}
	}
	verdict := Verdict{App: app.name}
	verdict.Reason, verdict.Detail = unproved(s, m, matches)
	if verdict.Reason == "" {
		judge(v, app, claim, r, m, now, &verdict)
	}
	if verdict.Reason == "" {
		verdict.Verified = app.app
	}
	return verdict
}

// proves reports whether the key makes the signature that the claim has, with one of the options that the app may have signed
// with. Without a match all of them are tried.
func proves(v *Verifier, k *localKey, claim *signers.Claim, m *signers.Message) bool {
	tries := claim.Tries
	if len(tries) == 0 {
		tries = noTries
	}
	proof := []byte(claim.Proof)
	for i := range tries {
		sign := signerFor(k, v.scheme, tries[i])
		if sign == nil {
			continue
		}
		made, ok := proofBy(v, sign, claim, m, m.Scheme)
		if ok && hmac.Equal([]byte(made), proof) {
			return k != v.dummy
		}
		if v.claims.Scheme {
			made, ok = proofBy(v, sign, claim, m, otherScheme(m.Scheme))
			if ok && hmac.Equal([]byte(made), proof) {
				return k != v.dummy
			}
		}
	}
	return false
}

// proofBy is the proof that the app makes if it has signed for this scheme of the URL. It is not ok if none can be made.
func proofBy(v *Verifier, sign signFunc, claim *signers.Claim, m *signers.Message, scheme string) (string, bool) {
	own := *m
	own.Scheme, own.Target = scheme, claim.Target
	own.Header = make(http.Header, len(claim.Header)+4)
	for name, values := range claim.Header {
		own.Header[name] = values
	}
	if sign(&own, &claim.At) != nil {
		return "", false
	}
	made := v.claims.Proof(&own)
	return made, true
}

func otherScheme(scheme string) string {
	if scheme == "http" {
		return "https"
	}
	return "http"
}

var noTries = []signers.Try{{}}

// unproved says why a request is not the app's, and more for the log; nothing if it is.
func unproved(s *Seen, m *signers.Message, matches bool) (string, string) {
	claim := &s.claim
	if errors.Is(s.err, signers.ErrClaimDate) {
		return Date, text(s.err, signers.ErrClaimDate)
	}
	if s.err != nil {
		return Uncovered, text(s.err, signers.ErrUncovered)
	}
	if claim.WithBody != nil && (len(m.Body) > 0 || m.Length != 0) {
		return Uncovered, text(claim.WithBody, signers.ErrUncovered)
	}
	if claim.BodyHash != "" {
		sum := sha256.Sum256(m.Body)
		if int64(len(m.Body)) < m.Length || !hmac.Equal([]byte(hex.EncodeToString(sum[:])), []byte(claim.BodyHash)) {
			return Body, "the body does not have the hash that the signature says"
		}
	}
	if !matches {
		return Signature, "it was made with another secret, or for another method, host, path, query or body"
	}
	return "", ""
}

// text is what an error says in addition to the kind that it wraps.
func text(err, kind error) string { return strings.TrimSuffix(err.Error(), ": "+kind.Error()) }

// judge fills the verdict on a request that is an app's own: whether it comes in time and for the first time, and whether the app
// may make it. Only a request that may pass is remembered as used.
func judge(v *Verifier, app *entry, claim *signers.Claim, r *http.Request, m *signers.Message, now time.Time, verdict *Verdict) {
	date := claim.At.Time
	age := now.Sub(date)
	if age > v.window {
		verdict.Reason, verdict.Detail = Clock, "the signature is too old for the option window"
		return
	}
	if age < -v.window {
		verdict.Reason, verdict.Detail = Clock, "the signature is from the future: compare the clocks"
		return
	}
	if claim.Life > 0 && age > claim.Life {
		verdict.Reason, verdict.Detail = Clock, "the signature has expired, as it says itself"
		return
	}
	if app.revoked {
		verdict.Reason, verdict.Detail = Revoked, "the key is revoked"
		return
	}
	if !app.expires.IsZero() && !now.Before(app.expires) {
		verdict.Reason, verdict.Detail = Revoked, "the key has expired"
		return
	}
	safe := safeMethods[m.Method]
	once := v.replay == replayRefuse || v.replay == replayUnsafe && !safe // a second use is refused
	if once {
		if wasUsed(v.memory, claim.Proof, now) {
			verdict.Reason, verdict.Detail = Replay, "the signature was used before"
			return
		}
		if early(v, date, now) {
			verdict.Reason, verdict.Detail = Replay, "the signature is from before the start of the gateway, which cannot tell whether it was used"
			return
		}
	}
	if p := outbound.Permit(app.rights, r, m); p != nil {
		verdict.Reason, verdict.Detail = Rights, "the app's allow has no entry for this method and path"
		return
	}
	place := reserve(app, m, now, verdict)
	if verdict.Reason != "" || !once && (v.replay == replayAllow || v.claims.Method) {
		return
	}
	reason := remember(v.memory, claim.Key, claim.Proof, now)
	if reason == "" || !once {
		return // a harmless request passes, even if it is a second one or there is no room
	}
	limits.Cancel(place)
	verdict.Reason, verdict.Detail = reason, "the signature was used before"
	if reason == Full {
		verdict.Detail = "the app has used so many signatures within the window that no more can be remembered"
	}
}

// safeMethods change nothing, so that it is no harm if they come twice.
var safeMethods = map[string]bool{"GET": true, "HEAD": true, "OPTIONS": true}

// early reports whether a signature may have been used before the verifier began to remember. After a period none may.
func early(v *Verifier, date, now time.Time) bool {
	if v.start.IsZero() || now.Sub(v.start) > v.window+v.claims.Coarse {
		return false
	}
	if v.claims.Coarse > 0 {
		date = date.Truncate(v.claims.Coarse)
	}
	return date.Before(v.start)
}

// reserve takes a place in the app's own rates, or fills the verdict.
func reserve(app *entry, m *signers.Message, now time.Time, verdict *Verdict) *limits.Reservation {
	if len(app.rates) == 0 {
		return nil
	}
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
