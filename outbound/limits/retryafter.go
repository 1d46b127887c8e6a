//go:build go1.21

package limits

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter is the longest Retry-After that is obeyed: a wrong one must not block the vendor for a day.
const maxRetryAfter = time.Hour

// RetryAfter reads the header of that name, in seconds or as a date (RFC 9110, section 10.2.3), and returns how long after
// now a request may be repeated. It is 0 if there is no valid one, and may be negative. A date is compared with that of the
// answer, if it has one, since the vendor's clock may differ from ours.
//
//	120 -> 2m        86400 -> 1h, the most        Fri, 02 Jan 2026 03:05:05 GMT, with a Date of 03:04:35 -> 30s        soon -> 0
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if len(h["Retry-After"]) == 0 {
		return 0
	}
	value := h["Retry-After"][0]
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		if seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil { // by the same clock
		return date.Sub(sent)
	}
	return date.Sub(now)
}
