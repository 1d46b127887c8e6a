package vendorsim

import (
	"sync"
	"time"
)

// maxRateLimit bounds the memory of a limiter: it remembers one moment for each call that it allows.
const maxRateLimit = 100_000

// limiter allows a number of calls in a sliding window. A nil limiter allows all. The ring has a moment for each call that is
// allowed: while the oldest of them is within the window, the next call is one too many. It is safe for concurrent use.
type limiter struct {
	window time.Duration
	// extend counts blocked calls too, so that calling on while blocked prolongs the block.
	extend bool

	mu    sync.Mutex
	calls []time.Time // a ring of the last calls
	next  int         // the oldest of them, once all are set
}

// newLimiter returns nil, which allows all, without a limit or with one that is too large to remember.
func newLimiter(c *Config, window time.Duration, extend bool) *limiter {
	if c.RateLimit <= 0 || c.RateLimit > maxRateLimit {
		return nil
	}
	if c.RateWindow > 0 {
		window = c.RateWindow
	}
	return &limiter{window: window, extend: extend, calls: make([]time.Time, c.RateLimit)}
}

// take counts a call. When it is one too many, take returns the whole seconds after which one would pass.
func (l *limiter) take(now time.Time) (retryAfter int, ok bool) {
	if l == nil {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// calls[next] is the oldest call: while it is within the window, all the others are too, and this one is too
	// many.
	blocked := !l.free().IsZero() && now.Before(l.free())
	if !blocked || l.extend {
		l.calls[l.next] = now
		l.next = (l.next + 1) % len(l.calls)
	}
	if !blocked {
		return 0, true
	}
	wait := l.free().Sub(now)
	return max(1, int((wait+time.Second-1)/time.Second)), false
}

// free is the moment at which the oldest remembered call leaves the window; zero while there is room.
func (l *limiter) free() time.Time {
	oldest := l.calls[l.next]
	if oldest.IsZero() {
		return oldest
	}
	return oldest.Add(l.window)
}
