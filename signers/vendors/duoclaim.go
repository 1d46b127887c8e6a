//go:build go1.21

package vendors

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The versions that a message may have been signed with, the likeliest first: it names none. Those
// whose names end in X are for clients that send the date in X-Duo-Date, as duo_unix and Duo's C#
// client do. Each try costs an HMAC, and one must fit.
var (
	duoFive  = []signers.Try{duoTry("5", "sha512", "date")}
	duoAll   = append(duoFive[:1:1], duoTry("4", "sha512", "date"), duoTry("2", "sha512", "date"))
	duoSHA1  = []signers.Try{duoTry("2", "sha1", "date")}
	duoFiveX = []signers.Try{duoTry("5", "sha512", "x-duo-date")}
	duoAllX  = append(duoFiveX[:1:1], duoTry("4", "sha512", "x-duo-date"), duoTry("2", "sha512", "x-duo-date"))
	duoSHA1X = []signers.Try{duoTry("2", "sha1", "x-duo-date")}
)

// duoTry is one version with its digest and its header of the date. Its name, such as "5 sha512
// date", tells it apart from others among the signers that a gateway keeps for a key.
func duoTry(version, digest, header string) signers.Try {
	return signers.Try{Name: version + " " + digest + " " + header,
		Options: signers.Values{"signature_version": {version}, "digest": {digest}, "date_header": {header}}}
}

// What is wrong with a signature: texts that are made once, since interpreted each call in a function's source costs memory.
var (
	errNoDuoClaim = fmt.Errorf("duo: no Authorization: Basic with an integration key and a signature: %w", signers.ErrUnsigned)
	errDuoHeaders = fmt.Errorf("duo: version 2 leaves out the X-Duo headers: %w", signers.ErrUncovered)
	errDuoDate    = fmt.Errorf("duo: no header Date or X-Duo-Date as in RFC 2822 (version 1 has none; use 2 or later): %w",
		signers.ErrClaimDate)
)

// claimDuo reads the signature of a client of Duo's. Of X-Duo headers only version 5 knows, so with
// one no other version is tried. The proof has 40 characters with SHA-1 and 128 with SHA-512. With
// an error other than that of an unsigned message there is a Claim all the same, which has the key.
func claimDuo(m *signers.Message) (*signers.Claim, error) {
	// BasicAuth takes the first of several Authorization headers, which must not be chosen from.
	r := &http.Request{Header: m.Header}
	key, proof, ok := r.BasicAuth()
	if !ok || key == "" || proof == "" || len(m.Header["Authorization"]) > 1 {
		return nil, errNoDuoClaim
	}
	at := new(signers.Moment)
	c := &signers.Claim{Key: key, Proof: proof, Target: m.Target, At: at}
	name, others := "Date", false
	if _, sent := m.Header["X-Duo-Date"]; sent {
		name = "X-Duo-Date"
	}
	// Only a header that is not on the list can be an X-Duo header, and most requests have none.
	if !wire.OnlyHas(m.Header, duoPlain) {
		others = hasDuoHeaders(m.Header)
	}
	switch {
	// An HMAC-SHA1 is of version 2, whose signature leaves out X-Duo headers.
	case len(proof) == hexSHA1 && others:
		return c, errDuoHeaders
	case len(proof) == hexSHA1 && name == "Date":
		c.Tries = duoSHA1
	case len(proof) == hexSHA1:
		c.Tries = duoSHA1X
	case others && name == "Date":
		c.Tries = duoFive
	case others:
		c.Tries = duoFiveX
	case name == "Date":
		c.Tries = duoAll
	default:
		c.Tries = duoAllX
	}
	if !others && name == "Date" {
		at.Hint = duoBare
	}
	// With two dates it is not known which one was signed; none is read then, and the claim fails.
	if dates := m.Header[name]; len(dates) == 1 {
		at.Date = dates[0]
	}
	when, err := time.Parse(duoDate, at.Date) // as Duo's clients write it
	if err != nil {
		when, err = mail.ParseDate(at.Date)
	}
	if err != nil {
		return c, errDuoDate
	}
	at.Time = when
	return c, nil
}

// duoDate is the usual one of the forms that mail.ParseDate reads, which takes much longer. It also
// reads -0000, +0000 and GMT as other clients of Duo's write them.
const duoDate = "Mon, 02 Jan 2006 15:04:05 -0700"

// duoPlain are the usual headers, and Duo's own ones that version 2 has; duoPlainest are those without a date of Duo's. A request with no
// other header needs no search for X-Duo headers.
var (
	duoPlain    = wire.PlainHeaders("Authorization", "X-Duo-Date")
	duoPlainest = wire.PlainHeaders("Authorization")
)

// hasDuoHeaders reports whether there are X-Duo headers that are signed, apart from the date's.
func hasDuoHeaders(h http.Header) bool {
	for name := range h {
		if name != "X-Duo-Date" && strings.HasPrefix(name, "X-Duo-") {
			return true
		}
	}
	return false
}

// duoBare is the hint of a claim whose message has no X-Duo headers at all: proveDuo need not look for them again.
var duoBare = map[string]string{"duo headers": "none"}

// hexSHA1 is the length of an HMAC-SHA1 in hex: it tells the digest, which no header names.
const hexSHA1 = 40

// proveDuo makes the password of a message's basic authentication: the HMAC in lower-case hex. made
// is the signer of one Try.
func proveDuo(made signers.Signer) signers.ProveFunc {
	s := made.(*duo)
	return func(m *signers.Message, at *signers.Moment) (string, error) {
		// The caller compares the result with the claim's in constant time.
		k := s.macs.Get().(*wire.Keyed)
		defer s.macs.Put(k)
		k.Hash.Reset()
		if err := writeDuo(s, k.Hash, m, at.Date, at.Hint != nil); err != nil {
			return "", err
		}
		k.Sum = k.Hash.Sum(k.Sum[:0])
		return hex.EncodeToString(k.Sum), nil
	}
}
