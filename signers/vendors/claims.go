//go:build go1.21

package vendors

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The claims of ThreatConnect, Darktrace and Cortex, whose clients send all that they sign with. Duo's is in duoclaim.go.

// What is wrong with a signature: texts that are made once, since interpreted each call in a
// function's source costs memory. They name headers and quote nothing of the client's.
var (
	errNoThreatConnectClaim = fmt.Errorf("threatconnect: no Authorization: TC with an access ID and a signature: %w", signers.ErrUnsigned)
	errThreatConnectDate    = fmt.Errorf("threatconnect: no Timestamp in unix seconds: %w", signers.ErrClaimDate)
	errNoDarktraceClaim     = fmt.Errorf("darktrace: no DTAPI-Token and DTAPI-Signature: %w", signers.ErrUnsigned)
	errDarktraceBody        = fmt.Errorf("darktrace: with a body the signature leaves the query out: %w", signers.ErrUncovered)
	errDarktraceDate        = fmt.Errorf("darktrace: no DTAPI-Date as in 20260102T030405: %w", signers.ErrClaimDate)
	errNoCortexClaim        = fmt.Errorf("cortex: no Authorization, x-xdr-auth-id and x-xdr-nonce of an advanced key: %w", signers.ErrUnsigned)
	errCortexDate           = fmt.Errorf("cortex: no x-xdr-timestamp in unix milliseconds, or a nonce of other characters than ASCII's: %w",
		signers.ErrClaimDate)
)

// claimThreatConnect reads the signature of a client of ThreatConnect's. It covers method and
// target, and never the body.
//
//	Authorization: TC 12345678901234567890:/vgnR9n5qXc3xvx6S/vBzevFwFXYaDvbayHRneybzU4=
//	Timestamp: 1767323045
//
// is a Claim with the key 12345678901234567890, the proof after the colon and the date 1767323045.
// Whether the date is recent, and the proof right, is for the caller to find out.
func claimThreatConnect(m *signers.Message) (*signers.Claim, error) {
	found := threatConnectProof.FindStringSubmatch(signers.Single(m.Header, "Authorization"))
	// The proof is compared as a text. Other characters than those of base64 can be no proof, and
	// may not get further.
	if found == nil || strings.Trim(found[2], base64Digits) != "" {
		return nil, errNoThreatConnectClaim
	}
	at := &signers.Moment{Date: signers.Single(m.Header, "Timestamp")}
	c := &signers.Claim{Key: found[1], Proof: found[2], Target: m.Target, Unsigned: true, At: at}
	when, ok := unixTime(at.Date, time.Second)
	if !ok {
		return c, errThreatConnectDate
	}
	at.Time = when
	return c, nil
}

// threatConnectProof matches the header: found[1] is the access ID, found[2] the signature.
var threatConnectProof = threatConnectPattern()

func threatConnectPattern() *wire.Pattern {
	p, _ := wire.NewPattern("TC ", ":", "") // yaegi cannot initialise a variable of the package with one of two results
	return p
}

// base64Digits are what a signature in base64 consists of.
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// proveThreatConnect makes the signature of a message in base64, as threatConnect.Sign does. The
// text is hashed in the client's own spelling of the target. made is a signer with access ID and
// secret key, since Claims name these options.
func proveThreatConnect(made signers.Signer) signers.ProveFunc {
	s := made.(*threatConnect)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		return base64.StdEncoding.EncodeToString(wire.MAC(s.macs, []byte(m.Target+":"+m.Method+":"+at.Date))), nil
	}
}

// unixTime reads how many seconds or milliseconds have passed since 1970. A number with a sign or
// with zeros in front is refused, and so is one of the other unit: the app's clock is right then, and
// its date is not. The bounds, 1973 and 5138, are far from any time that is accepted.
//
//	unixTime("1767323045", time.Second)              2026-01-02 03:04:05
//	unixTime("1767323045678", time.Second)           not ok
//	unixTime("1767323045678", time.Millisecond)      2026-01-02 03:04:05.678
//	unixTime("1767323045", time.Millisecond)         not ok
//	unixTime("+1767323045", time.Second)             not ok
func unixTime(text string, unit time.Duration) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1e8 || n >= 1e14 || text[0] == '0' || text[0] == '+' {
		return time.Time{}, false
	}
	if unit == time.Millisecond {
		return time.UnixMilli(n), n >= 1e11
	}
	return time.Unix(n, 0), n < 1e11
}

// claimDarktrace reads the signature of a client of Darktrace's. It covers a target without a body,
// or a path with a body; a query in addition to a body is not covered. A query that was signed
// decoded is not accepted: ?a=1%26b=2 and ?a=1&b=2 are one then, and whoever sees the one request
// could send the other.
func claimDarktrace(m *signers.Message) (*signers.Claim, error) {
	at := &signers.Moment{Date: signers.Single(m.Header, "Dtapi-Date")}
	c := &signers.Claim{Key: signers.Single(m.Header, "Dtapi-Token"), Proof: signers.Single(m.Header, "Dtapi-Signature"), Target: m.Target,
		At: at}
	if c.Key == "" || c.Proof == "" {
		return nil, errNoDarktraceClaim
	}
	// Whether there is a body is not known before it is read.
	if strings.Contains(m.Target, "?") {
		c.WithBody = errDarktraceBody
	}
	for _, layout := range darktraceLayouts {
		// The signature covers the date's text, so it must be kept verbatim; only its time is read
		// here.
		if when, err := time.Parse(layout, at.Date); err == nil {
			at.Time = when
			return c, nil
		}
	}
	return c, errDarktraceDate
}

// darktraceLayouts are the forms of a date that appliances take, in UTC where they have no offset.
var darktraceLayouts = []string{"20060102T150405", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05"}

// proveDarktrace makes the signature of a message in hex. The gateway's option for the order of the
// query does not apply: the client signed the query that it sent. Claims.Fixed sets query_order
// as_sent for that.
func proveDarktrace(made signers.Signer) signers.ProveFunc {
	s := made.(*darktrace)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		text := m.Target
		if len(m.Body) > 0 || strings.ContainsAny(text, s.marks) {
			var err error
			if text, err = darktraceText(s, &signers.Message{Target: text, Body: m.Body}); err != nil {
				return "", err
			}
		}
		return wire.HexMAC(s.macs, text, m.Body, s.middle, at.Date), nil
	}
}

// claimCortex reads the signature of a client of Cortex's with an advanced key. It is a hash of
// key, nonce and timestamp, and covers nothing of the request. SHA-256 of a text that begins with
// the key can be extended, by bytes that are no printable ASCII: whoever knows the hash of a text
// can compute that of the text, its padding and more. The padding begins with the byte 0x80, so a
// nonce of printable characters and a timestamp of digits exclude it.
func claimCortex(m *signers.Message) (*signers.Claim, error) {
	at := &signers.Moment{Nonce: signers.Single(m.Header, "X-Xdr-Nonce"), Date: signers.Single(m.Header, "X-Xdr-Timestamp")}
	c := &signers.Claim{Key: signers.Single(m.Header, "X-Xdr-Auth-Id"), Proof: signers.Single(m.Header, "Authorization"), Target: m.Target,
		Unsigned: true, At: at}
	if c.Key == "" || c.Proof == "" || at.Nonce == "" {
		return nil, errNoCortexClaim
	}
	when, ok := unixTime(at.Date, time.Millisecond)
	if !ok || len(at.Nonce) > maxNonce || !cortexNonce.MatchString(at.Nonce) {
		return c, errCortexDate
	}
	at.Time = when
	return c, nil
}

// cortexNonce matches printable characters.
var cortexNonce = regexp.MustCompile(`^[!-~]+$`)

// maxNonce is how long a client's nonce may be, in bytes: vendors' clients use 64. Nonces are
// remembered, so that each is taken once, and a client must not choose how much memory that takes.
const maxNonce = 256

// proveCortex makes the hash of a message with an advanced key. Claims.Fixed sets key_type
// advanced: a standard key proves nothing but itself.
func proveCortex(made signers.Signer) signers.ProveFunc {
	s := made.(*cortex)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		sum := sha256.Sum256([]byte(s.key + at.Nonce + at.Date))
		return hex.EncodeToString(sum[:]), nil
	}
}
