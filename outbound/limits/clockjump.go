//go:build go1.21

package limits

import "time"

// Pending reports whether the moment until is still to come. Both moments and longest have the same unit, such as unix seconds. A
// moment that is further ahead than longest does not count: the local clock was set back since.
func Pending(until, now, longest int64) bool { return until > now && until-now <= longest }

// Recent reports whether at is less than within ago. A time that is still to come is not recent: the local clock was set back since.
func Recent(at, now time.Time, within time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < within
}
