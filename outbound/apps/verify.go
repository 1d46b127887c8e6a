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
	"github.com/vendorsign/vendorsign/signers"
)

// Verdict is what Verify found. It belongs to one request.
type Verdict struct {
	// Reason says why the request is refused, one of Reasons; empty: it is an app's, and may pass.
	Reason string
	// Detail says more, for the operator's log, and quotes nothing of the request.
	Detail string
	// App is the configured name of the app that has the key. Whether it made the request is only known if Reason is empty, or is
	// one of those that Proved reports.
	App string
	// Verified is the app as the signer knows it, with what the request has used up; nil: the request is refused.
	Verified *outbound.App
	// Wait is how long the app has to wait, if Reason is Rate. It becomes Retry-After.
	Wait time.Duration
	// Cause is the mistake that makes a wrong signature, if it was looked for and found: one of docs/causes.md. See BlameOf.
	Cause string

	spent *spent // nil: nothing
	key   string // the key ID, if an app has it: see Watch
}

// ReadClaim reads what the head of m, as the app sent it, says of a signature. Without a claim there is none to verify, and
// err says why; with one, err is for Verify to judge. "OPTIONS *" and absolute targets are refused here: signers make a
// signature for a path alone.
func ReadClaim(v *Verifier, m *signers.Message) (*signers.Claim, error) {
	if strings.HasPrefix(m.Target, "/") {
		return v.read(m)
	}
	return nil, errNoPath
}

// errNoPath is fixed: a text with the target would bring a client's bytes into the log.
var errNoPath = errors.New("only requests for a path are signed by apps")

// NoSignature is the verdict about a request that has no claim, for the reason that ReadClaim says.
func NoSignature(err error) *Verdict { return &Verdict{Reason: Unsigned, Detail: err.Error()} }

// Traits are those of the scheme's signers, which say how much of a body a signature covers, changed by what the claim says
// of this request. A body that is covered is needed in any case if the signature says its hash, and not at all if the vendor permits
// to leave it out (UNSIGNED-PAYLOAD of S3).
func Traits(v *Verifier, claim *signers.Claim) signers.Traits {
	t := v.traits
	if claim.Unsigned {
		t.Body = signers.NoBody
	}
	if claim.BodyHash != "" {
		t.Streams = nil
	}
	return t
}

// Verify judges a request by what ReadClaim found. m has as much of the body as the signature covers, and r is the request
// for the rules that ask for more than its head. Whether the signature fits or not, making it again for comparison takes the
// same work for a known and for an unknown key:
//
//	the current key fits   -> one proof
//	it does not            -> a second proof, with the previous key or the dummy
//	the key is unknown     -> two proofs with another app's keys, and the body's hash
//
// Times differ only between an app that has proved itself and everybody else. It may be called concurrently, and changes
// nothing of r and m but claim.Header.
func Verify(v *Verifier, claim *signers.Claim, err error, r *http.Request, m *signers.Message, now time.Time) *Verdict {
	if m.Header["Connection"] != nil {
		withoutNominated(claim, m) // anybody may add one, and so take signed headers away
	}
	// One table for the whole request: an app that is revoked meanwhile is judged as before, as one that arrived a moment
	// earlier.
	t := v.table.Load().(*table)
	app := t.byKey[claim.Key]
	if app == nil {
		return unknown(v, t, claim, err, m)
	}
	verdict := &Verdict{App: app.name, key: claim.Key}
	if proves(v, app.current, claim, m, true) {
		// Usually nothing is left to compare once a signature matches.
		if err != nil || claim.WithBody != nil || claim.BodyHash != "" {
			doubt(verdict, claim, err, m, true)
		}
	} else {
		standIn(t, v.seed, claim.Key) // an unknown key takes this work, too
		doubt(verdict, claim, err, m, proves(v, previousOf(v, app), claim, m, true))
	}
	if verdict.Reason == "" {
		judge(v, app, claim, r, m, now, verdict)
	}
	return verdict
}

// doubt fills the verdict on a request if it is not the app's own; otherwise the verdict's reason stays empty.
func doubt(verdict *Verdict, claim *signers.Claim, err error, m *signers.Message, matches bool) {
	reason, detail := unproved(claim, err, m, matches)
	verdict.Reason = reason
	verdict.Detail = detail
}

// unknown is the verdict about a key that no app has. The keys of some app make the signature again, and whatever they make is
// no match: known is false. The claim's other faults are looked for as well, and then replaced by the reason Key.
func unknown(v *Verifier, t *table, claim *signers.Claim, err error, m *signers.Message) *Verdict {
	current, previous := v.dummy, v.dummy
	if app := standIn(t, v.seed, claim.Key); app != nil {
		current = app.current
		previous = previousOf(v, app)
	}
	proves(v, current, claim, m, false)
	proves(v, previous, claim, m, false)
	verdict := new(Verdict)
	doubt(verdict, claim, err, m, false) // the hash of a body takes longer than all signatures
	verdict.Reason = Key
	verdict.Detail = "no app has the key of this signature"
	return verdict
}

// withoutNominated takes the headers that Connection nominates out of what was signed (RFC 9110 section 7.6.1). Proxies
// between the app and the gateway remove them, so that a signature that covers one is not the app's own any more.
func withoutNominated(claim *signers.Claim, m *signers.Message) {
	h := claim.Header
	if h == nil {
		h = m.Header
	}
	claim.Header = outbound.Onward(h, m.Header["Connection"])
}

// unproved says why a request is not the app's, and more for the log; nothing if it is. Its order is that of the reasons: a
// date that cannot be read makes every signature wrong, and is the better answer.
func unproved(claim *signers.Claim, err error, m *signers.Message, matches bool) (string, string) {
	if errors.Is(err, signers.ErrClaimDate) {
		return Date, signers.Detail(err)
	}
	if err != nil {
		return Uncovered, signers.Detail(err)
	}
	// Length is -1 for a chunked body, which may yet be empty: it is refused as well.
	if claim.WithBody != nil && (len(m.Body) > 0 || m.Length != 0) {
		return Uncovered, signers.Detail(claim.WithBody)
	}
	if claim.BodyHash != "" {
		// A body that was cut off at maxBody, or that ended early, has fewer bytes than it announced: the hash of a part must
		// not pass for the whole.
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
