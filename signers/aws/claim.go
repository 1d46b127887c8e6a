//go:build go1.21

package aws

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// What an app claims of its own signature, in Moment.Hint with region and service: the signed
// headers in their order, what is given for the body, and with a signature in the query its
// lifetime in seconds and session token. prepare then makes the canonical request that the app must
// have signed.
const (
	claimedNames   = "claimed names"
	claimedPayload = "claimed payload"
	claimedExpires = "claimed expires"
	claimedToken   = "claimed token" // a session token in the query
)

// What is wrong with a signature: texts that are made once, since interpreted each call in a function's source costs memory.
var (
	errNoClaim   = fmt.Errorf("aws: no signature of %s that can be read, or two: %w", algorithm, signers.ErrUnsigned)
	errClaimDate = fmt.Errorf("aws: no X-Amz-Date as in 20260102T030405Z, or the credential is for another day: %w", signers.ErrClaimDate)
	errNoHost    = fmt.Errorf("aws: the signed headers lack host or x-amz-date: %w", signers.ErrUncovered)
	errExpires   = fmt.Errorf("aws: X-Amz-Expires is not a number of seconds up to seven days: %w", signers.ErrClaimDate)
)

// readClaim reads the signature of a client of AWS's. Nearly all differ from an earlier one in key
// ID, date and signature alone, so what is between them is read once: see middle. Anything unusual
// is left to readAny, which also says what is wrong. It proves nothing: the caller looks the key up
// and makes the signature.
//
//	AWS4-HMAC-SHA256 Credential=AKID / 20260102/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature= / 64 digits
//	start                              between                                                                        proof
func readClaim(m *signers.Message) (*signers.Claim, error) {
	h := m.Header
	values := h["Authorization"]
	if len(values) != 1 {
		return readAny(m)
	}
	start, text, _ := strings.Cut(values[0], "/")
	end := len(text) - proofLength
	if end < 0 {
		return readAny(m)
	}
	between := text[:end]
	// Nothing in between depends on the key, so a lookup takes the same time for a known key and an
	// unknown one.
	middles.mu.RLock()
	found := middles.by[between]
	middles.mu.RUnlock()
	if found == nil {
		return readNew(m, start, between)
	}
	key, isUsual := strings.CutPrefix(start, usualStart+"=")
	if !isUsual {
		return readAny(m)
	}
	if noKey(key) {
		return readAny(m)
	}
	proof := text[end:]
	if strings.Trim(proof, hexDigits) != "" {
		return readAny(m)
	}
	date := signers.Single(h, "X-Amz-Date")
	when, err := time.Parse(dateForm, date)
	if err != nil {
		return readAny(m)
	}
	// AWS derives the key for the day of the scope, which must be that of the date.
	if date[:8] != found.day {
		return readAny(m)
	}
	// A signature in the query has X-Amz-Signature, and most targets have no dash.
	if strings.Contains(m.Target, "-") {
		if signedQuery(m.Target) != "" {
			return readAny(m)
		}
	}
	c := &signers.Claim{Key: key, Proof: proof, Target: m.Target, At: &signers.Moment{Time: when, Date: date, Hint: found.hint}}
	// content-length is a signed header that the server has taken out of the request.
	if found.taken {
		c.Header = withTaken(m)
	}
	if h["X-Amz-Content-Sha256"] != nil {
		return readPayload(c, m, found)
	}
	// Most requests have no other header of AWS's than the date, so there is nothing to search.
	if !wire.OnlyHas(h, plainHeaders) {
		return c, uncoveredHeaders(m, found.names)
	}
	return c, nil
}

// noKey reports whether text cannot be the key ID of a signature that readAny reads. An equals sign
// would begin another part.
func noKey(text string) bool { return text == "" || strings.Contains(text, "=") }

// readPayload adds what the client says of its body, in a hint of its own: that of the middle is
// for all claims. A Claim with an error is refused, and its key is known for the log.
func readPayload(c *signers.Claim, m *signers.Message, found *middle) (*signers.Claim, error) {
	h := m.Header
	if !wire.OnlyHas(h, found.plain) {
		if err := uncoveredHeaders(m, found.names); err != nil {
			return c, err
		}
	}
	payload := header(h, "X-Amz-Content-Sha256")
	if payload == "" {
		return c, nil
	}
	c.At.Hint = hintOf(found.region, found.service, found.signed)
	return c, claimPayload(c, m, payload, found.objects)
}

// readNew is readAny for a signature whose middle is not kept yet. It may be from now on: only
// where readClaim would read the rest of the header exactly as readAny does.
func readNew(m *signers.Message, start, between string) (*signers.Claim, error) {
	c, err := readAny(m)
	key, isUsual := strings.CutPrefix(start, usualStart+"=")
	// The last 64 characters must be the signature alone, or readClaim would split the next header
	// elsewhere.
	if c == nil || len(c.Proof) != proofLength || !strings.HasSuffix(between, "Signature=") {
		return c, err
	}
	if isUsual && !noKey(key) && c.Placeholder == "" && !errors.Is(err, signers.ErrClaimDate) {
		keepMiddle(between, c.At)
	}
	return c, err
}

// readAny is readClaim for any message, in a header or in the query. If several things are wrong,
// its error is about the first.
func readAny(m *signers.Message) (*signers.Claim, error) {
	p := new(proofs)
	if !readProofs(p, m) {
		return nil, errNoClaim
	}
	// A line is made for each name. S3 takes 8 KB of headers in all ("PutObject", S3 API Reference).
	if len(p.names) > maxNames {
		return nil, errNoClaim
	}
	scope := strings.Split(p.credential, "/")
	if noScope(scope) {
		return nil, errNoClaim
	}
	when, err := time.Parse(dateForm, p.date)
	// A key is derived for a day: with the day of another date the signature is refused by AWS.
	if err != nil || scope[1] != p.date[:8] {
		err = errClaimDate
	}
	at := &signers.Moment{Time: when, Date: p.date, Hint: hintOf(scope[2], scope[3], p.names)}
	c := &signers.Claim{Key: scope[0], Proof: p.signature, Target: m.Target, At: at}
	// A lifetime that is wrong counts less than a date that is wrong: the first fault is the one
	// that is reported.
	if p.inQuery {
		if wrong := readPresigned(c, m, p); wrong != nil && err == nil {
			err = wrong
		}
	}
	if taken.MatchString(p.names) {
		c.Header = withTaken(m)
	}
	if err != nil {
		return c, err
	}
	return c, uncovered(c, m, p)
}

// noScope reports whether key ID, region or service are not what they look like. They become a part
// of names under which keys are kept, so a client must not choose long ones, nor other characters.
func noScope(scope []string) bool {
	if len(scope) != 5 {
		return true
	}
	region, service := scope[2], scope[3]
	return scope[0] == "" || scope[4] != "aws4_request" || region == "" || service == "" || len(region) > maxWord || len(service) > maxWord ||
		region[0] == '-' || service[0] == '-' || strings.Trim(region+service, wordLetters) != ""
}

// readPresigned adds what a signature in the query says in addition, and takes its parameters out
// of the target, which the signature does not cover as such: prepare puts them in again. An error
// means that the lifetime is not one that AWS takes.
func readPresigned(c *signers.Claim, m *signers.Message, p *proofs) error {
	c.At.Hint[claimedExpires] = p.expires
	if p.token != "" {
		c.At.Hint[claimedToken] = p.token
	}
	c.Target = wire.WithoutParams(m.Target, ownedNames)
	c.Placeholder = algorithm + " Credential=" + p.credential + ", SignedHeaders=" + p.names + ", Signature=" + p.signature
	seconds, err := strconv.Atoi(p.expires)
	if err != nil || seconds < 1 || int64(seconds) > int64(maxExpires/time.Second) {
		return errExpires
	}
	c.Life = time.Duration(seconds) * time.Second
	return nil
}

// What signatures, regions and services consist of. strings.Trim takes a tenth of the time of a regular expression.
const (
	hexDigits   = "0123456789abcdef"
	wordLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	maxWord     = 63
	maxNames    = 8 << 10 // of all signed headers, with the semicolons
)

// taken are headers that net/http, or the reader of the body, removes from a request. A client may
// sign them all the same, as some sign Content-Length.
var taken = wire.NewWords("content-length", "expect")

// withTaken is a copy of the header of m as it is now, with its Content-Length, so that what is
// removed later is still there to be verified.
func withTaken(m *signers.Message) http.Header {
	h := make(http.Header, len(m.Header)+1)
	for name, values := range m.Header {
		h[name] = values
	}
	if m.Length >= 0 && len(h["Content-Length"]) == 0 {
		h["Content-Length"] = []string{strconv.FormatInt(m.Length, 10)}
	}
	return h
}

// prove makes the signature of a message, in hex, as Sign does. made is a signer of mode re_sign,
// whose hint is that of a Claim.
func prove(made signers.Signer) signers.ProveFunc {
	s := made.(*signer)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		c := new(canonical)
		if err := prepare(s, c, m, at); err != nil {
			return "", err
		}
		return signText(s.keys, c.secret, at.Date, c.scope, stringToSign(c, at.Date)), nil
	}
}
