package vendorsim

import (
	"strconv"
	"time"
)

// within reports whether two moments are at most window apart, either way.
func within(a, b time.Time, window time.Duration) bool {
	d := a.Sub(b)
	return -window <= d && d <= window
}

// digits reads an unsigned decimal number in its only spelling: no sign, no leading zero, no blanks.
func digits(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

// parseExact reads s in one layout and nothing else. time.Parse alone is too lenient: it accepts fractions of a
// second that the layout lacks and weekdays that do not fit the date, hence the way back.
func parseExact(layout, s string) (time.Time, bool) {
	t, err := time.Parse(layout, s)
	return t, err == nil && t.Format(layout) == s
}
