//go:build go1.21

package apps

import (
	"sync"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
)

// refusalLog is when each kind of refusal was logged last. It belongs to one verifier.
type refusalLog struct {
	mu   sync.Mutex
	last map[string]time.Time // by reason and proved app: few
}

// LogDue reports whether a refusal may be logged now, once in outbound.LogInterval for each kind. Each reason has its turn,
// and of those that only a proved app can have each app: otherwise a client without a key could keep the reasons of all apps
// out of the log.
//
//	"key", "key", "signature", "rate billing", "rate soar"   -> all but the second are logged
func LogDue(v *Verifier, verdict *Verdict, now time.Time) bool {
	kind := verdict.Reason
	if Proved(kind) {
		kind += " " + verdict.App
	}
	v.logged.mu.Lock()
	defer v.logged.mu.Unlock()
	last, before := v.logged.last[kind]
	// A clock that was set back makes age negative: that is logged rather than kept silent until the clock has caught up.
	if age := now.Sub(last); before && age >= 0 && age < outbound.LogInterval {
		return false
	}
	if v.logged.last == nil {
		v.logged.last = make(map[string]time.Time)
	}
	v.logged.last[kind] = now
	return true
}
