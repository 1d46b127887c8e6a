//go:build go1.21

package httpsig

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// cavage signs as draft-cavage-http-signatures-12 says, for cavage and oci.
type cavage struct {
	vendor string
	key    *key

	lines []line // that are signed of a request
	names string // of the lines
	bare  int    // how many of them are signed where the body is not; 0: it always is
	short string // their names

	before, after   string // the proof around the names: what comes first, and what follows them up to the signature
	header          string // the canonical name of the header with the proof
	created, timed  bool   // (created) is signed, and (expires)
	expires         int64  // seconds
	digest          string // of the header Digest; off: as the client sent it
	isOracle        bool
	skipDigest      bool // the digest of an empty body is left out
	setsDate        bool
	coversDigest    bool
	coversLength    bool
	warnings        []string
	guards          []string
	probe           signers.Probe
	hintsOfRefusals map[signers.Refusal]string
}

// Traits follow from what is covered: the gateway reads bodies for a digest, and for Content-Length needs only their length.
func (s *cavage) Traits() signers.Traits {
	t := signers.Traits{
		Owns:     []string{"Signature", "Authorization"},
		Second:   true,
		Encoded:  true,
		Warnings: s.warnings,
		Guards:   s.guards,
		Probe:    s.probe,
		Hints:    s.hintsOfRefusals,
	}
	if s.setsDate {
		t.Owns = append(t.Owns, "Date")
	}
	if s.isOracle {
		t.Owns = append(t.Owns, "X-Date", "X-Content-Sha256")
		t.BodyMethods = []string{"POST", "PUT", "PATCH"}
		t.Streams = func(m *signers.Message, max int64) bool { return !signsBody(m) }
	} else if s.coversDigest && s.digest != "off" {
		t.Owns = append(t.Owns, "Digest")
	}
	if s.coversDigest && s.digest != "off" {
		t.Body = signers.WholeBody
	} else if s.coversLength {
		t.Body = signers.WholeBody
		t.BodyFirst = -1 // its length is enough
	}
	t.Proof = signers.Proof{Header: s.header, How: howSigned(s.key)}
	return t
}

// Date is the date of HTTP, where it is signed (RFC 9110, 5.6.7).
func (s *cavage) Date(t time.Time) string {
	if !s.setsDate {
		return ""
	}
	return t.UTC().Format(http.TimeFormat)
}

var errDate = errors.New("the date is missing")

// Sign adds the header with the signature, and those of the signer that it covers.
func (s *cavage) Sign(m *signers.Message, at *signers.Moment) error {
	if s.setsDate && at.Date == "" {
		return errDate
	}
	var c canonicalText
	if err := prepareCavage(s, &c, m, at); err != nil {
		return err
	}
	signature, err := sign(s.key, c.text)
	if err != nil {
		return err
	}
	// created and expires are numbers without quotes (draft, 2.1.4 and 2.1.5).
	times := ""
	if s.created {
		times = "created=" + strconv.FormatInt(at.Time.Unix(), 10) + ","
	}
	if s.timed {
		times += "expires=" + strconv.FormatInt(at.Time.Unix()+s.expires, 10) + ","
	}
	m.Header[s.header] = []string{s.before + times + `headers="` + c.names + s.after + signature + `"`}
	if s.setsDate {
		m.Header["Date"] = []string{at.Date}
	}
	if c.digest != "" && s.isOracle {
		m.Header["X-Content-Sha256"] = []string{c.digest}
	} else if c.digest != "" {
		m.Header["Digest"] = []string{c.digest}
	}
	if c.contentType != "" {
		m.Header["Content-Type"] = []string{c.contentType}
	}
	return nil
}

// Canonical returns the signing string.
func (s *cavage) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
	var c canonicalText
	if err := prepareCavage(s, &c, m, at); err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(c.text, "\n")
	parts := make([]signers.Part, 0, len(lines))
	for _, text := range lines {
		label, _, _ := strings.Cut(text, ": ")
		parts = append(parts, signers.Part{Label: label, Text: text})
	}
	return parts, nil
}

// Refusal reads Oracle's messages; other vendors have none in common.
func (s *cavage) Refusal(a signers.Answer) signers.Refusal {
	if s.isOracle && a.Status >= 400 && a.Status < 500 {
		if refusal, known := signers.KnownRefusal(oracleAnswers, 0, a); known {
			return refusal
		}
	}
	return signers.RefusalOf(a.Status)
}
