//go:build go1.21

package apps

import (
	"time"

	"github.com/vendorsign/vendorsign/outbound"
)

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
	return outbound.MayLog(v.logged, kind, now)
}
