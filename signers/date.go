//go:build go1.21

package signers

import (
	"sync/atomic"
	"time"
)

// dates formats times. Where the format has a resolution of one second it remembers the last text: at a gateway's
// rate most requests share their second with the one before. The result depends on the time alone.
type dates struct {
	format func(time.Time) string
	last   *atomic.Value // of *datedSecond; nil: times differ within a second
}

type datedSecond struct {
	second int64
	text   string
}

// newDates is for formats with a resolution of one second.
func newDates(format func(time.Time) string) *dates {
	return &dates{format: format, last: &atomic.Value{}}
}

// dateText is at's date: the verbatim one, or its time formatted.
func dateText(d *dates, at *Moment) string {
	if at.Date != "" {
		return at.Date
	}
	if d.last == nil {
		return d.format(at.Time.UTC())
	}
	second := at.Time.Unix()
	if last, ok := d.last.Load().(*datedSecond); ok && last.second == second {
		return last.text
	}
	return newDateText(d, at.Time.UTC())
}

func newDateText(d *dates, t time.Time) string {
	fresh := &datedSecond{second: t.Unix(), text: d.format(t)}
	d.last.Store(fresh)
	return fresh.text
}
