//go:build go1.21

package vendors

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// The versions that a message may have been signed with: it names none.
var (
	duoFive  = duoTry("5", "sha512", "date")
	duoFour  = duoTry("4", "sha512", "date")
	duoTwo   = duoTry("2", "sha512", "date")
	duoSHA1  = duoTry("2", "sha1", "date")
	duoFiveX = duoTry("5", "sha512", "x-duo-date")
	duoFourX = duoTry("4", "sha512", "x-duo-date")
	duoTwoX  = duoTry("2", "sha512", "x-duo-date")
	duoSHA1X = duoTry("2", "sha1", "x-duo-date")
)

func duoTry(version, digest, header string) signers.Try {
	return signers.Try{Name: version + " " + digest + " " + header,
		Options: signers.Values{"signature_version": {version}, "digest": {digest}, "date_header": {header}}}
}

// claimDuo reads the signature of a client of Duo's. Of X-Duo headers only version 5 knows, so with one no other version is tried.
func claimDuo(m *signers.Message) (signers.Claim, error) {
	key, proof := basicOf(m)
	if key == "" || proof == "" {
		return signers.Claim{}, fmt.Errorf("duo: no Authorization: Basic with an integration key and a signature: %w", signers.ErrUnsigned)
	}
	c := signers.Claim{Key: key, Proof: proof, Target: m.Target, Header: make(http.Header)}
	name, others := "Date", false
	if _, sent := m.Header["X-Duo-Date"]; sent {
		name = "X-Duo-Date"
	}
	if values := m.Header["Content-Type"]; len(values) > 0 {
		c.Header["Content-Type"] = values
	}
	if !wire.OnlyHas(m.Header, duoPlain) {
		others = copyDuoHeaders(c.Header, m.Header)
	}
	switch {
	case len(proof) == hexSHA1 && others:
		return c, fmt.Errorf("duo: version 2 leaves out the X-Duo headers: %w", signers.ErrUncovered)
	case len(proof) == hexSHA1 && name == "Date":
		c.Tries = []signers.Try{duoSHA1}
	case len(proof) == hexSHA1:
		c.Tries = []signers.Try{duoSHA1X}
	case others && name == "Date":
		c.Tries = []signers.Try{duoFive}
	case others:
		c.Tries = []signers.Try{duoFiveX}
	case name == "Date":
		c.Tries = []signers.Try{duoFive, duoFour, duoTwo}
	default:
		c.Tries = []signers.Try{duoFiveX, duoFourX, duoTwoX}
	}
	c.At.Date = signers.Single(m.Header, name)
	when, err := time.Parse(duoDate, c.At.Date) // as Duo's clients write it
	if err != nil {
		when, err = mail.ParseDate(c.At.Date)
	}
	if err != nil {
		return c, fmt.Errorf("duo: no header Date or X-Duo-Date as in RFC 2822 (version 1 has none; use 2 or later): %w", signers.ErrClaimDate)
	}
	c.At.Time = when
	return c, nil
}

// duoDate is the usual one of the forms that mail.ParseDate reads, which takes much longer.
const duoDate = "Mon, 02 Jan 2006 15:04:05 -0700"

// duoPlain are headers beside which no others of Duo's need be looked for.
var duoPlain = wire.PlainHeaders("Authorization", "X-Duo-Date")

// copyDuoHeaders copies the X-Duo headers that are signed, and reports whether there are any.
func copyDuoHeaders(to, from http.Header) bool {
	others := false
	for header, values := range from {
		if header != "X-Duo-Date" && strings.HasPrefix(header, "X-Duo-") {
			to[header] = values
			others = true
		}
	}
	return others
}

// hexSHA1 is the length of an HMAC-SHA1 in hex.
const hexSHA1 = 40

// duoProof is the signature of a message: the password of its basic authentication.
func duoProof(m *signers.Message) string {
	_, proof := basicOf(m)
	return proof
}

// basicOf returns user and password of the only Authorization of m; empty: it has none such.
func basicOf(m *signers.Message) (string, string) {
	scheme, text, _ := strings.Cut(signers.Single(m.Header, "Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", ""
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return "", ""
	}
	user, password, _ := strings.Cut(string(decoded), ":")
	return user, password
}
