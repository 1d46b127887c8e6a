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

// cavage signs as draft-cavage-http-signatures-12 says, for cavage and oci. It never changes after
// New, and may be used concurrently. For oci most fields are constants, see newOCI.
type cavage struct {
	vendor string
	key    *key

	// lines are signed of a request, in this order.
	lines []line
	// names are those of the lines, as in headers="...".
	names string
	// bare is how many of the lines are signed where the body is not; 0: it always is.
	bare int
	// short are their names.
	short string

	// before and after are the proof around the names: what comes first, and what follows them up
	// to the signature. An Authorization of Oracle's and a Signature of the draft differ in these
	// alone.
	before, after string
	// header is the canonical name of the header with the proof: Signature or Authorization.
	header string
	// created says that (created) is signed, and timed that (expires) is.
	created, timed bool
	// expires is how long a signature is valid, in seconds, where timed is set.
	expires int64
	// digest is the algorithm of the header Digest: auto, sha-256 or sha-512; off: it is signed as
	// the client sent it.
	digest   string
	isOracle bool
	// skipDigest says that the digest of an empty body is left out, with its line.
	skipDigest      bool
	setsDate        bool
	coversDigest    bool
	coversLength    bool
	warnings        []string
	guards          []string
	probe           signers.Probe
	hintsOfRefusals map[signers.Refusal]string
}

// Traits follow from what is covered: the gateway reads bodies for a digest, and for Content-Length
// needs only their length. Both Signature and Authorization are owned, wherever the signature is
// sent: a verifier may look at either. Second is true, as signatures have no nonce.
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
		// Oracle's services take X-Date in place of Date, so a client must not choose it.
		t.Owns = append(t.Owns, "X-Date", "X-Content-Sha256")
		t.BodyMethods = []string{"POST", "PUT", "PATCH"}
		// Of the methods whose bodies are signed, uploads are not.
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

// Date is the date of HTTP, where it is signed (RFC 9110, section 5.6.7): "Fri, 02 Jan 2026
// 03:04:05 GMT". It goes out in Date as it is signed.
func (s *cavage) Date(t time.Time) string {
	if !s.setsDate {
		return ""
	}
	return t.UTC().Format(http.TimeFormat)
}

// errDate is a fault of the caller: the moment of a scheme with a date must have one.
var errDate = errors.New("the date is missing")

// Sign adds the header with the signature, and those of the signer that it covers. With an error it
// has changed nothing of m.
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

// Canonical returns the signing string, a part for each line. Its labels are the names before the
// colon.
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
