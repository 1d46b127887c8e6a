package diagnose

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clock is the vendor's time when the request arrived, as far as it is known. A zero now is not known
// at all.
type clock struct {
	now time.Time
	// Only the time of the question is known, which may be days later. Nothing about the date is proved
	// then, except what does not depend on it.
	weak bool
}

// newClock takes the time from the response's Date, since the vendor's own clock is the one that it
// compares with, and else from the case.
func newClock(c *Case) clock {
	if c.Response != nil {
		if t, err := http.ParseTime(c.Response.Header.Get("Date")); err == nil {
			return clock{now: t}
		}
	}
	return clock{now: c.Now, weak: c.Asked}
}

// stamp is the date of a request: what was sent, what it means, and whether it is written rightly.
type stamp struct {
	// The name of its header or parameter, for sentences.
	header string
	text   string
	// The time that it means. Zero: it could not be read at all.
	at time.Time
	// What is wrong with how it is written, such as date_format. Empty: nothing.
	cause string
	// It is written in a form that vendors accept without documenting it. Such a form is a cause only
	// if the vendor complains about the date.
	odd bool
	// How far it may be from the vendor's clock, either way.
	window time.Duration
}

// dateSent reads the date that was sent in a header, and judges how it is written. Whether it is in
// time is judged later, by clockCause: what the vendor says counts for that.
func (d *diagnosis) dateSent(header, text string) {
	p := d.profile
	d.stamp = stamp{header: header, text: text, window: time.Duration(p.Minutes) * time.Minute}
	if text == "" {
		return
	}
	d.stamp.at = parseLoosely(text)
	written := func(layout string) bool { return writtenAs(text, layout) }
	switch {
	case len(p.Dates) == 0:
		d.stamp.cause = unitCause(text, p.Milli)
	case !slices.ContainsFunc(p.Dates, written):
		d.stamp.cause, d.stamp.odd = "date_format", slices.ContainsFunc(p.Odd, written)
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && p.Odd != nil {
			if _, offset := t.Zone(); offset != 0 {
				d.stamp.cause, d.stamp.odd = "local_time", true
			}
		}
	case d.answer.kind == badDateForm && p.OtherDate != "" && !strings.HasSuffix(text, "GMT") && !strings.HasSuffix(text, "0000"):
		d.stamp.cause = "date_format" // a zone that the vendor does not accept after all
	}
}

// unitCause is what is wrong with a number of seconds or milliseconds. Seconds have 10 digits from 2001
// to 2286, milliseconds 13, so the length tells them apart.
//
//	1767323045     where milliseconds are wanted  ->  seconds_for_milliseconds
//	1767323045000  where seconds are wanted       ->  milliseconds_for_seconds
//	1.5                                           ->  date_format
func unitCause(text string, milli bool) string {
	switch {
	case !digitsOnly.MatchString(text), len(text) > 14:
		return "date_format"
	case milli && len(text) < 12:
		return "seconds_for_milliseconds"
	case !milli && len(text) >= 12:
		return "milliseconds_for_seconds"
	}
	return ""
}

// writtenAs reports whether a date is what a layout makes of its time, but for its zone, which has
// several spellings. time.Parse alone would accept more than the layout writes, such as a day of one
// digit:
//
//	"Fri, 02 Jan 2026 03:04:05 -0000"   true
//	"Fri, 2 Jan 2026 03:04:05 -0000"    false
func writtenAs(text, layout string) bool {
	t, err := time.Parse(layout, text)
	plain, zoned := strings.CutSuffix(layout, " -0700")
	written := t.Format(plain)
	return err == nil && (written == text || zoned && strings.HasPrefix(text, written))
}

// clockCause is what is wrong with the request's date, and puts into details by how much. Empty:
// nothing, or it cannot be known. A difference of a time zone, give or take two minutes, is local_time.
func (d *diagnosis) clockCause() string {
	s := d.stamp
	complaint := d.answer.kind == badDate || d.answer.kind == badDateForm
	switch {
	case s.text == "":
		return ""
	case s.cause != "" && (complaint || !s.odd):
		return s.cause
	case s.at.IsZero() || d.clock.now.IsZero() || d.clock.weak: // when it was sent is not known
		return ""
	}
	off := s.at.Sub(d.clock.now)
	if off.Abs() <= s.window {
		return ""
	}
	d.details["clock_off"] = "the date of the request is " + inWords(off) + " the " + d.answer.by() + "'s clock, and the " + d.answer.by() +
		" takes " + roughly(s.window) + " either way"
	for _, zone := range known.Zones {
		if (off - time.Duration(zone)*time.Minute).Abs() <= 2*time.Minute {
			d.offByZone(off)
			return "local_time"
		}
	}
	return "clock_off"
}

// offByZone words a date that is off by a time zone. That this is the local time is only usual, and not
// proved: a clock may be as wrong, and a request as late, to the second. The fix therefore names both.
func (d *diagnosis) offByZone(off time.Duration) {
	direction := " minutes ahead of"
	if off < 0 {
		direction = " minutes behind"
	}
	d.details["local_time"] = "the date of the request is " + strconv.Itoa(int(off.Abs().Round(time.Minute)/time.Minute)) + direction +
		" the vendor's clock, which is usual where the local time is written as UTC; the vendor takes " + roughly(d.stamp.window) + " either way"
	d.fixes["local_time"] = causeByID["local_time"].Fix + " Where it is in UTC already, set the clock (NTP), and sign each attempt afresh."
}

// signedInZone words a signature over a date that is off by a time zone. That one of the two dates is the local time is only usual:
// the signature may have been made hours before the date, and some vendors sign no more than the hour or the day.
func (d *diagnosis) signedInZone() {
	const usual = ", which is usual where one of the two is the local time; a signature of an earlier request looks the same"
	switch {
	case d.program != nil && d.program.localDay:
		d.details["local_time"] = "the day that was sent with the timestamp is not the timestamp's" + usual
	case d.stamp.text == "":
		d.details["local_time"] = "the date that was signed is off by a time zone from the time of the request" + usual
	default:
		d.details["local_time"] = "the date that was signed is off by a time zone from the one that was sent" + usual
	}
	d.fixes["local_time"] = causeByID["local_time"].Fix + " Where it is in UTC already, make the date once, and sign each attempt afresh."
}

// provided is the condition under which a request of unknown time is in time, as a part of a sentence,
// or empty: "if it was sent within 5 minutes of its Date (2026-01-02 03:04:05 UTC)".
func (d *diagnosis) provided() string {
	s := d.stamp
	if !d.clock.weak || s.at.IsZero() || s.window == 0 || s.at.Sub(d.clock.now).Abs() <= s.window {
		return ""
	}
	return "if it was sent within " + roughly(s.window) + " of its " + cmp.Or(s.header, "date") +
		" (" + s.at.UTC().Format("2006-01-02 15:04:05") + " UTC)"
}

// inWords is a difference for people: "10 minutes behind", "5 hours ahead of". The words "the vendor's
// clock" follow.
func inWords(off time.Duration) string {
	if off < 0 {
		return roughly(-off) + " behind"
	}
	return roughly(off) + " ahead of"
}

// roughly is a duration in one unit, of which there are at least three if it is not seconds.
//
//	90s  ->  90 seconds      5h    ->  5 hours
//	10m  ->  10 minutes      100h  ->  4 days
func roughly(t time.Duration) string {
	unit, name := time.Second, " second"
	switch {
	case t >= 72*time.Hour:
		unit, name = 24*time.Hour, " day"
	case t >= 3*time.Hour:
		unit, name = time.Hour, " hour"
	case t >= 3*time.Minute:
		unit, name = time.Minute, " minute"
	}
	n := int(t.Round(unit) / unit)
	if n != 1 {
		name += "s"
	}
	return strconv.Itoa(n) + name
}

// parseLoosely reads a date in any form that clients are known to write (dates of known.json), or a
// number. Zero if it is neither. It judges nothing: a date that can be read here may be one that the
// vendor refuses.
func parseLoosely(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range known.Dates {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n <= math.MaxFloat64) { // Inf and NaN are numbers, too
		return time.Time{}
	}
	return unixLoosely(n)
}

// unixLoosely reads a number as seconds, milliseconds, microseconds or nanoseconds, by its size:
// seconds stay below 1e11 until the year 5138.
func unixLoosely(n float64) time.Time {
	for n > 1e11 {
		n /= 1000
	}
	return time.UnixMilli(int64(n * 1000)).UTC()
}
