//go:build go1.21

package tokens

import (
	"math/rand"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
)

// How long to wait after failures.
const (
	firstWait     = time.Second // after a failure, doubled up to maxWait
	maxWait       = time.Minute
	firstDenied   = time.Minute // after a refusal of the credential, doubled up to maxDenied: each attempt may lock an account
	maxDenied     = 15 * time.Minute
	maxRetryAfter = 10 * time.Minute // the longest Retry-After of a token service that is obeyed
)

// backOff is how long to wait after a failure: as long as the token service asks, or twice as long as before, plus up to a
// quarter, so that many gateways do not come back at once.
//
//	failures before:   0    1    2    3    4     5     6 and more
//	after an outage:   1s   2s   4s   8s   16s   32s   1m            and up to a quarter more
//	refused:           1m   2m   4m   8m   15m   15m   15m           and up to a quarter more
//
// The header is that of the last answer, which may be nil. A Retry-After only makes the wait longer.
func backOff(failures int, denied bool, header http.Header, now time.Time) time.Duration {
	wait, most := firstWait, maxWait
	if denied {
		wait = firstDenied
		most = maxDenied
	}
	if failures > 6 {
		failures = 6
	}
	wait <<= uint(failures)
	if wait > most {
		wait = most
	}
	asked := limits.RetryAfter(header, now)
	if asked > maxRetryAfter {
		asked = maxRetryAfter
	}
	if asked > wait {
		wait = asked
	}
	return wait + time.Duration(rand.Int63n(int64(wait/4)))
}
