package diagnose

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// written formats a time in a style. Zones of a style are text: a layout would compute them, and
// time.Format writes +0000 where Python's email.utils.formatdate, which vendors' clients use, writes
// -0000.
//
//	"Mon, 02 Jan 2006 15:04:05 -0000" at 0  ->  Thu, 01 Jan 1970 00:00:00 -0000
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

// dateCause is what a signature over another date proves: that the date that was sent is another one,
// or that none was.
func (d *diagnosis) dateCause() string {
	if d.stamp.text == "" {
		return "date_not_sent"
	}
	return "date_changed"
}

// zoneCause is what a date that is off by a time zone proves. Without one that was sent, and with the
// time of the question only, the difference may mean nothing: the request may be hours old.
func (d *diagnosis) zoneCause() string {
	if d.stamp.text == "" && d.clock.weak {
		return d.dateCause()
	}
	return "local_time"
}

// around counts away from a date, before and after it: the nearer a second, the likelier.
//
//	around(1, 3)  ->  -1 1 -2 2 -3 3
func around(from, to int64, each func(n int64)) {
	for n := from; n <= to; n++ {
		each(-n)
		each(n)
	}
}

// fillDates adds other dates than the one that was sent: written otherwise, some seconds off, in local
// time. The rows come in the order in which they are likely: a date that was made twice differs by
// seconds, one that was made too early by minutes, one in local time by a zone.
func (d *diagnosis) fillDates(s *slot) {
	spellings := d.profile.Spellings
	s.wrong("date_changed", frequent, strings.TrimSpace(s.right()), unescape(s.right(), true))
	s.change(d.changes("date"))
	at := d.sentOrNow()
	if at.IsZero() {
		return
	}
	own := spellings[0] // the spelling of the date that was sent
	if i := slices.IndexFunc(spellings, func(style string) bool { return written(at, style) == d.stamp.text }); i >= 0 {
		own = spellings[i]
	}
	shift := func(cause string, tier int, seconds int64, styles ...string) {
		for _, st := range styles {
			s.wrong(cause, tier, written(at.Add(time.Duration(seconds)*time.Second), st))
		}
	}
	cause, local := d.dateCause(), d.zoneCause()
	if strings.Contains(own, ".000") { // two calls for the time in one second
		around(1, 999, func(n int64) { s.wrong(cause, alone, written(at.Add(time.Duration(n)*time.Millisecond), own)) })
	}
	common := append([]string{own}, spellings[:4]...)
	shift(cause, frequent, 0, common...)
	shift(cause, usual, 0, spellings...)
	around(1, 5, func(n int64) { shift(cause, usual, n, common[:4]...) })
	// Ten minutes either way, in the spelling that was sent; in the other usual ones only five, unless
	// no date was sent that tells the spelling.
	around(6, 600, func(n int64) {
		shift(cause, rare, n, own)
		if -300 <= n && n <= 300 || d.stamp.text == "" {
			shift(cause, alone, n, spellings[:3]...)
		}
	})
	for _, zone := range known.Zones {
		shift(local, rare, int64(zone)*60, common...)
		if zone%60 == 0 {
			// A local time with its offset is right as a date and wrong as a text: the vendor reads the
			// same second, but another line was signed.
			there := at.In(time.FixedZone("", zone*60))
			for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 -0700", "2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000000-07:00"} {
				s.wrong("date_changed", rare, there.Format(layout))
			}
		}
	}
	// Whole minutes up to an hour, and then hours and days: a client that signs once and sends the same
	// request again.
	around(11, 60, func(n int64) { shift(cause, rare, n*60, own) })
	for _, hours := range hoursApart {
		shift(cause, rare, -hours*3600, own)
		shift(cause, rare, hours*3600, own)
	}
	s.wrong(cause, usual, strconv.FormatInt(at.Unix(), 10), strconv.FormatInt(at.UnixMilli(), 10))
	d.nearRequest(at, func(t time.Time) { s.wrong(cause, rare, written(t, own)) })
}

// nearRequest gives the seconds around the time of the request where the date that was sent is far from it: another date was put
// in its place after the signature was made.
func (d *diagnosis) nearRequest(sent time.Time, each func(time.Time)) {
	if now := d.clock.now; !now.IsZero() && !d.clock.weak && now.Sub(sent).Abs() > 10*time.Minute {
		around(0, 60, func(n int64) { each(now.Add(time.Duration(n) * time.Second)) })
	}
}

// hoursApart are times after which the same request is made again, by a job or a cache.
var hoursApart = []int64{1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 168}

// sentOrNow is the date that was sent, or the time of the request if that cannot be read. Zero if
// neither is known.
func (d *diagnosis) sentOrNow() time.Time {
	if d.stamp.at.IsZero() {
		return d.clock.now
	}
	return d.stamp.at
}

// fillTimestamps adds other numbers than the one that was sent: in the other unit, with a fraction, and
// some seconds, minutes or a zone off.
//
//	1767323045 for seconds  ->  1767323045000 to 1767323045999, 1767323046, 1767323045.0, ...
func (d *diagnosis) fillTimestamps(s *slot) {
	number := func(cause string, tier int, all ...int64) {
		for _, n := range all {
			if n > 0 {
				s.wrong(cause, tier, strconv.FormatInt(n, 10))
			}
		}
	}
	milli, text, cause, local := d.profile.Milli, strings.TrimSpace(s.right()), d.dateCause(), d.zoneCause()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		at := d.sentOrNow()
		if at.IsZero() {
			return
		}
		if n = at.UnixMilli(); !milli {
			n /= 1000
		}
		number(cause, frequent, n)
	}
	if text != "" {
		whole, _, _ := strings.Cut(text, ".")
		s.wrong("date_changed", frequent, text, strings.TrimSuffix(text, ".0"), text+".0", whole)
	}
	second, otherUnit := int64(1), cause
	if n > 1e11 {
		second = 1000
	}
	if second == 1000 {
		if milli {
			otherUnit = "seconds_for_milliseconds"
		}
		number(otherUnit, frequent, n/1000)
		number(otherUnit, usual, n/1000+1, n/1000-1)
		number(cause, usual, n/1000*1000, (n/1000+1)*1000, n*1000, n*1000000)
		if milli {
			// Two calls for the time in one second give milliseconds that differ by less than a
			// thousand.
			around(1, 1000, func(ms int64) { number(cause, alone, n+ms) })
		}
	} else {
		if !milli {
			otherUnit = "milliseconds_for_seconds"
		}
		number(otherUnit, frequent, n*1000)
		// The milliseconds were cut off the number that was sent, and every value of them may have been
		// signed.
		for ms := int64(1); ms < 1000; ms++ {
			number(otherUnit, alone, n*1000+ms)
		}
	}
	around(1, 5, func(off int64) { number(cause, usual, n+off*second) })
	around(6, 600, func(off int64) { number(cause, rare, n+off*second) })
	for _, zone := range known.Zones {
		number(local, rare, n+int64(zone)*60*second, (n/second+int64(zone)*60)*second)
	}
	around(11, 60, func(off int64) { number(cause, rare, n+off*60*second) })
	for _, hours := range hoursApart {
		number(cause, rare, n-hours*3600*second, n+hours*3600*second)
	}
	d.nearRequest(unixLoosely(float64(n)), func(t time.Time) { number(cause, rare, t.Unix()*second) })
}
