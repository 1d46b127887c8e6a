//go:build go1.21

package limits

import "time"

// Pending reports whether the time until is still in the future. Both times and longest have the same unit, such as unix
// seconds. A time that is further ahead than longest does not count: the local clock has been set back. longest is how far
// ahead until can have been when it was set.
//
//	until 160, now 100, longest 60: true        now 161: false        now 10, after the clock was set back: false
func Pending(until, now, longest int64) bool { return until > now && until-now <= longest }

// Recent reports whether at is less than within ago. A time in the future is not recent: the local clock has been set back.
func Recent(at, now time.Time, within time.Duration) bool {
	age := now.Sub(at)
	return age >= 0 && age < within
}
