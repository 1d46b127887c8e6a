package diagnose

import (
	"strconv"
	"strings"
	"time"
)

// written formats a time in a style. Zones of a style are text: a layout would compute them.
func written(t time.Time, style string) string {
	zone := ""
	for _, z := range []string{" -0000", " +0000", " GMT", " UTC", " Z", "+00:00"} {
		if rest, ok := strings.CutSuffix(style, z); ok {
			style, zone = rest, z
			break
		}
	}
	return t.UTC().Format(style) + zone
}

// fillDates adds other dates than the one that was sent: written otherwise, some seconds off, in local time.
func (d *diagnosis) fillDates(s *slot) {
	known := d.profile.Spellings
	s.wrong("date_changed", frequent, strings.TrimSpace(s.right()), unescape(s.right(), true))
	at := d.stamp.at
	if at.IsZero() {
		at = d.clock.now
	}
	s.change(d.changes("date"))
	if at.IsZero() {
		return
	}
	cause := "date_changed"
	if d.stamp.text == "" {
		cause = "date_not_sent"
	}
	own := known[0] // the spelling of the date that was sent
	for _, st := range known {
		if written(at, st) == d.stamp.text {
			own = st
			break
		}
	}
	shift := func(cause string, tier int, by time.Duration, styles ...string) {
		for _, st := range styles {
			s.wrong(cause, tier, written(at.Add(by), st))
		}
	}
	shift(cause, frequent, 0, own)
	shift(cause, frequent, 0, known[:4]...)
	shift(cause, usual, 0, known...)
	for n := 1; n <= 5; n++ {
		shift(cause, usual, time.Duration(n)*time.Second, append([]string{own}, known[:3]...)...)
		shift(cause, usual, -time.Duration(n)*time.Second, append([]string{own}, known[:3]...)...)
	}
	for n := 6; n <= 600; n++ {
		styles := known[:3]
		shift(cause, rare, -time.Duration(n)*time.Second, own)
		shift(cause, rare, time.Duration(n)*time.Second, own)
		if n <= 300 || d.stamp.text == "" {
			shift(cause, alone, -time.Duration(n)*time.Second, styles...)
			shift(cause, alone, time.Duration(n)*time.Second, styles...)
		}
	}
	local := "local_time"
	if d.stamp.text == "" && d.clock.weak { // then the difference means nothing
		local = cause
	}
	for _, zone := range zones {
		by := time.Duration(zone) * time.Minute
		shift(local, rare, by, append([]string{own}, known[:4]...)...)
		if zone%60 == 0 {
			there := at.In(time.FixedZone("", zone*60))
			for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 -0700", "2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000000-07:00"} {
				s.wrong("date_changed", rare, there.Format(layout))
			}
		}
	}
	for n := 11; n <= 60; n++ {
		shift(cause, rare, -time.Duration(n)*time.Minute, own)
		shift(cause, rare, time.Duration(n)*time.Minute, own)
	}
	for _, h := range []int{1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 168} {
		shift(cause, rare, -time.Duration(h)*time.Hour, own)
		shift(cause, rare, time.Duration(h)*time.Hour, own)
	}
	unix := at.Unix()
	s.wrong(cause, usual, strconv.FormatInt(unix, 10), strconv.FormatInt(at.UnixMilli(), 10))
}

// fillTimestamps adds other numbers than the one that was sent.
func (d *diagnosis) fillTimestamps(s *slot) {
	milli := d.profile.Milli
	text := strings.TrimSpace(s.right())
	n, err := strconv.ParseInt(text, 10, 64)
	cause := "date_changed"
	if text == "" {
		cause = "date_not_sent"
	}
	if err != nil {
		if !d.stamp.at.IsZero() {
			n = d.stamp.at.UnixMilli()
		} else if !d.clock.now.IsZero() {
			n = d.clock.now.UnixMilli()
		} else {
			return
		}
		if !milli {
			n /= 1000
		}
		s.wrong(cause, frequent, strconv.FormatInt(n, 10))
	}
	if text != "" {
		s.wrong("date_changed", frequent, text, strings.TrimSuffix(text, ".0"), text+".0")
		if whole, _, ok := strings.Cut(text, "."); ok {
			s.wrong("date_changed", frequent, whole)
		}
	}
	number := func(cause string, tier int, n int64) {
		if n > 0 {
			s.wrong(cause, tier, strconv.FormatInt(n, 10))
		}
	}
	second := int64(1)
	if n > 1e11 {
		second = 1000
	}
	if second == 1000 {
		wrongUnit := "seconds_for_milliseconds"
		if !milli {
			wrongUnit = "date_changed"
		}
		number(wrongUnit, frequent, n/1000)
		number(wrongUnit, usual, n/1000+1)
		number(wrongUnit, usual, n/1000-1)
		number("date_changed", usual, n/1000*1000)
		number("date_changed", usual, (n/1000+1)*1000)
		number("date_changed", usual, n*1000)
		number("date_changed", usual, n*1000000)
		for ms := int64(1); ms <= 1000 && milli; ms++ {
			number("date_changed", alone, n-ms)
			number("date_changed", alone, n+ms)
		}
	} else {
		wrongUnit := "milliseconds_for_seconds"
		if milli {
			wrongUnit = "date_changed"
		}
		number(wrongUnit, frequent, n*1000)
		for ms := int64(1); ms < 1000; ms++ {
			number(wrongUnit, alone, n*1000+ms)
		}
	}
	for off := int64(1); off <= 600; off++ {
		tier := rare
		if off <= 5 {
			tier = usual
		}
		number(cause, tier, n-off*second)
		number(cause, tier, n+off*second)
	}
	local := "local_time"
	if text == "" && d.clock.weak { // then the difference means nothing
		local = cause
	}
	for _, zone := range zones {
		number(local, rare, n+int64(zone)*60*second)
		if second == 1000 {
			number(local, rare, (n/1000+int64(zone)*60)*1000)
		}
	}
	for off := int64(11); off <= 60; off++ {
		number(cause, rare, n-off*60*second)
		number(cause, rare, n+off*60*second)
	}
}
