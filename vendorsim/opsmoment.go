package vendorsim

import (
	"slices"
	"time"
)

// claimedMoment is a time that a request shows, as exactly as its spelling allows: 20231114 leaves a day open, 1700000000 a
// second.
type claimedMoment struct {
	at   time.Time
	span time.Duration // how much of time the spelling leaves open: a second, a millisecond, a day
}

// takeMoment reads a date whose last filter spells it and whose other filters move it.
func (r *reader) takeMoment(filters []call, s string) {
	moved := time.Duration(0)
	spelling := filters[len(filters)-1]
	m, ok := parseMoment(spelling, s)
	for _, f := range filters[:len(filters)-1] {
		if f.name != "add" {
			return
		}
		n, err := r.run.number(f)
		if err != nil {
			return
		}
		moved += time.Duration(n) * time.Second
	}
	switch {
	case ok:
		m.at = m.at.Add(-moved)
		r.claim.moments = append(r.claim.moments, m)
	case slices.Contains(filterTable[spelling.name].takes, moment):
		r.claim.unreadable = true
	}
}

// parseMoment reads a time in the spelling of a filter, in its only form.
func parseMoment(f call, s string) (claimedMoment, bool) {
	if f.name == "unix" || f.name == "unix_ms" {
		n, ok := digits(s)
		if f.name == "unix" {
			return claimedMoment{time.Unix(n, 0).UTC(), time.Second}, ok && n < 1<<36
		}
		return claimedMoment{time.UnixMilli(n).UTC(), time.Millisecond}, ok && n < 1<<46
	}
	layout, ok := layouts[f.name]
	if f.name == "format" {
		layout, ok = f.args[0], true
	}
	if !ok {
		return claimedMoment{}, false
	}
	at, ok := parseExact(layout, s)
	return claimedMoment{at.UTC(), layoutSpan(layout)}, ok
}

// layoutSpan finds how much time a layout leaves open by what it writes for two moments that are so far apart.
//
//	20060102 -> 24h        2006-01-02T15:04:05Z -> 1s        2006-01-02T15:04:05.000Z -> 1ms
func layoutSpan(layout string) time.Duration {
	at := time.Date(2009, 11, 13, 14, 15, 16, 0, time.UTC)
	for _, span := range []time.Duration{time.Millisecond, time.Second, time.Minute, time.Hour} {
		if at.Format(layout) != at.Add(span).Format(layout) {
			return span
		}
	}
	return 24 * time.Hour
}

// candidates are the moments to compute the signature for: the most exact one that the request shows, or every second of it.
// Without any, a window of a minute has 121 of them.
func (c *claim) candidates(now time.Time, window time.Duration) []time.Time {
	slices.SortStableFunc(c.moments, func(a, b claimedMoment) int { return int(a.span - b.span) })
	from, to := now.Add(-window), now.Add(window)
	if len(c.moments) > 0 {
		m := c.moments[0]
		if m.span <= time.Second {
			return []time.Time{m.at}
		}
		// A date that is exact to the day, as in AWS' credential scope, bounds the seconds to try.
		from, to = later(from, m.at), now.Add(min(window, m.at.Add(m.span).Sub(now)))
	}
	var all []time.Time
	// From the present outwards: most requests were signed just now.
	for d := time.Duration(0); d <= 2*window && len(all) < maxCandidates; d += time.Second {
		for _, at := range []time.Time{now.Add(-d), now.Add(d)} {
			if !at.Before(from) && !at.After(to) && (d > 0 || len(all) == 0) {
				all = append(all, at.Truncate(time.Second))
			}
		}
	}
	return all
}

// maxCandidates bounds how often one request is computed. A window of half an hour either way is below it.
const maxCandidates = 4096

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
