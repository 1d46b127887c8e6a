//go:build go1.21

package limits

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// MinOffset is the smallest offset that matters: smaller ones are within every vendor's window, and answers on the way and
// whole seconds of dates explain a part of them.
const MinOffset = 30 * time.Second

const (
	clockSamples = 3                // that must agree
	clockAgree   = 3 * time.Second  // to within this
	clockSpan    = 10 * time.Second // taken over at least this time

	// The seconds between two samples. One more than the quotient, since the second may have begun already and the
	// samples would always span slightly too little.
	clockEach = int64(clockSpan/time.Second)/(clockSamples-1) + 1

	// defaultSkew is max_clock_skew where the option is not set: a clock that is further off is a fault to be repaired.
	defaultSkew = 15 * time.Minute
)

// Clock learns how far the local time is off. Vendors refuse a date that is minutes off, so a gateway whose clock is wrong
// signs nothing valid. The vendor's own time is in the Date of its answers. The clock adopts it slowly and within bounds: a
// cached, wrong or hostile Date must not do more harm than a wrong clock.
//
//	local     Date of the answer   sample
//	03:04:05  03:06:05             2m     no offset yet
//	03:04:11  03:06:11             2m     no offset yet
//	03:04:17  03:06:17             2m     three agree, over 12 seconds: they are added, and the operator gets a line
//
// Where samples come from (verified servers, or any) is the caller's decision.
type Clock struct {
	max    time.Duration
	offset atomic.Int64 // nanoseconds that are added to the local time
	due    atomic.Int64 // the unix second before which no sample is wanted

	mu      sync.Mutex
	samples []clockSample
	ignored bool // an offset beyond max was reported
}

// clockSample is what one answer says of the vendor's time: how far it is ahead, seen at a local time, which shows later how
// old the sample is.
type clockSample struct {
	at     time.Time
	offset time.Duration
}

// VendorOffset is how far the vendor's time is ahead of local, from the Date of its answer; negative: behind. It is not ok
// without one, or with the Age of a cache. It trusts one answer, and so is for explanations and single attempts; Learn is for
// signatures.
func VendorOffset(h http.Header, local time.Time) (time.Duration, bool) {
	// An answer with Age comes from a cache, with the Date of its origin (RFC 9111, 5.1).
	if len(h["Date"]) == 0 || len(h["Age"]) > 0 {
		return 0, false
	}
	date, err := http.ParseTime(h["Date"][0])
	if err != nil {
		return 0, false
	}
	return date.Add(time.Second / 2).Sub(local), true // Date has whole seconds
}

// NewClock returns a clock that corrects the local time by max at most, in either direction.
func NewClock(max time.Duration) *Clock { return &Clock{max: max} }

// Offset is what to add to the local time; negative if the local clock is ahead. It is 0 for nil, which means the local time,
// and until Learn has found one.
func Offset(c *Clock) time.Duration {
	if c == nil {
		return 0
	}
	return time.Duration(c.offset.Load())
}

// SampleDue reports whether a sample of the vendor's time is wanted in a unix second. c must not be nil.
func SampleDue(c *Clock, second int64) bool { return !Pending(c.due.Load(), second, clockEach) }

// NextSample is the unix second from which on a sample of the vendor's time is wanted, where none is wanted now: see SampleDue.
func NextSample(c *Clock) int64 { return c.due.Load() }

// Changes counts, for the whole process, what makes anything different that Offset and Pausing have said: a pause that begins, or another
// offset. One look at it is cheap in an interpreter, and tells that nothing has changed.
var Changes = new(atomic.Int64)

// SameBound reports whether two clocks, which may be nil, have the same maximum correction, so that one may take the place of
// the other with what it has learned.
func SameBound(a, b *Clock) bool { return a != nil && b != nil && a.max == b.max }

// WorthRetry reports whether a request that was refused for its time may succeed with this offset of the vendor's clock: it differs
// enough from the current one, and is within bounds.
func WorthRetry(c *Clock, offset time.Duration) bool {
	off := offset - Offset(c)
	return (off > MinOffset || off < -MinOffset) && offset <= c.max && offset >= -c.max
}

// Learn takes the Date of an answer as a sample, if one is due; taken says whether it did. An answer without a usable Date counts as
// taken, too: the next one is looked at clockEach later, and not with every request. News is for the operator, if not empty.
func Learn(c *Clock, h http.Header, local time.Time) (news string, taken bool) {
	second := local.Unix()
	if !SampleDue(c, second) {
		return "", false
	}
	// Two answers of the same second may both get here; a sample too many does no harm.
	c.due.Store(second + clockEach)
	offset, ok := VendorOffset(h, local)
	if !ok {
		return "", true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples = append(c.samples, clockSample{at: local, offset: offset})
	if len(c.samples) > clockSamples {
		c.samples = c.samples[1:]
	}
	return settle(c), true
}

// settle uses the offset that the samples agree on. Three that agree, over ten seconds, are neither one slow answer nor one
// odd server behind a load balancer. It returns the news when the offset in use changes by more than clockAgree. The caller
// has c.mu.
func settle(c *Clock) (news string) {
	if len(c.samples) < clockSamples {
		return ""
	}
	first, last := c.samples[0], c.samples[len(c.samples)-1]
	span := last.at.Sub(first.at)
	// Samples of a quiet gateway may be hours apart: then the local clock may have been set between them.
	if span < clockSpan || span > 10*time.Minute {
		return ""
	}
	for _, s := range c.samples {
		if d := s.offset - last.offset; d > clockAgree || d < -clockAgree {
			return ""
		}
	}
	offset := last.offset.Round(time.Second) // dates change with the local second
	switch {
	case offset > c.max || offset < -c.max:
		if c.ignored {
			return ""
		}
		c.ignored = true
		c.offset.Store(0) // what was learned before is no longer valid: one of the clocks was set
		Changes.Add(1)
		return "the vendor's clock differs by " + offset.Round(time.Second).String() +
			", more than max_clock_skew; the local time stays in use"
	// Every vendor accepts so much, and the local time is the better one.
	case offset < MinOffset && offset > -MinOffset:
		offset = 0
	}
	used := time.Duration(c.offset.Load())
	if d := offset - used; d <= clockAgree && d >= -clockAgree {
		return ""
	}
	c.offset.Store(int64(offset))
	Changes.Add(1)
	c.ignored = false
	if offset == 0 {
		return "the local clock agrees with the vendor's again"
	}
	return "the local clock is off by " + (-offset).Round(time.Second).String() + "; requests are signed with the vendor's time"
}

// ParseSkew reads the option max_clock_skew: a duration of at most a day, or "" for 15 minutes.
func ParseSkew(text string) (time.Duration, error) {
	if text == "" {
		return defaultSkew, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 24*time.Hour {
		return 0, errors.New("max_clock_skew must be a duration of at most a day, such as 15m")
	}
	return d, nil
}
