//go:build go1.21

package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// line is a line of the text that is signed.
type line struct {
	kind int
	// begin is the name with a colon and a blank: "host: ".
	begin string
	// name is that of a header in the spelling of net/http.
	name string
}

// The kinds of lines, in addition to field, hostField and contentLength of component.go, from which
// 100 keeps them apart.
const (
	targetLine = 100 + iota
	createdLine
	expiresLine
	dateLine
	digestLine
	contentHashLine
	contentTypeLine
)

// canonicalText is what is signed for a message, and the headers that are set with it. digest is
// the value of Digest or X-Content-Sha256, contentType that of a Content-Type that the client left
// out; empty: the header is not set. names are those of the lines.
type canonicalText struct {
	text        string
	names       string
	digest      string
	contentType string
}

// prepareCavage makes the text of a message: name, colon, blank and value of each covered header on
// a line, without a line end at the end (draft, section 2.3). It changes nothing of m. The
// documentation of the package has a text. For Oracle a POST is
//
//	date: Fri, 02 Jan 2026 03:04:05 GMT
//	(request-target): post /20160918/instances
//	host: api.example.com
//	content-length: 2
//	content-type: application/json
//	x-content-sha256: RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=
func prepareCavage(s *cavage, c *canonicalText, m *signers.Message, at *signers.Moment) error {
	lines := s.lines
	c.names = s.names
	// The lines for the body come last, so that they can be cut off.
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
		// The method is in lower case here, and in RFC 9421 as it is sent.
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
			// Without the whole body there is no digest of it.
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
				// Oracle's SDKs send this type where the caller says none.
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
	// A line end within a value would begin a line of its own. Other bytes than ASCII may be in a
	// value: the draft does not ask for ASCII.
	if strings.ContainsAny(text, controls) || strings.Count(text, "\n") != len(lines)-1 { // the draft does not ask for ASCII
		return fmt.Errorf("%s: a value that the signature covers has a control character: %w", s.vendor, signers.ErrMessage)
	}
	c.text = text
	return nil
}

// lacks is the error of a message without a header that is covered: the draft demands that it is
// there (section 2.3). The gateway answers 400.
func lacks(s *cavage, l *line) error {
	return fmt.Errorf("%s: the request has no %s, which its signature covers: %w", s.vendor, strings.TrimSuffix(l.begin, ": "),
		signers.ErrMessage)
}

// unread is the error of a digest whose body was not read. A gateway reads it where Traits ask for
// it.
func unread(s *cavage) error {
	return fmt.Errorf("%s: the body was not read, and its digest is signed: %w", s.vendor, signers.ErrMessage)
}

// cavageDigest is the Digest of the body (RFC 3230, with the algorithms of RFC 5843):
// SHA-256=AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI= for {"a":1}. RFC 9530 has replaced that
// header by Content-Digest, whose names of algorithms are in lower case.
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
