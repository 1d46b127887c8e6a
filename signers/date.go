//go:build go1.21

package signers

import (
	"sync/atomic"
	"time"
)

// dates formats times that have a resolution of one second, and remembers the last text: at a gateway's rate most
// requests share their second with the one before. The result depends on the time alone.
type dates struct {
	format func(time.Time) string
	last   *atomic.Value // of *datedSecond
}

type datedSecond struct {
	second int64
	text   string
}

func newDates(format func(time.Time) string) dates {
	return dates{format: format, last: &atomic.Value{}}
}

// text is at's date: the verbatim one, or its time formatted.
func (d dates) text(at Moment) string {
	if at.Date != "" {
		return at.Date
	}
	second := at.Time.Unix()
	if last, ok := d.last.Load().(*datedSecond); ok && last.second == second {
		return last.text
	}
	fresh := &datedSecond{second: second, text: d.format(at.Time.UTC())}
	d.last.Store(fresh)
	return fresh.text
}
