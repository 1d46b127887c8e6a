//go:build go1.21

package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
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

// line is a line of the text that is signed.
type line struct {
	kind  int
	begin string // with a colon and a blank
	name  string // in the spelling of net/http
}

// The kinds of lines, in addition to field, hostField and contentLength.
const (
	targetLine = 100 + iota
	createdLine
	expiresLine
	dateLine
	digestLine
	contentHashLine
	contentTypeLine
)

// canonicalText is what is signed for a message, and the headers that are set with it.
type canonicalText struct {
	text        string
	names       string
	digest      string
	contentType string
}

// bodyMethods are the methods whose requests OCI wants signed with their body: POST and PUT (Oracle, "Request Signatures"), and PATCH as
// the SDKs do (oci-go-sdk, common/http_signer.go, defaultBodyHashPredicate).
var bodyMethods = map[string]bool{"POST": true, "PUT": true, "PATCH": true}

// prepareCavage makes the text of a message. It changes nothing of m.
func prepareCavage(s *cavage, c *canonicalText, m *signers.Message, at *signers.Moment) error {
	lines := s.lines
	c.names = s.names
	if s.isOracle && !signsBody(m) {
		lines = lines[:s.bare]
		c.names = s.short
	} else if s.skipDigest && signers.BodyLength(m) == 0 {
		lines = lines[:s.bare]
		c.names = s.short
	}
	text := ""
	for i := range lines {
		l := &lines[i]
		value := ""
		switch l.kind {
		case targetLine:
			value = strings.ToLower(m.Method) + " " + m.Target
		case hostField:
			value = m.Host
		case dateLine:
			value = at.Date
		case createdLine:
			value = strconv.FormatInt(at.Time.Unix(), 10)
		case expiresLine:
			value = strconv.FormatInt(at.Time.Unix()+s.expires, 10)
		case digestLine:
			digest, err := cavageDigest(s, m)
			if err != nil {
				return err
			}
			c.digest = digest
			value = digest
		case contentHashLine:
			if int64(len(m.Body)) < m.Length || m.Length < 0 {
				return unread(s)
			}
			sum := sha256.Sum256(m.Body)
			c.digest = base64.StdEncoding.EncodeToString(sum[:])
			value = c.digest
		case contentLength:
			length, present := lengthOf(m)
			if !present {
				return lacks(s, l)
			}
			value = length
		default:
			values := m.Header[l.name]
			if len(values) == 1 {
				value = strings.Trim(values[0], " \t")
			} else if len(values) > 0 {
				value = joined(values)
			} else if l.kind == contentTypeLine {
				c.contentType = "application/json"
				value = c.contentType
			} else {
				return lacks(s, l)
			}
		}
		if i > 0 {
			text += "\n"
		}
		text += l.begin + value
	}
	if strings.ContainsAny(text, controls) || strings.Count(text, "\n") != len(lines)-1 { // the draft does not ask for ASCII
		return fmt.Errorf("%s: a value that the signature covers has a control character: %w", s.vendor, signers.ErrMessage)
	}
	c.text = text
	return nil
}

func lacks(s *cavage, l *line) error {
	return fmt.Errorf("%s: the request has no %s, which its signature covers: %w", s.vendor, strings.TrimSuffix(l.begin, ": "),
		signers.ErrMessage)
}

func unread(s *cavage) error {
	return fmt.Errorf("%s: the body was not read, and its digest is signed: %w", s.vendor, signers.ErrMessage)
}

// cavageDigest is the Digest of the body (RFC 3230).
func cavageDigest(s *cavage, m *signers.Message) (string, error) {
	if int64(len(m.Body)) < m.Length || m.Length < 0 {
		return "", unread(s)
	}
	if s.digest == sha512Digest {
		sum := sha512.Sum512(m.Body)
		return "SHA-512=" + base64.StdEncoding.EncodeToString(sum[:]), nil
	}
	sum := sha256.Sum256(m.Body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:]), nil
}

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

// uploads are the requests of Object Storage whose bodies are not signed.
var uploads = regexp.MustCompile(`^/n/[^/?]+/b/[^/?]+/[ou]/`)

// signsBody reports whether OCI wants the body of a request signed. PutObject and UploadPart of Object Storage are the exceptions
// (oci-go-sdk, objectstorage/objectstorage_client.go, excludeBodySigningPredicate).
func signsBody(m *signers.Message) bool {
	if !bodyMethods[m.Method] {
		return false
	}
	return m.Method != "PUT" || !strings.HasPrefix(strings.ToLower(m.Host), "objectstorage.") && !objectHost.MatchString(m.Host) ||
		!uploads.MatchString(m.Target)
}

// objectHost are the dedicated hosts of Object Storage: NAMESPACE.objectstorage.REGION.oci.customer-oci.com (the same file).
var objectHost = regexp.MustCompile(`(?i)^[^.]+\.objectstorage\.`)
