//go:build go1.21

package httpsig

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/signers"
)

// base is the text that is signed for a message (RFC 9421, section 2.5), and what it was made with.
// The documentation of the package has one.
type base struct {
	text string
	// input is the covered components and the parameters, as in Signature-Input and in the last
	// line of text.
	input string
	// digest is Content-Digest, where the gateway sets it.
	digest string
}

// prepare makes the base of a message, a line for each covered component and then one for the
// parameters (RFC 9421, section 2.5). It changes nothing of m. On an error b has no meaning. The
// kinds that most configurations have are here and the others in rarer: interpreted, each value in
// a function's source takes memory.
func prepare(s *signer, b *base, m *signers.Message, at *signers.Moment) error {
	ids := s.ids
	// The list of covered components then differs from request to request.
	if s.mayLack {
		ids = ""
	}
	text := ""
	lines := 0
	for i := range s.components {
		c := &s.components[i]
		value := ""
		absent := false
		switch c.kind {
		case methodPart:
			value = m.Method
		case authorityPart:
			value = authority(m)
		// As it is escaped. RFC 9421, section 2.2.6, has / for an empty path, which no message has.
		case pathPart:
			value, _, _ = strings.Cut(m.Target, "?")
		// Without a query it is the ? alone (RFC 9421, section 2.2.7).
		case queryPart:
			_, value, _ = strings.Cut(m.Target, "?")
			value = "?" + value
		case requestTargetPart:
			value = m.Target
		case constant:
			value = c.text
		case contentDigest:
			// A request without a body has no digest, where skip_absent permits that.
			if s.skipAbsent && signers.BodyLength(m) == 0 {
				absent = true
			} else {
				digest, err := digestOf(s, m)
				if err != nil {
					return err
				}
				b.digest = digest
				value = digest
			}
		case field:
			values := m.Header[c.name]
			if len(values) == 1 {
				value = strings.Trim(values[0], " \t")
			} else if len(values) == 0 {
				absent = true
			} else {
				value = joined(values)
			}
		default:
			// yaegi loses results of an assignment that has a call and other values, so these are
			// assigned one by one.
			other, missing, err := rarer(s, c, m)
			if err != nil {
				return err
			}
			value = other
			absent = missing
		}
		if absent {
			if !s.skipAbsent {
				return fmt.Errorf("%s: the request has no %s, which its signature covers: %w", s.vendor, c.id, signers.ErrMessage)
			}
			continue
		}
		if s.mayLack {
			if ids != "" {
				ids += " "
			}
			ids += c.id
		}
		text += c.line + value + "\n"
		lines++
	}
	input := "(" + ids + ")"
	for i := range s.parameters {
		p := &s.parameters[i]
		input += p.text
		switch p.kind {
		// RFC 9421, section 2.3: both are integers, seconds since 1970.
		case createdParameter:
			input += strconv.FormatInt(at.Time.Unix(), 10)
		case expiresParameter:
			input += strconv.FormatInt(at.Time.Unix()+s.expires, 10)
		case nonceParameter:
			input += quoted(at.Nonce)
		}
	}
	text += `"@signature-params": ` + input
	// The base is ASCII, and a line end within a value would begin a line of its own: another
	// message could then have the same base. It is checked here for all values at once.
	if unsafeText(text) || strings.Count(text, "\n") != lines {
		return fmt.Errorf("%s: a value that the signature covers has a control character, or one that is not ASCII: %w", s.vendor,
			signers.ErrMessage)
	}
	b.text = text
	b.input = input
	return nil
}

// unsafeText reports whether a text has control characters apart from line ends, or others that are
// not ASCII. It takes three calls of the library, since a loop over bytes is slow interpreted: a
// text of ASCII has as many characters as bytes.
func unsafeText(text string) bool {
	return strings.ContainsAny(text, controls) || utf8.RuneCountInString(text) != len(text) || !utf8.ValidString(text)
}

// controls are the control characters of ASCII without the line end.
const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\x0b\x0c\r\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

// rarer is the value of a component of a kind that few configurations have, and whether the message
// lacks it. Only fields can be absent: all other parts of a message are always there.
func rarer(s *signer, c *component, m *signers.Message) (string, bool, error) {
	switch c.kind {
	case hostField:
		return m.Host, false, nil
	case schemePart:
		return schemeOf(m), false, nil
	// RFC 9421, section 2.2.2: for a vendor at https://api.example.com it is
	// https://api.example.com/v1/items?page=2.
	case targetURIPart:
		return schemeOf(m) + "://" + authority(m) + m.Target, false, nil
	case contentLength:
		length, present := lengthOf(m)
		return length, !present, nil
	case queryParameter:
		value, err := parameterOf(s.vendor, c.name, m.Target)
		return value, false, err
	}
	values := m.Header[c.name]
	if len(values) == 0 {
		return "", true, nil
	}
	text := joined(values)
	if c.kind == member {
		value, found, ok := memberOf(text, c.key)
		if !ok {
			return "", false, notStructured(s, c)
		}
		return value, !found, nil
	}
	value, ok := strict(text)
	if !ok {
		return "", false, notStructured(s, c)
	}
	return value, false, nil
}

// notStructured is the error of a component with sf or key whose header does not parse (RFC 9421, 2.1.1 and 2.1.2).
func notStructured(s *signer, c *component) error {
	return fmt.Errorf("%s: the header of %s is not a structured field (RFC 9651) of at most %d members: %w", s.vendor, c.id, maxMembers,
		signers.ErrMessage)
}

// joined is the combined value of a field with several lines (RFC 9421, section 2.1): each without
// blanks at its ends, with a comma and a blank between. " a " and "b" are "a, b".
func joined(values []string) string {
	if len(values) == 1 {
		return strings.Trim(values[0], " \t")
	}
	each := make([]string, len(values))
	for i, value := range values {
		each[i] = strings.Trim(value, " \t")
	}
	return strings.Join(each, ", ")
}

// schemeOf is the scheme of the vendor's URL in lower case (RFC 9421, section 2.2.4). It is https
// where the gateway leaves it empty, also if the connection is plain http: the vendor's address is
// meant.
func schemeOf(m *signers.Message) string {
	if m.Scheme == "" {
		return "https"
	}
	return strings.ToLower(m.Scheme)
}

// authority is the host in lower case, without the port that its scheme implies (RFC 9421, section
// 2.2.3): both sides may write the same authority in either way.
//
//	api.example.com:443      api.example.com
//	API.example.com:8443     api.example.com:8443
func authority(m *signers.Message) string {
	host := strings.ToLower(m.Host)
	if strings.HasSuffix(host, ":443") && schemeOf(m) == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	if strings.HasSuffix(host, ":80") && schemeOf(m) == "http" {
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// lengthOf is the Content-Length that goes out, and whether one does: net/http sends none for an
// empty body, but with these methods (RFC 9110, section 8.6, asks for 0 where a method anticipates
// content). The client's own header does not matter, as the gateway's client writes it anew.
func lengthOf(m *signers.Message) (string, bool) {
	length := signers.BodyLength(m)
	return strconv.FormatInt(length, 10), length > 0 || length == 0 && (m.Method == "POST" || m.Method == "PUT" || m.Method == "PATCH")
}
