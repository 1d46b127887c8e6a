package diagnose

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clock is the vendor's time when the request arrived, as far as it is known.
type clock struct {
	now  time.Time
	weak bool // only the time of the question
}

func newClock(c *Case) clock {
	if c.Response != nil {
		if t, err := http.ParseTime(c.Response.Header.Get("Date")); err == nil {
			return clock{now: t}
		}
	}
	return clock{now: c.Now, weak: c.Asked}
}

// stamp is the date of a request.
type stamp struct {
	header string // the name of its header
	text   string
	at     time.Time // zero: it could not be read at all
	cause  string    // what is wrong with how it is written
	odd    bool      // it is written in a form that vendors do not document and are known to take
	window time.Duration
}

// dateSent reads the date that was sent in a header, and judges how it is written.
func (d *diagnosis) dateSent(header, text string) {
	p := d.profile
	d.stamp = stamp{header: header, text: text, window: time.Duration(p.Minutes) * time.Minute}
	if text == "" {
		return
	}
	d.stamp.at = parseLoosely(text)
	switch {
	case len(p.Dates) == 0:
		d.stamp.cause = unitCause(text, p.Milli)
	case !slices.ContainsFunc(p.Dates, func(layout string) bool { return writtenAs(text, layout) }):
		d.stamp.cause = "date_format"
		d.stamp.odd = slices.ContainsFunc(p.Odd, func(layout string) bool { return writtenAs(text, layout) })
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && p.Odd != nil {
			if _, offset := t.Zone(); offset != 0 {
				d.stamp.cause, d.stamp.odd = "local_time", true
			}
		}
	case d.answer.kind == badDateForm && p.OtherDate != "" && !strings.HasSuffix(text, "GMT") && !strings.HasSuffix(text, "0000"):
		d.stamp.cause = "date_format" // a zone that the vendor does not take after all
	}
}

// unitCause is what is wrong with a number of seconds or milliseconds.
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

// writtenAs tells whether a date is what a layout makes of its time, but for its zone, which has several spellings.
func writtenAs(text, layout string) bool {
	t, err := time.Parse(layout, text)
	plain, zoned := strings.CutSuffix(layout, " -0700")
	written := t.Format(plain)
	return err == nil && (written == text || zoned && strings.HasPrefix(text, written))
}

// zones are the offsets of the world's local times from UTC, in minutes.
var zones = func() []int {
	all := []int{210, 270, 330, 345, 390, 525, 570, 630, 765, -150, -210, -570}
	for hour := -12; hour <= 14; hour++ {
		if hour != 0 {
			all = append(all, hour*60)
		}
	}
	return all
}()

// clockCause is what is wrong with the request's date, and says by how much.
func (d *diagnosis) clockCause() string {
	s := d.stamp
	complaint := d.answer.kind == badDate || d.answer.kind == badDateForm
	switch {
	case s.text == "" || s.odd && !complaint:
		return ""
	case s.cause != "":
		return s.cause
	case s.at.IsZero() || d.clock.now.IsZero() || d.clock.weak: // when it was sent is not known
		return ""
	}
	off := s.at.Sub(d.clock.now)
	if off.Abs() <= s.window {
		return ""
	}
	d.details["clock_off"] = "the date of the request is " + inWords(off) + " the vendor's clock, and the vendor takes " +
		roughly(s.window) + " either way"
	for _, zone := range zones {
		if (off - time.Duration(zone)*time.Minute).Abs() <= 2*time.Minute {
			d.details["local_time"] = "the local time was written where UTC belongs: the date is " + inWords(off) + " the vendor's clock"
			return "local_time"
		}
	}
	return "clock_off"
}

// provided is the condition under which a request is in time whose time is not known, or empty.
func (d *diagnosis) provided() string {
	s := d.stamp
	if !d.clock.weak || s.at.IsZero() || s.window == 0 || s.at.Sub(d.clock.now).Abs() <= s.window {
		return ""
	}
	name := s.header
	if name == "" {
		name = "date"
	}
	return "if it was sent within " + roughly(s.window) + " of its " + name + " (" + s.at.UTC().Format("2006-01-02 15:04:05") + " UTC)"
}

func inWords(off time.Duration) string {
	if off < 0 {
		return roughly(-off) + " behind"
	}
	return roughly(off) + " ahead of"
}

func roughly(t time.Duration) string {
	n, unit := int(t.Round(time.Second)/time.Second), "second"
	switch {
	case t >= 72*time.Hour:
		n, unit = int(t.Round(24*time.Hour)/(24*time.Hour)), "day"
	case t >= 3*time.Hour:
		n, unit = int(t.Round(time.Hour)/time.Hour), "hour"
	case t >= 3*time.Minute:
		n, unit = int(t.Round(time.Minute)/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}

// parseLoosely reads a date in any form that clients are known to write.
func parseLoosely(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range looseLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 {
		return unixLoosely(n)
	}
	return time.Time{}
}

// unixLoosely takes a number for seconds, milliseconds, microseconds or nanoseconds, by its size.
func unixLoosely(n float64) time.Time {
	for n > 1e11 {
		n /= 1000
	}
	return time.UnixMilli(int64(n * 1000)).UTC()
}

var looseLayouts = []string{
	time.RFC1123Z, time.RFC1123, time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999-07:00",
	"2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05 MST", "20060102T150405", "20060102T150405Z", "20060102150405",
	"20060102T150405.999999999", "20060102T150405Z0700",
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04:05", "Mon Jan _2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006",
	"Mon, 2-Jan-06 15:04:05 MST", time.RFC850, time.UnixDate, time.RubyDate, "01/02/2006 15:04:05", "2006/01/02 15:04:05",
	"02.01.2006 15:04:05", "2006-01-02T15:04Z", "2006-01-02 15:04", "2006-01-02T150405", "2006-01-02T15:04:05 -0700",
	"Mon Jan 02 2006 15:04:05 GMT-0700", "1/2/2006 3:04:05 PM", "2006-01-02",
}
