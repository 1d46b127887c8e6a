package diagnose

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers/program"
)

// readDate reads the date that was sent. Of several dates, the one counts that the signer itself asks for
// (Signer.Date). The layouts of the profile are those of the
// operations, with the forms that clients of any vendor write.
func (w *programmed) readDate(d *diagnosis) {
	signer := w.plain.signer(w.values)
	example := time.Unix(1_000_000_000, 123_000_000)
	for _, l := range w.leaves {
		if l.kind != dateLeaf || l.optional && !l.sent {
			continue
		}
		own := l.part.Offset == "" && program.FormatTime(example, l.part.Layout) == signer.Date(example)
		if w.date == nil || own && !w.verbatim {
			w.date, w.verbatim = l, own
		}
	}
	if w.date == nil {
		return
	}
	p, layout := d.profile, w.date.part.Layout
	p.DateHeader = w.date.place
	switch layout {
	case "unix", "unix_ms":
		p.Milli = layout == "unix_ms"
	default:
		p.Dates = []string{layout}
		p.Spellings = append([]string{layout}, "Mon, 02 Jan 2006 15:04:05 GMT", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z",
			"Mon, 02 Jan 2006 15:04:05 -0000", "2006-01-02 15:04:05", "20060102T150405Z")
		if strings.Contains(layout, "2006-01-02T15:04:05") { // other forms of RFC 3339, which many vendors accept
			for _, end := range []string{"", ".999999999", ".000", ".000000"} {
				p.Odd = append(p.Odd, "2006-01-02T15:04:05"+end+"Z07:00", "2006-01-02T15:04:05"+end+"-07:00")
			}
		}
	}
	if !w.date.sent || w.date.given == "" {
		if !d.stuck { // what it would be a part of was not sent, or is another credential
			d.fact("date_not_sent")
		}
		return
	}
	d.dateSent(w.date.place, w.date.given)
	d.stamp.at, d.stamp.window = w.parseDate(w.date.given), w.window
	if d.stamp.odd && d.profile.Refused == "" {
		w.doubt(d, "date_format")
		d.details["date_format"] = "the date is written in another form than the vendor's documents have, which it may not read"
	}
	switch {
	case w.date.part.Offset != "": // it is an expiry, and any that has not passed is good
		d.stamp.window = 1 << 62
		if end := d.stamp.at.Add(w.seconds()); !d.stamp.at.IsZero() && !d.clock.weak && end.Before(d.clock.now) {
			d.fact("clock_off", "the signature was good until ", roughly(d.clock.now.Sub(end)), " before the request")
		}
	// Half an hour is assumed, and five minutes if the vendor refused the request.
	case w.unknownWindow:
		if d.stamp.window = 30 * time.Minute; d.answer.refusing() { // then a smaller one explains it
			d.stamp.window = 5 * time.Minute
		}
	}
}

// seconds is what is added to the date, where the scheme sends an expiry: now and an option's seconds.
func (w *programmed) seconds() time.Duration {
	text := w.date.part.Offset
	if name, isOption := strings.CutPrefix(text, "opt."); isOption && len(w.values[name]) > 0 {
		text = w.values[name][0]
	}
	n, _ := strconv.Atoi(text)
	return time.Duration(n) * time.Second
}

// parseDate is the time that a date means, without what is added to it. It keeps the last one.
func (w *programmed) parseDate(text string) time.Time {
	if text == w.lastDate {
		return w.lastTime
	}
	w.lastDate, w.lastTime = text, w.timeOf(text)
	return w.lastTime
}

// unixTime reads a number as seconds, milliseconds or microseconds, by its size.
func unixTime(n int64) time.Time {
	switch {
	case n > 1e14:
		return time.UnixMicro(n)
	case n > 1e11:
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}

// timeOf parses a date in the layout of the scheme, or in any that clients write.
func (w *programmed) timeOf(text string) time.Time {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(w.date.part.Layout) < 8 {
		return unixTime(n).Add(-w.seconds())
	}
	t, err := time.Parse(w.date.part.Layout, text)
	if err != nil {
		t = parseLoosely(text)
	}
	if t.IsZero() {
		return t
	}
	return t.Add(-w.seconds())
}

// momentInputs are the date and the nonce: what differs between two signatures of one request.
func (w *programmed) momentInputs(d *diagnosis, base *attempt) []input {
	var all []input
	for _, l := range w.leaves {
		switch {
		case l.kind == nonceLeaf && l.sent:
			all = append(all, input{newSlot("nonce", l.given), "", func(s *slot) { s.change(d.changes("nonce")) },
				func(a *attempt, text string) { w.parameterTo(a, l, text); a.at.Nonce = text }})
		case l == w.date:
			fill := d.fillDates
			if len(d.profile.Dates) == 0 {
				fill = d.fillTimestamps
			}
			all = append(all, input{newSlot("date", d.stamp.text), "", fill, func(a *attempt, text string) {
				w.parameterTo(a, l, text)
				w.dateTo(a, text)
			}})
		}
	}
	for _, l := range w.leaves { // a day next to the timestamp
		if l.kind == dateLeaf && l != w.date && l.sent && w.date != nil && l.part.Layout != w.date.part.Layout {
			right := program.FormatTime(base.at.Time, l.part.Layout)
			layout, given := l.part.Layout, l.given
			fill := func(s *slot) {
				cause := "scope_date"
				if w.localDay = localDay(base.at.Time, layout, given); w.localDay {
					cause = "local_time"
				}
				s.wrong(cause, frequent, given)
			}
			all = append(all, input{newSlot("day", right), "", fill, func(a *attempt, text string) {
				if t, err := time.Parse(layout, text); err == nil && text != program.FormatTime(a.at.Time, layout) {
					a.at.Time = t
				}
			}})
			break
		}
	}
	return all
}

// parameterTo gives an attempt's target another value of a parameter that is signed as a part of it.
func (w *programmed) parameterTo(a *attempt, l *leaf, text string) {
	if !l.param || !w.inTarget[l.place] || text == l.given {
		return
	}
	path, query, _ := strings.Cut(a.m.Target, "?")
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if key, _, _ := strings.Cut(pair, "="); unescape(key, true) == l.place {
			pairs[i] = key + "=" + url.QueryEscape(text)
		}
	}
	a.m.Target = path + "?" + strings.Join(pairs, "&")
}

// localDay reports whether a day is that of a time somewhere on earth. If it is not, no local time explains it.
func localDay(at time.Time, layout, day string) bool {
	return slices.ContainsFunc(known.Zones, func(zone int) bool {
		return program.FormatTime(at.Add(time.Duration(zone)*time.Minute), layout) == day
	})
}

// dateTo gives an attempt the date that a text is. Where the program writes the date itself
// (not verbatim), only the time counts.
func (w *programmed) dateTo(a *attempt, text string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && !w.verbatim && w.date.part.Layout == "unix" { // also where it is milliseconds
		a.at.Time, a.at.Date = time.Unix(n, 0).Add(-w.seconds()), ""
		return
	}
	if t := w.parseDate(text); !t.IsZero() {
		a.at.Time = t
	}
	if a.at.Date = text; !w.verbatim {
		a.at.Date = ""
	}
}

// reorder puts values into their places that were joined in another order, as the date in the place of
// the signature shows. Without a date nothing tells one value from another, and they stay where they
// are.
func (w *programmed) reorder(d *diagnosis, p placed, texts map[string]string) {
	var sources []string
	for _, l := range p.leaves {
		if texts[l.part.Source] != "" {
			sources = append(sources, l.part.Source)
		}
	}
	fits := func(at func(source string) string) bool {
		dated := false
		for _, l := range p.leaves {
			text := at(l.part.Source)
			switch {
			case l.kind == dateLeaf && parseLoosely(text).IsZero(), l.kind == idLeaf && d.Options[l.option] != "" && text != d.Options[l.option]:
				return false
			case l.kind == dateLeaf:
				dated = true
			}
		}
		return dated
	}
	if len(sources) < 2 || len(sources) > 4 || fits(func(source string) string { return texts[source] }) {
		return
	}
	for _, order := range arrangements(len(sources)) {
		other := make(map[string]string)
		for i, at := range order {
			other[sources[i]] = texts[sources[at]]
		}
		if len(order) == len(sources) && fits(func(source string) string { return other[source] }) {
			d.fact("token_separator", "the parts of ", p.template.Name, " are in another order than the vendor's")
			maps.Copy(texts, other)
			return
		}
	}
}
