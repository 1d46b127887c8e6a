//go:build go1.21

package aws

import (
	"fmt"
	"net/textproto"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// fillClaimed lists the headers that the app signed, in its order and no others, and takes its word
// for the payload: apps.Verify compares that with the body.
func fillClaimed(c *canonical, m *signers.Message, at *signers.Moment) error {
	if c.names == leastNames {
		c.headers = strings.Join([]string{"host:", m.Host, "\nx-amz-date:", at.Date, "\n"}, "")
	} else {
		c.headers = claimedLines(c, m, at)
	}
	c.payload = at.Hint[claimedPayload]
	if c.payload == "" {
		// Where the client says nothing the hash is that of the body, which has been read.
		c.payload = emptyHash
		if m.Body != nil {
			return hashClaimed(c, m)
		}
		if m.Length != 0 {
			return hashClaimed(c, m)
		}
	}
	return nil
}

// claimedLines are the lines of the headers that the app signed. The four usual sets of names are
// written here in one call, which interpreted takes a fraction of the time of linesByName; the
// result is the same (TestTheLinesOfUsualHeadersAreThoseOfTheirNames).
func claimedLines(c *canonical, m *signers.Message, at *signers.Moment) string {
	h := m.Header
	// An empty text is left out by Join. The usual names are host;x-amz-date, with content-type in
	// front of them or not, and with x-amz-content-sha256 in between or not.
	kind, kindEnd, hashName, hash := "", "", "", ""
	names, hasKind := strings.CutPrefix(c.names, "content-type;")
	if hasKind {
		kind = "content-type:" + collapsedAll(h["Content-Type"])
		kindEnd = "\n"
	}
	if names != leastNames {
		if names != hashNames {
			return linesByName(c, m, at)
		}
		hashName = "\nx-amz-content-sha256:"
		hash = collapsedAll(h["X-Amz-Content-Sha256"])
	}
	return strings.Join([]string{kind, kindEnd, "host:", m.Host, hashName, hash, "\nx-amz-date:", at.Date, "\n"}, "")
}

// linesByName is claimedLines for any headers: name, colon, value and line end of each. One that
// the message does not have is an empty value, as it is to AWS's clients.
func linesByName(c *canonical, m *signers.Message, at *signers.Moment) string {
	names := strings.Split(c.names, ";")
	lines := make([]string, 0, 4*len(names))
	for _, name := range names {
		// The host and the date are those that the claim was read with. net/http keeps the host
		// apart from other headers.
		value := m.Host
		if name == "x-amz-date" {
			value = at.Date
		} else if name != "host" {
			values := m.Header[textproto.CanonicalMIMEHeaderKey(name)]
			if len(values) == 1 {
				value = collapsed(values[0])
			} else {
				value = collapsedAll(values)
			}
		}
		lines = append(lines, name, ":", value, "\n")
	}
	return strings.Join(lines, "")
}

// hashClaimed takes the hash of the body itself for the payload, where there may be one. It fails
// where the body was not read; a caller reads it unless the Claim has BodyHash or Unsigned.
func hashClaimed(c *canonical, m *signers.Message) error {
	if int64(len(m.Body)) < m.Length || m.Length < 0 {
		return fmt.Errorf("aws: the service requires a signed body, and this one was not read: %w", signers.ErrMessage)
	}
	// Without a body the hash is that of nothing, as it is already.
	if len(m.Body) > 0 {
		c.payload = hexHashBytes(m.Body)
	}
	return nil
}
