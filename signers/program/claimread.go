//go:build go1.21

package program

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// undated reads a header whose date has no valid form, so that the app learns that its date is wrong, rather than that it signed
// nothing. Nil: the header holds no signature. A header that has nothing but the date, as RequestDate of
// BloodHound, reads as one with all parts empty.
func undated(h *claimHeader, value string) []string {
	if h.loose == nil {
		return nil
	}
	found := h.loose.FindStringSubmatch(value)
	if found == nil && h.timed {
		found = make([]string, len(h.groups)+1)
	}
	return found
}

// readClaim reads a signature: the key that claims to have made it, the moment, and the proof. It verifies
// nothing. Interpreted, a loop over what is nearly always the same takes longer than to look at its four parts.
//
// Single returns no text for a header that appears twice: which of two signatures counts would be the choice of
// whoever reads it last.
func readClaim(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	h := r.only
	if h == nil {
		return readHeaders(r, m)
	}
	found := h.match.FindStringSubmatch(signers.Single(m.Header, h.name))
	if found == nil {
		return readUndated(r, m)
	}
	at := &signers.Moment{Date: found[h.time], Nonce: found[h.nonce]}
	c := &signers.Claim{Key: found[h.key], Proof: found[h.proof], Target: m.Target, Unsigned: !r.body, At: at}
	// Small letters, so that the digits in capitals are no second signature for one that was used: see Claims.Hex.
	if r.hex {
		c.Proof = strings.ToLower(c.Proof)
	}
	return c, readDate(r, at)
}

// readHeaders is readClaim for signatures in several headers, or with options. An option that the app says itself,
// such as Akamai's access_token, becomes a try: the signer is made with this value, and the caller may refuse one
// that the key does not have.
func readHeaders(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	at := new(signers.Moment)
	c := &signers.Claim{Target: m.Target, Unsigned: !r.body, At: at}
	for i := range r.headers {
		h := &r.headers[i]
		var found []string
		if h.spaced {
			found = h.loose.FindStringSubmatch(signers.Single(m.Header, h.name))
		} else {
			found = h.match.FindStringSubmatch(signers.Single(m.Header, h.name))
		}
		if found == nil {
			return readUndated(r, m)
		}
		for j, group := range h.groups {
			value := found[j+1]
			switch group {
			case "key":
				c.Key = value
			case "time":
				at.Date = value
			case "nonce":
				at.Nonce = value
			case "proof":
				c.Proof = value
			default:
				if len(c.Tries) == 0 {
					c.Tries = []signers.Try{{Options: make(signers.Values), Claimed: true}}
				}
				c.Tries[0].Name += value + " "
				c.Tries[0].Options[strings.TrimPrefix(group, "opt.")] = []string{value}
			}
		}
	}
	if r.hex {
		c.Proof = strings.ToLower(c.Proof)
	}
	return c, readDate(r, at)
}

// readDate sets the time of a moment by its date. Whether the date is recent enough is for the caller to judge.
// Its errors wrap signers.ErrClaimDate.
func readDate(r *claimReader, at *signers.Moment) error {
	var when time.Time
	ok := false
	if r.number {
		when, ok = parseNumber(r.layout, at.Date)
	} else {
		when, ok = parseDate(r.layout, at.Date)
	}
	if !ok {
		return dateFault(r)
	}
	// BloodHound signs the first 13 characters of the date, 2026-11-28T08. Anybody may change the rest, and with
	// it an offset, which would move the date by up to a day.
	if r.coarse {
		if _, offset := when.Zone(); offset != 0 {
			return fmt.Errorf("%s: the date must be in UTC, since the signature leaves its offset out; set TZ=UTC in the app: %w", r.vendor,
				signers.ErrClaimDate)
		}
	}
	at.Time = when
	return nil
}

// dateFault names the vendor whose form the date does not have. It quotes nothing that a client sent.
func dateFault(r *claimReader) error {
	return fmt.Errorf("%s: the date of the signature is not in its form: %w", r.vendor, signers.ErrClaimDate)
}

// readUndated is readClaim for a message that does not match: perhaps for its date alone. If so, there is a claim
// with its key and proof, so that a log can say whose clock or code is wrong; with any other mismatch the message
// counts as unsigned.
func readUndated(r *claimReader, m *signers.Message) (*signers.Claim, error) {
	c := &signers.Claim{Target: m.Target, Unsigned: !r.body, At: new(signers.Moment)}
	for i := range r.headers {
		h := &r.headers[i]
		value := signers.Single(m.Header, h.name)
		found := h.match.FindStringSubmatch(value)
		if found == nil {
			found = undated(h, value)
		}
		if found == nil {
			return nil, fmt.Errorf("%s: no header %s that holds a signature: %w", r.vendor, h.name, signers.ErrUnsigned)
		}
		for j, group := range h.groups {
			if group == "key" {
				c.Key = found[j+1]
			}
			if group == "proof" {
				c.Proof = found[j+1]
			}
		}
	}
	return c, dateFault(r)
}

// parseDate reads a date in one of the layouts. Those that are of RFC 3339 may have a fraction and an offset, as
// clients write them: 2026-01-02T03:04:05.5+01:00 is a date for a scheme that writes 2026-01-02T02:04:05Z itself.
// The program gets the date verbatim, so that the signature is still that of the text that was sent.
func parseDate(layout, text string) (time.Time, bool) {
	switch layout {
	case layouts["iso"], layouts["iso_ms"]:
		when, err := time.Parse(time.RFC3339, text)
		return when, err == nil
	case "unix", "unix_ms":
		return parseNumber(layout, text)
	}
	when, err := time.Parse(layout, text)
	return when, err == nil
}

// parseNumber reads a date that is a number of seconds or milliseconds, in the one way to write it: "01700000000"
// and "+1" are refused, since a second spelling of a signed date would be a second signature. So is a number of
// the other unit, whose clock is right and whose date is not: 1e11 seconds and 1e14 milliseconds are in the year
// 5138, and 1e11 milliseconds in 1973.
func parseNumber(layout, text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != text || n > 1e14 {
		return time.Time{}, false
	}
	if layout == "unix" {
		return time.Unix(n, 0), n < 1e11
	}
	return time.UnixMilli(n), n >= 1e11
}
