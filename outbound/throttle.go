//go:build go1.21

package outbound

import (
	"sync"
	"time"
)

// LogInterval is the least time between two log lines of one kind that clients cause: they must not fill the log.
const LogInterval = 10 * time.Second

// Throttle remembers when each kind of log line was written last, for lines that clients cause. The zero value has written none, and it
// is safe for concurrent use. Kinds must be from a bounded list, never a client's text.
type Throttle struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// MayLog reports whether a line of this kind may be written now, once in LogInterval, and records that it is. Each kind has its own
// turn, or a frequent one would hide the others.
//
//	"key", "key", "signature"   within ten seconds   -> true, false, true
func MayLog(t *Throttle, kind string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, before := t.last[kind]
	// A clock that was set back must not silence a kind until it has caught up.
	if age := now.Sub(last); before && age >= 0 && age < LogInterval {
		return false
	}
	if t.last == nil {
		t.last = make(map[string]time.Time)
	}
	t.last[kind] = now
	return true
}
