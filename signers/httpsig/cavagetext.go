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

// prepareCavage makes the text of a message: name, colon, blank and value of each covered header on a line, without a line end at the
// end (draft, 2.3). It changes nothing of m.
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

// lacks is the error of a message without a header that is covered: the draft demands that it is there (2.3).
func lacks(s *cavage, l *line) error {
	return fmt.Errorf("%s: the request has no %s, which its signature covers: %w", s.vendor, strings.TrimSuffix(l.begin, ": "),
		signers.ErrMessage)
}

// unread is the error of a digest whose body was not read.
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
