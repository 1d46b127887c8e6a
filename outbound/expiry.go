//go:build go1.21

package outbound

import (
	"errors"
	"strconv"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
)

const (
	expiryAhead = 7 * 24 * time.Hour // the first warning comes this long before the end
	expiryEach  = 12 * time.Hour     // and is repeated after this time
)

// parseExpiry reads a day, which counts to its end in UTC, or a moment (RFC 3339).
//
//	2027-03-31 -> 2027-04-01 00:00 UTC        2027-03-31T12:00:00Z -> that moment
func parseExpiry(text string) (time.Time, error) {
	if day, err := time.Parse("2006-01-02", text); err == nil {
		return day.Add(24 * time.Hour), nil
	}
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errors.New("expires must be a day such as 2027-03-31, or a moment such as 2027-03-31T12:00:00Z")
	}
	return moment, nil
}

// warnExpiry warns twice a day of a credential that expires soon, if its expiry is known: c.expires must not be zero. It is
// called when a gate is built and when a snapshot is made. The date is the operator's own, and nothing is refused because of
// it.
func warnExpiry(g *Gate, c *credential, now time.Time) {
	if c.expires.Sub(now) > expiryAhead {
		return
	}
	// Of many concurrent requests the one that sets the time warns. A time in the future is of a clock that was set back since.
	last := g.warned.Load()
	if each := int64(expiryEach / time.Second); limits.Pending(last+each, now.Unix(), each) || !g.warned.CompareAndSwap(last, now.Unix()) {
		return
	}
	left := c.expires.Sub(now)
	switch {
	case left <= 0:
		tell(g, "the credential has expired, by its option expires; make a new one at the vendor")
	case left < 48*time.Hour:
		tell(g, "the credential expires in "+strconv.Itoa(int(left/time.Hour))+" hours; make a new one at the vendor")
	default:
		tell(g, "the credential expires in "+strconv.Itoa(int(left/(24*time.Hour)))+" days; make a new one at the vendor")
	}
}

// Expires is when the credential expires, according to its option expires; zero if that is not known.
func (g *Gate) Expires() time.Time { return g.main.Load().(*rotation).current.expires }
