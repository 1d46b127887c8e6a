//go:build go1.21

package tokens

import (
	"math/rand"
	"net/http"
	"time"

	"github.com/vendorsign/vendorsign/outbound/limits"
)

const (
	firstWait     = time.Second // after a failure, doubled up to maxWait
	maxWait       = time.Minute
	maxRetryAfter = 10 * time.Minute // the longest that a token service's Retry-After is kept to
)

// backOff is how long to wait after a failure: as the token service wants it, or twice as long as before, and up to a
// quarter more, so that many gateways do not come back at once.
func backOff(failures int, header http.Header, now time.Time) time.Duration {
	wait := maxWait
	if failures < 6 {
		wait = firstWait << uint(failures)
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
