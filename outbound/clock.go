//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Vendors refuse a date that is minutes off, so a gateway whose clock is wrong signs nothing valid. The vendor's own
// time stands in the Date of its answers. It is believed slowly and within bounds: a cached, wrong or hostile Date
// must not do more harm than a wrong clock.
const (
	clockSamples = 3                // that must agree
	clockAgree   = 3 * time.Second  // within this
	clockSpan    = 10 * time.Second // taken over at least this
	clockFloor   = 30 * time.Second // smaller offsets are within every vendor's window

	// The seconds between two samples. One more than their share: the second may have begun, and the samples would span
	// a little too little for ever.
	clockEach = int64(clockSpan/time.Second)/(clockSamples-1) + 1

	defaultMaxClockSkew = 15 * time.Minute
)

// clock learns how far the local time is off.
type clock struct {
	max    time.Duration
	offset atomic.Int64 // nanoseconds that are added to the local time
	due    atomic.Int64 // the unix second before which no sample is wanted

	mu      sync.Mutex
	samples []clockSample
	ignored bool // an offset beyond max was reported
}

type clockSample struct {
	at     time.Time
	offset time.Duration
}

// vendorOffset is how far the vendor's time is ahead of local, from the Date of its answer. A cache's Age makes it
// worthless.
func vendorOffset(h http.Header, local time.Time) (time.Duration, bool) {
	if len(h["Date"]) == 0 || len(h["Age"]) > 0 {
		return 0, false
	}
	date, err := http.ParseTime(h["Date"][0])
	if err != nil {
		return 0, false
	}
	return date.Add(time.Second / 2).Sub(local), true // Date has whole seconds
}

// learnClock takes the answer's Date as a sample, if one is due. It returns what to tell the operator, if anything
// changed.
func learnClock(c *clock, h http.Header, local time.Time) (news string, taken bool) {
	second := local.Unix()
	if pending(c.due.Load(), second, clockEach) {
		return "", false
	}
	c.due.Store(second + clockEach)
	offset, ok := vendorOffset(h, local)
	if !ok {
		return "", true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.samples = append(c.samples, clockSample{at: local, offset: offset})
	if len(c.samples) > clockSamples {
		c.samples = c.samples[1:]
	}
	return c.settle(), true
}

// settle uses the offset that the samples agree on.
func (c *clock) settle() (news string) {
	if len(c.samples) < clockSamples {
		return ""
	}
	first, last := c.samples[0], c.samples[len(c.samples)-1]
	span := last.at.Sub(first.at)
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
		c.offset.Store(0) // what was learned before holds no longer: one of the clocks was set
		return "the vendor's clock differs by " + offset.Round(time.Second).String() + ", more than max_clock_skew; the local time stays in use"
	case offset < clockFloor && offset > -clockFloor:
		offset = 0
	}
	used := time.Duration(c.offset.Load())
	if d := offset - used; d <= clockAgree && d >= -clockAgree {
		return ""
	}
	c.offset.Store(int64(offset))
	c.ignored = false
	if offset == 0 {
		return "the local clock agrees with the vendor's again"
	}
	return "the local clock is off by " + (-offset).Round(time.Second).String() + "; requests are signed with the vendor's time"
}

func parseSkew(text string) (time.Duration, error) {
	if text == "" {
		return defaultMaxClockSkew, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 24*time.Hour {
		return 0, errors.New("max_clock_skew must be a duration of at most a day, such as 15m")
	}
	return d, nil
}
